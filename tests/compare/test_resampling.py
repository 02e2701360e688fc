from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

import pytest

from against import play_against
from builders import dialogue
from dialogs.chat import ChatRequest
from dialogs.compare.comparison import Comparison
from dialogs.compare.dialogues import compare
from dialogs.compare.likeness import Rules
from dialogs.compare.replies import Reply, ToolCall
from dialogs.compare.resampling import distance_under, resampled
from dialogs.endpoints.scripted import Script
from dialogs.labels import Label
from dialogs.model_text import ModelText
from dialogs.sameness import Sameness
from dialogs.transcript import ArmRecord, Transcript

TALK = dialogue("One", "Two")


def by_turns(*texts: str) -> Script:
    """Reply to One with the same, and to Two with each of these texts in turn."""
    rest = cycle(texts)
    return lambda request: "one" if request.messages[-1].content == "One" else next(rest)


def sides(before: Script, after: Script, resamples: int = 10) -> tuple[Transcript, Transcript]:
    baseline, _ = play_against(TALK, before, resamples=resamples)
    candidate, _ = play_against(TALK, after, [baseline], resamples=resamples)
    return baseline, candidate


def labels(compared: Comparison) -> list[Label]:
    return [turn.label for each in compared.dialogues for turn in each.turns]


def turns(baseline: Transcript, candidate: Transcript) -> list[tuple[int, int, int]]:
    return [(each.turn, len(each.baseline), len(each.candidate)) for each in resampled(baseline, candidate)]


def test_both_sides_have_the_first_reply_and_the_further_ones() -> None:
    assert turns(*sides(by_turns("a"), by_turns("b"))) == [(1, 11, 11), (2, 11, 11)]


def test_replies_on_another_baseline_s_history_are_left_out() -> None:
    baseline, candidate = sides(by_turns("a"), by_turns("b"))

    assert turns(baseline, replace(candidate, baseline_sha256="0")) == []


def test_of_a_baseline_only_what_was_asked_on_its_own_history_counts() -> None:
    baseline, candidate = sides(by_turns("a"), by_turns("b"))
    elsewhere = replace(baseline, turns=(baseline.turns[0], replace(baseline.turns[1], pinned=ArmRecord())))

    assert turns(elsewhere, replace(candidate, baseline_sha256=elsewhere.stable_sha256)) == [(1, 11, 11)]


def test_without_a_common_history_turns_count_up_to_the_first_reply_that_differs() -> None:
    def loud(request: ChatRequest) -> str:
        return "ONE" if request.messages[-1].content == "One" else "a"

    baseline, _ = play_against(TALK, by_turns("a"), resamples=3)
    same, _ = play_against(TALK, by_turns("b"), resamples=3)
    other, _ = play_against(TALK, loud, resamples=3)

    assert turns(baseline, same) == [(1, 4, 4), (2, 4, 4)]
    assert turns(baseline, other) == [(1, 4, 4)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("heads", "tails"), ("tails", "heads"), [Label.SAME, Label.NOT_DISTINGUISHABLE]),
        (("heads", "tails"), ("heads", "edge"), [Label.SAME, Label.SAME]),
        (("heads", "tails"), ("edge",), [Label.SAME, Label.CHANGED]),
        (("heads",), ("heads", "edge", "edge", "edge"), [Label.SAME, Label.CHANGED]),
    ],
)
def test_a_turn_is_changed_where_the_sides_differ_more_than_each_from_itself(
    before: Sequence[str], after: Sequence[str], expected: list[Label]
) -> None:
    baseline, candidate = sides(by_turns(*before), by_turns(*after))

    assert labels(compare([baseline], [candidate])) == expected


def test_free_text_that_never_repeats_is_told_apart_by_its_words() -> None:
    numbers = [f"{number} lamps" for number in range(40)]
    before = by_turns(*(f"You can return it within thirty days, order {each}." for each in numbers))
    same = by_turns(*(f"You can return it within thirty days, order {each}." for each in reversed(numbers)))
    after = by_turns(*(f"Aye, bring me parrot and rum, matey {each}!" for each in numbers))

    baseline, unchanged = sides(before, same, 20)
    _, changed = sides(before, after, 20)
    assert labels(compare([baseline], [unchanged])) == [Label.SAME, Label.NOT_DISTINGUISHABLE]
    assert labels(compare([baseline], [changed])) == [Label.SAME, Label.CHANGED]


def reply(text: str, finish_reason: str = "stop") -> tuple[Reply, ...]:
    return (Reply(ModelText(text), finish_reason=finish_reason),)


CALL = (Reply(tool_calls=(ToolCall(ModelText("look"), ModelText("{}")),)),)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        (reply("two red lamps"), reply("two red lamps"), 0),
        (reply("two red lamps"), reply("two blue lamps"), 1 / 3),
        (reply("two red lamps"), reply("no"), 1),
        (reply("two red lamps"), reply("two red lamps", "length"), 1),
        (reply("two red lamps"), CALL, 1),
        (CALL, CALL, 0),
        (reply("two"), reply("two") + reply("lamps"), 1),
        (reply("see order 17"), reply("see order 18"), 0),
    ],
)
def test_replies_are_as_far_apart_as_their_words_differ(
    one: tuple[Reply, ...], other: tuple[Reply, ...], distance: float
) -> None:
    apart = distance_under(Rules(Sameness(ignore=(r"order \d+",))))

    assert apart(one, other) == pytest.approx(distance)
    assert apart(other, one) == pytest.approx(distance)
