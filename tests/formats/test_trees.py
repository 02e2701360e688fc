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


LAUGHS = "a: &l0 ha\n" + "".join(f"l{n}: &l{n} [{f'*l{n - 1},' * 10}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: *x\n", "f:1:4: an alias of no anchor before it; wanted one of its name"),
        ("a: &x [*x]\n", "f:1:8: an alias of no anchor before it"),
        ("a: &x [1]\nb: &x [*x]\n", "f:2:8: an alias of no anchor before it"),
        ("a: {<<: [b]}\n", 'f:1:10: "b" to be merged; wanted a mapping, or a list of them'),
        (LAUGHS, "f:6:38: aliases that stand for too much; wanted what they stand for in its place"),
        (f"a: &a {'x' * 64_000}\nb: [{'*a, ' * 200}]\n", "f:2:401: aliases that stand for too much"),
        (f"a: &a {'[' * 30}{']' * 30}\nb: {'[' * 30}*a{']' * 30}\n", "f:2:34: nested more than 50 deep"),
        ("a: !!python/object:os.system x\n", "f:1:4: a tag; wanted none, or quotes around a text that begins with !"),
        ("[" * 100, "f:1:51: nested more than 50 deep; wanted at most 50 levels"),
        ("a: [1\n", "f:1:4: a [ that is never closed; wanted its ]"),
    ],
)
def test_what_yaml_must_not_do_is_a_fault_with_its_place(text: str, fault: str) -> None:
    (found, *_) = (each for each in yaml_trees(text, "f") if isinstance(each, FileFault))

    assert str(found).startswith(fault)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x [1, {b: 2}]\nc: *x\n", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}),
        ("a: &x 1\nb: &x 2\nc: [*x]\n", {"a": 1, "b": 2, "c": [2]}),
        ("&k a: 1\nb: *k\n", {"a": 1, "b": "a"}),
        ("a: &x {p: 1, q: 1}\nb: {q: 2, <<: *x}\n", {"a": {"p": 1, "q": 1}, "b": {"p": 1, "q": 2}}),
        (
            "a: [&x {p: 1}, &y {p: 2, q: 2}]\nb: {<<: [*x, *y]}\n",
            {"a": [{"p": 1}, {"p": 2, "q": 2}], "b": {"p": 1, "q": 2}},
        ),
    ],
)
def test_an_alias_stands_for_what_it_names_and_a_merge_key_for_its_keys(text: str, value: JsonValue) -> None:
    (tree,) = yaml_trees(text, "f")

    assert isinstance(tree, Tree)
    assert tree.value == value


@pytest.mark.parametrize("line", [b"{", b"\xff", b"[" * 100_000, b"NaN", b""])
def test_a_line_that_is_no_json_is_a_fault(line: bytes) -> None:
    assert str(json_line(line, "f", 7)).startswith("f:7:1: no JSON: ")
