"""JSON and YAML become values whose mappings and lists know their places."""

import pytest

from dialogs.encoding import JsonValue
from dialogs.errors import FileFault
from dialogs.formats.trees import Tree, json_line, json_tree, yaml_trees

JSON = '{"a": [1,\n  {"b": "\\ud83d\\ude00"},\n [2.5e3, true, null]]\n}'
YAML = "a:\n  - 1\n  - b: x\n    c: 010\n  - d:\n---\n- no\n- ~\n"


def tree_of(text: str) -> Tree:
    tree = json_tree(text, "f")
    assert isinstance(tree, Tree)
    return tree


def items(tree: Tree) -> list[JsonValue]:
    assert isinstance(tree.value, dict)
    assert isinstance(tree.value["a"], list)
    return tree.value["a"]


def test_json_is_read_with_places() -> None:
    tree = tree_of(JSON)

    assert tree.value == {"a": [1, {"b": "😀"}, [2500.0, True, None]]}
    assert [str(tree.place_of(item)) for item in items(tree)[1:]] == ["f:2:3", "f:3:2"]


def test_yaml_is_read_with_places() -> None:
    first, second = yaml_trees(YAML, "f")

    assert isinstance(first, Tree)
    assert isinstance(second, Tree)
    assert first.value == {"a": [1, {"b": "x", "c": "010"}, {"d": None}]}
    assert second.value == ["no", None]
    assert [str(first.place_of(item)) for item in items(first)[1:]] == ["f:3:5", "f:5:5"]


def test_a_part_knows_where_it_stands() -> None:
    tree = tree_of(JSON)

    assert str(tree.part(items(tree)[1]).place) == "f:2:3"
    assert str(tree.part("text").place) == "f:1:1"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1,}', "f:1:9: no JSON: "),
        ('{"a":\n nope}', "f:2:2: no JSON: Expecting value; wanted JSON"),
        ("[" * 100_000, "f:1:1: JSON too deeply nested; wanted fewer levels"),
        ('{"a": NaN}', "f:1:1: no JSON: NaN is not JSON; wanted JSON"),
        ('{"a": 1e999}', "f:1:1: no JSON: "),
        ("[" + "1" * 5000 + "]", "f:1:1: no JSON: "),
        ('{"a": 1, "b": 2, "a": 3}', 'f:1:1: no JSON: key "a" stands twice in an object; wanted JSON'),
        ('{"a": 1} {"b": 2}', "f:1:10: no JSON: Extra data; wanted JSON"),
    ],
)
def test_what_is_no_json_is_a_fault_with_its_place(text: str, fault: str) -> None:
    found = json_tree(text, "f")

    assert isinstance(found, FileFault)
    assert str(found).startswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: &x [1]\nb: *x\n", "f:1:4: an anchor; wanted none, or quotes around a text that begins with &"),
        ("a: !!python/object:os.system x\n", "f:1:4: a tag; wanted none, or quotes around a text that begins with !"),
        ("[" * 100, "f:1:51: nested more than 50 deep; wanted at most 50 levels"),
        ("a: [1\n", "f:1:4: a [ that is never closed; wanted its ]"),
    ],
)
def test_what_yaml_must_not_do_is_a_fault_with_its_place(text: str, fault: str) -> None:
    (found, *_) = (each for each in yaml_trees(text, "f") if isinstance(each, FileFault))

    assert str(found) == fault


@pytest.mark.parametrize("line", [b"{", b"\xff", b"[" * 100_000, b"NaN", b""])
def test_a_line_that_is_no_json_is_a_fault(line: bytes) -> None:
    assert str(json_line(line, "f", 7)).startswith("f:7:1: no JSON: ")
