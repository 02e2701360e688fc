import pytest

from dialogs.compare import Aspect, Metric, Normalization, Reply, Sameness, ToolCall
from dialogs.compare.likeness import Rules, lexical_likeness
from dialogs.errors import WrongUseError
from dialogs.model_text import ModelText


def said(content: str | None, *, is_json: bool = False, finish_reason: str = "stop") -> tuple[Reply, ...]:
    text = None if content is None else ModelText(content)
    return (Reply(text, finish_reason=finish_reason, is_json=is_json),)


def are_same(old: str, new: str, sameness: Sameness, *, is_json: bool = False) -> bool:
    return not Rules(sameness).difference(said(old, is_json=is_json), said(new, is_json=is_json)).aspects


@pytest.mark.parametrize(
    ("old", "new", "sameness", "same"),
    [
        ("a", "a ", Sameness(), False),
        ("caf\u00e9", "cafe\u0301", Sameness(), False),
        ("caf\u00e9", "cafe\u0301", Sameness(normalize=(Normalization.UNICODE,)), True),
        ("a  b\n", "a b", Sameness(normalize=(Normalization.WHITESPACE,)), True),
        ("order 17", "order 18", Sameness(ignore=(r"\d+",)), True),
        ("order 17!", "order 18", Sameness(ignore=(r"\d+",)), False),
        ("one two three four", "one two three five", Sameness(Metric.LEXICAL, 0.75), True),
        ("one two three four", "one two three five", Sameness(Metric.LEXICAL, 0.76), False),
        ("one two three four", "one two three five", Sameness(Metric.LEXICAL), False),
    ],
)
def test_what_counts_as_the_same_is_said_openly(old: str, new: str, sameness: Sameness, *, same: bool) -> None:
    assert are_same(old, new, sameness) is same


@pytest.mark.parametrize(
    ("old", "new", "paths", "same"),
    [
        ('{"a": 1, "b": 2}', '{"b":2,"a":1}', (), True),
        ('{"a": 1}', '{"a": 2}', (), False),
        ('{"id": 1, "a": [{"at": 5}]}', '{"id": 2, "a": [{"at": 6}]}', ("$.id", "$..at"), True),
        ('{"id": 1, "a": 1}', '{"id": 2, "a": 2}', ("$.id",), False),
        ("no JSON", "no  JSON", (), False),
    ],
)
def test_what_was_wanted_as_json_is_compared_as_json(old: str, new: str, paths: tuple[str, ...], *, same: bool) -> None:
    assert are_same(old, new, Sameness(ignore_paths=paths), is_json=True) is same


def test_json_that_nobody_wanted_is_text() -> None:
    assert not are_same('{"a": 1}', '{"a":1}', Sameness())


def test_json_is_never_nearly_the_same() -> None:
    old, new = '{"text": "one two three four"}', '{"text": "one two three five"}'

    assert not are_same(old, new, Sameness(Metric.LEXICAL, 0.5), is_json=True)


def test_json_nested_beyond_measure_is_compared_as_text() -> None:
    assert not are_same("[" * 1020 + "]" * 1020, "[" * 1021 + "]" * 1021, Sameness(), is_json=True)


def test_values_of_tool_arguments_can_be_ignored() -> None:
    old, new = ((Reply(tool_calls=(ToolCall(ModelText("f"), ModelText(f'{{"at":"{at}","id":7}}')),)),) for at in "12")

    assert Rules(Sameness()).difference(old, new).aspects == (Aspect.TOOL_CALLS,)
    assert Rules(Sameness(ignore_paths=("$.at",))).difference(old, new).aspects == ()
    assert Rules(Sameness(ignore=("[12]",))).difference(old, new).aspects == ()


def test_a_likeness_never_hides_another_finish_reason() -> None:
    difference = Rules(Sameness(Metric.LEXICAL, 0.1)).difference(said("a b"), said("a c", finish_reason="length"))

    assert difference.aspects == (Aspect.FINISH_REASON,)
    assert difference.similarity == 0.5


def test_the_exact_metric_measures_no_likeness() -> None:
    assert Rules(Sameness()).difference(said("a"), said("b")).similarity is None
    assert Rules(Sameness(Metric.LEXICAL)).difference(said("a"), said(None)).similarity == 0.0


@pytest.mark.parametrize("sameness", [Sameness(ignore=("(",)), Sameness(ignore_paths=("$[",))])
def test_a_rule_that_cannot_be_read_is_wrong_use(sameness: Sameness) -> None:
    with pytest.raises(WrongUseError, match="cannot be read"):
        Rules(sameness)


def test_the_lexical_likeness_is_by_words() -> None:
    assert lexical_likeness("within thirty days", "within fourteen days") == pytest.approx(4 / 6)
    assert lexical_likeness("", "") == 1.0


def test_rules_are_named_in_words() -> None:
    rules = Sameness(Metric.LEXICAL, 0.8, (r"\d+",), ("$.id",), (Normalization.WHITESPACE,)).rules()

    assert rules == [
        "texts are the same from a lexical likeness of 0.8 on",
        "runs of white space are one space",
        r"ignored: \d+",
        "ignored: $.id",
    ]
