"""Typed access to the mappings of a source; what nobody has read is known at the end, so that it can be listed."""

from collections.abc import Iterable, Iterator, Sequence

from dialogs.encoding import JsonObject, JsonValue
from dialogs.errors import Place
from dialogs.formats.drafts import UnfitError
from dialogs.formats.trees import Tree
from dialogs.loading.faults import excerpt


class Table:
    """Reads one mapping of a record by its keys, and remembers them."""

    def __init__(self, tree: Tree, what: str = "a record") -> None:
        """Take a mapping; `what` names it in messages.

        Raises:
            UnfitError: it is something else.
        """
        if not isinstance(tree.value, dict):
            raise UnfitError(tree.place, f"{what} is {excerpt(tree.value)}; wanted a mapping")
        self.data: JsonObject = tree.value
        self.tree = tree
        self._what = what
        self._read: set[str] = set()

    @property
    def place(self) -> Place:
        """Where the mapping begins."""
        return self.tree.place

    def __contains__(self, key: str) -> bool:
        """Say whether the key stands there with a value other than null."""
        return self.data.get(key) is not None

    def value(self, key: str) -> JsonValue:
        """Return any value; None where it is absent."""
        self._read.add(key)
        return self.data.get(key)

    def _wrong(self, key: str, value: JsonValue, wanted: str) -> UnfitError:
        found = f"{key} is {excerpt(value)}" if key in self.data else f"no {key}"
        return UnfitError(self.tree.place_of(value) if value else self.place, f"{found} in {self._what}; {wanted}")

    def optional_text(self, key: str) -> str | None:
        """Return a text, None where it is absent or null."""
        value = self.value(key)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(key, value, "wanted text")

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.optional_text(key)
        if value is None:
            raise self._wrong(key, value, "wanted text")
        return value

    def name(self, key: str) -> str | None:
        """Return a name: text, or a number in its place; None where it is absent or empty."""
        value = self.value(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) and value.strip() else None

    def items(self, key: str) -> Sequence[JsonValue]:
        """Return a list; an absent or null one is empty."""
        value = self.value(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, value, "wanted a list")
        return value

    def trees(self, key: str) -> Iterator[Tree]:
        """Return the items of a list, each with its place."""
        whole = self.tree.part(self.items(key))
        return (whole.part(item) for item in self.items(key))

    def tables(self, key: str, what: str) -> list["Table"]:
        """Return the mappings of a list, each called `what` in messages."""
        return [Table(tree, what) for tree in self.trees(key)]

    def table(self, key: str) -> "Table":
        """Return a mapping to read further; an absent or null one is empty."""
        value = self.value(key)
        place = self.tree.part(value) if value is not None else Tree({}, self.place.file, self.place.line)
        return Table(place, key)

    def unread(self, but: Iterable[str] = ()) -> list[str]:
        """Name the keys with a value that nobody has read, apart from `but`."""
        known = self._read.union(but)
        return [key for key, value in self.data.items() if key not in known and value not in (None, "", [], {})]
