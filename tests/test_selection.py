import pytest

from builders import dialogue
from dialogs.errors import WrongUseError
from dialogs.scenario import Dialogue
from dialogs.selection import Selection, is_like, parse_tags


def case(case_name: str, *tags: str) -> Dialogue:
    whole = dialogue("Hi", name="refund-policy", tags=tags)
    return Dialogue(whole.scenario, "org/m", case={}, case_name=case_name)


@pytest.mark.parametrize(
    ("glob", "taken"),
    [
        ("refund-policy[acme]*", True),
        ("refund-policy[acme]", True),
        ("*[acme]*", True),
        ("refund-policy", True),
        ("refund-*", True),
        ("*@org/m#?", True),
        ("refund-policy[acme]@org/m#0", True),
        ("refund-policy[a]*", False),
        ("refund-polic[xyz]", False),
        ("policy", False),
        ("REFUND-POLICY", False),
    ],
)
def test_a_glob_takes_brackets_as_they_are(glob: str, taken: bool) -> None:  # noqa: FBT001
    assert Selection(globs=(glob,)).takes(case("acme")) is taken


def test_an_id_is_like_itself_whatever_it_holds() -> None:
    assert is_like("talk[x=*?[!a]]@m#0", "talk[x=*?[!a]]@m#0")


@pytest.mark.parametrize(
    ("text", "tags", "met"),
    [
        ("smoke", {"smoke"}, True),
        ("smoke and not slow", {"smoke"}, True),
        ("smoke and not slow", {"smoke", "slow"}, False),
        ("smoke or refunds and slow", {"smoke"}, True),
        ("(smoke or refunds) and slow", {"smoke"}, False),
        ("not(smoke or slow)", {"refunds"}, True),
        ("not not smoke", {"smoke"}, True),
        ('"and" or "two words"', {"two words"}, True),
        ("area:billing", {"area:billing"}, True),
    ],
)
def test_a_tag_expression_is_met(text: str, tags: set[str], met: bool) -> None:  # noqa: FBT001
    assert parse_tags(text)(tags) is met


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("smoke slow", 'wanted and or or before "slow"'),
        ("smoke and", "wanted a tag at the end"),
        ("", "wanted a tag at the end"),
        ("and smoke", 'wanted a tag before "and"'),
        ("(smoke", 'a "(" without its ")"'),
        ("smoke)", 'a ")" too many'),
        ('"smoke', "a quote without its end"),
        ("not " * 60 + "smoke", "more than 50 brackets and nots"),
    ],
)
def test_what_is_no_tag_expression_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        Selection(tags=(text,))

    assert complaint in str(caught.value)


def test_several_tag_expressions_are_alternatives() -> None:
    selection = Selection(tags=("smoke", "refunds and slow"))

    assert [selection.takes(case("a", *tags)) for tags in (("smoke",), ("refunds", "slow"), ("refunds",))] == (
        [True, True, False]
    )


def test_a_selection_takes_what_is_like_a_glob_and_has_a_tag_and_an_id() -> None:
    one = case("acme", "smoke")

    assert Selection(globs=("refund*",), tags=("smoke",), ids=frozenset({one.id})).takes(one)
    assert not Selection(globs=("refund*",), tags=("slow",)).takes(one)
    assert not Selection(ids=frozenset({"other"})).takes(one)


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(globs=("refund-polcy",)), 'no dialogue is like it; did you mean "refund-policy"?'),
        (Selection(globs=("zzz*",)), "ids are refund-policy, refund-policy[acme]@org/m#0"),
        (Selection(tags=("smoke and refund",)), 'has such tags; did you mean "refunds"?'),
        (Selection(tags=("zzz",)), "tags are refunds"),
        (Selection(ids=frozenset({"x"})), "leave no dialogue to play"),
    ],
)
def test_a_selection_that_takes_nothing_says_what_there_is(selection: Selection, said: str) -> None:
    assert said in selection.nothing([case("acme", "refunds")])
