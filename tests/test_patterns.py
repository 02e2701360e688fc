import pytest

from dialogs.encoding import JsonValue
from dialogs.patterns import PatternError, parse_json_path, parse_regex

SLOW = "(a+)+$"


def test_no_expression_hangs() -> None:
    assert parse_regex(SLOW).search("a" * 50_000 + "!") is None


def test_a_lone_surrogate_is_searched_as_the_replacement_character() -> None:
    found = parse_regex("b.").search("ab\ud83d")

    assert found is not None
    assert found.group() == "b\ufffd"


def test_groups_are_known_by_number_and_name() -> None:
    regex = parse_regex(r"(\d+) (?P<unit>days)")

    assert (regex.groups, regex.group_names) == (2, ("unit",))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("(", "missing ): ("), (r"(?=a)", "invalid perl operator: (?="), (r"(a)\1", r"invalid escape sequence: \1")],
)
def test_what_is_no_expression_of_re2_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_regex(pattern)

    assert str(caught.value) == reason


ORDER: JsonValue = {"items": [{"id": 7, "name": "lamp"}, {"id": 9, "name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.items[0].id", [7]),
        ("$..id", [7, 9]),
        ("$.items[?@.id > 8].id", [9]),
        ("$.items[?match(@.name, 'l.mp')].id", [7]),
        ("$.items[?match(@.name, 'am')].id", []),
        ("$.items[?search(@.name, 'am')].id", [7]),
        ("$.items[?search(@.name, '(')].id", []),
        (f"$.items[?search(@.name, '{SLOW}')].id", []),
        ("$.missing", []),
    ],
)
def test_a_path_finds_what_stands_there(path: str, found: list[JsonValue]) -> None:
    assert parse_json_path(path).find(ORDER) == found


@pytest.mark.parametrize(
    "path",
    ["", "items", "$.a[", "$['a", "$.a + 1", "$[?@.a =~ /a/]", "$..a..b..c", "$.a" * 500, "$[?" + "!" * 900 + "@.a]"],
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PatternError):
        parse_json_path(path)


def test_nothing_is_found_in_a_value_nested_too_deeply() -> None:
    value: JsonValue = 1
    for _ in range(5_000):
        value = [value]

    assert parse_json_path("$..a").find(value) == []


def test_what_matches_and_what_stands_at_a_path_can_be_left_out() -> None:
    assert parse_regex(r"\d+").without("order 17, lamp 9\ud800") == "order , lamp \N{REPLACEMENT CHARACTER}"
    assert parse_json_path("$..id").without({"id": 1, "a": [{"id": 2, "b": 3}, 4]}) == {"a": [{"b": 3}, 4]}
    assert parse_json_path("$.a[0, 2]").without({"a": [1, 2, 3]}) == {"a": [2]}
    assert parse_json_path("$.none").without(["x"]) == ["x"]
