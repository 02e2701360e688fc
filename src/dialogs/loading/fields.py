"""Typed access to the keys of one mapping: what is wrong is noted with its place, and reading goes on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from dialogs.loading.documents import BrokenNode, ListNode, MappingNode, Node, TextNode, describe
from dialogs.loading.faults import Faults, quoted

_LONGEST_GUESSED: Final = 100


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of mapping; `later` are of the format, but not of this version of the program.

    `elsewhere` says, for a key that people look for here, where its place is.
    """

    owner: str
    known: tuple[str, ...]
    later: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        """Say whether the key is of the format."""
        return key in self.known or key in self.later

    def complaint(self, key: str) -> str:
        """Say what is wrong with a key that is not known."""
        if key in self.later:
            return f"{quoted(key)} in {self.owner} is not supported by this version yet; wanted it left out"
        if key in self.elsewhere:
            return f"unknown key {quoted(key)} in {self.owner}; {self.elsewhere[key]}"
        return f"unknown key {quoted(key)} in {self.owner}; {nearest_or_all(key, self.known)}"


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that was probably meant."""
    if len(word) > _LONGEST_GUESSED:
        return None
    return next(iter(get_close_matches(word, known, n=1)), None)


def nearest_or_all(word: str, known: Collection[str]) -> str:
    """Name the known word that was probably meant, or all of them."""
    meant = nearest(word, known)
    return f"did you mean {quoted(meant)}?" if meant else f"wanted one of {', '.join(known)}"


def note_wrong(faults: Faults, node: Node, name: str, wanted: str) -> None:
    """Note that something else was wanted at `node`, unless that was refused already."""
    if not isinstance(node, BrokenNode):
        faults.add(node, f"{name} is {describe(node)}; wanted {wanted}")


class Fields:
    """Reads the keys of `node`; unknown keys are noted at once, and `complete` says that no key was refused."""

    def __init__(self, node: MappingNode, keys: Keys, faults: Faults) -> None:
        """Take the mapping, the keys that it may have, and where its faults go."""
        self.node = node
        self.faults = faults
        self._entries = node.entries
        unknown = [key for key in node.entries if key not in keys.known]
        self.complete = node.complete and not unknown
        for key in unknown:
            # The search for the nearest key takes its time; what is omitted is only counted.
            faults.add(node.entries[key][0], "" if faults.full else keys.complaint(key))

    def __contains__(self, key: str) -> bool:
        """Say whether the key stands in the mapping."""
        return key in self._entries

    def key(self, key: str) -> TextNode:
        """Return the key itself, which is there."""
        return self._entries[key][0]

    def value(self, key: str) -> Node | None:
        """Return what stands under the key, None where the key is absent."""
        entry = self._entries.get(key)
        return None if entry is None else entry[1]

    def wrong(self, node: Node, name: str, wanted: str) -> None:
        """Note that something else was wanted at `node`."""
        note_wrong(self.faults, node, name, wanted)

    def optional_text(self, key: str, wanted: str = "text") -> str | None:
        """Return a text as it is written, "" included."""
        node = self.value(key)
        return None if node is None else self.text_of(node, key, wanted)

    def text_of(self, node: Node, name: str, wanted: str = "text") -> str | None:
        """Return the text at `node`."""
        if isinstance(node, TextNode) and not node.is_nothing:
            return node.text
        self.wrong(node, name, f'{wanted} ("" for an empty text)' if isinstance(node, TextNode) else wanted)
        return None

    def word(self, key: str, wanted: str = "a name") -> str | None:
        """Return a name: text that is not empty, on one line, with nothing invisible in it or around it."""
        node = self.value(key)
        return None if node is None else self.word_of(node, key, wanted)

    def word_of(self, node: Node, name: str, wanted: str = "a name") -> str | None:
        """Return the name at `node`."""
        if isinstance(node, TextNode) and node.text and node.text.isprintable() and node.text == node.text.strip():
            return node.text
        self.wrong(node, name, wanted)
        return None

    def words(self, key: str, wanted: str = "a list of names") -> tuple[str, ...]:
        """Return a list of names, each of which may stand there once."""
        node = self.value(key)
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.wrong(node, key, wanted)
            return ()
        found: dict[str, None] = {}
        for item in node.items:
            word = self.word_of(item, f"an item of {key}")
            if word in found:
                self.faults.add(item, f"{quoted(str(word))} stands twice in {key}; wanted it once")
            elif word is not None:
                found[word] = None
        return tuple(found)

    def boolean(self, key: str) -> bool | None:
        """Return true or false."""
        node = self.value(key)
        if isinstance(node, TextNode) and node.plain and node.text.lower() in {"true", "false"}:
            return node.text.lower() == "true"
        if node is not None:
            self.wrong(node, key, "true or false")
        return None

    def mapping(self, key: str, wanted: str = "a mapping") -> MappingNode | None:
        """Return a mapping, None where it is absent or something else."""
        node = self.value(key)
        if node is None or isinstance(node, MappingNode):
            return node
        self.wrong(node, key, wanted)
        return None
