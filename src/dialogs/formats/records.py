"""Files of other formats to their records: lines, items of a list, documents, or the text as a whole."""

from collections.abc import Iterable, Iterator
from typing import Final

from dialogs.errors import FileFault, Place
from dialogs.formats.trees import Tree, json_line, json_tree, yaml_trees
from dialogs.loading.files import Unreadable, check_characters, decode_text

LINES: Final = (".jsonl", ".ndjson")
YAML: Final = (".yaml", ".yml")
_EMPTY: Final = "an empty file; wanted conversations"


def records_of_lines(lines: Iterable[tuple[int, bytes | Unreadable]], file: str) -> Iterator[Tree | FileFault]:
    """Give the record of each line of JSONL; empty lines are passed over."""
    for number, raw in lines:
        line = decode_text(raw) if number == 1 and isinstance(raw, bytes) else raw  # names UTF-16 as such
        if isinstance(line, Unreadable):
            yield FileFault(Place(file, number, line.column or (number and 1)), line.message)
            if isinstance(raw, bytes):
                return
        elif line.strip():
            yield json_line(line, file, number)


def records_of_text(text: str, file: str, suffix: str) -> Iterator[Tree | FileFault]:
    """Give the records of a file that is read whole, by its suffix and, where that says nothing, its beginning."""
    start = text.lstrip()[:1]
    if not start:
        yield FileFault(Place(file, 1, 1), _EMPTY)
    elif suffix in YAML:
        unfit = check_characters(text)
        if unfit:
            yield FileFault(Place(file, unfit.line, unfit.column), unfit.message)
        else:
            yield from yaml_trees(text, file)
    elif suffix == ".json" or start in "[{":
        yield from _json_records(text, file)
    else:
        yield Tree(text, file, 1)


def _json_records(text: str, file: str) -> Iterator[Tree | FileFault]:
    tree = json_tree(text, file)
    if isinstance(tree, FileFault):
        lines = text.encode(errors="surrogatepass").splitlines()
        first = json_line(lines[0], file, 1) if len(lines) > 1 else tree
        if isinstance(first, FileFault):
            yield tree
        else:  # a value a line, whatever the file's name
            yield from records_of_lines(enumerate(lines, 1), file)
    elif not isinstance(tree.value, list):
        yield tree
    elif not tree.value:
        yield FileFault(tree.place, "an empty list; wanted conversations")
    elif _is_one_conversation(tree):
        yield tree.with_value({"messages": tree.value})
    else:
        yield from map(tree.part, tree.value)


def _is_one_conversation(tree: Tree) -> bool:
    """Say whether a list is that of one conversation's messages."""
    first = tree.value[0] if isinstance(tree.value, list) else None
    return isinstance(first, dict) and "role" in first and "content" in first
