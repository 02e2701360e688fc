from dataclasses import replace

import pytest

from builders import dialogue, in_turn, play, reply, transcript
from dialogs.chat import ChatReply, Fault, FaultKind
from dialogs.compare import FAILING, WARNING, Aspect, Comparison, Label, compare
from dialogs.errors import WrongUseError
from dialogs.transcript import Outcome, Transcript
from transcripts import Asked, asked

FAULT = Fault(FaultKind.TIMEOUT, "no reply in 5 s")


def played(*answers: str | ChatReply | Fault, users: tuple[str, ...] = ("one", "two", "three")) -> Transcript:
    return play(dialogue(*users), in_turn(*answers))[0]


def noted(baseline: Transcript, candidate: Transcript) -> tuple[str, ...]:
    (compared,) = compare([baseline], [candidate]).dialogues
    return compared.notes


def labels(baseline: Transcript, candidate: Transcript) -> list[str]:
    (compared,) = compare([baseline], [candidate]).dialogues
    return [compared.label, *(turn.label for turn in compared.turns)]


def on(model: str, **changes: object) -> Transcript:
    return replace(transcript("talk", "hello", "hi"), model=model, id=f"talk@{model}#0", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "found"),
    [
        (("a", "b", "c"), ["same", "same", "same", "same"]),
        (("a", "B", "c"), ["changed", "same", "changed", "same"]),
        (("A", "b", "C"), ["changed", "changed", "same", "unattributed"]),
        (("a", "b", "c "), ["changed", "same", "same", "changed"]),
        (("A", FAULT), ["error", "changed", "error", "error"]),
    ],
)
def test_each_turn_has_a_label(candidate: tuple[str | Fault, ...], found: list[str]) -> None:
    assert labels(played("a", "b", "c"), played(*candidate)) == found


def test_turns_that_an_error_kept_from_being_asked_are_errors_on_either_side() -> None:
    whole, broken = played("a", "b", "c"), played("a", FAULT)

    assert labels(whole, broken) == ["error", "same", "error", "error"]
    assert labels(broken, whole) == ["error", "same", "error", "error"]


def test_an_interrupted_dialogue_is_no_difference() -> None:
    assert labels(played("a", "b", "c"), played("a", Fault(FaultKind.STOPPED, "stopped"))) == [
        "error",
        "same",
        "error",
        "error",
    ]


def test_a_turn_that_a_script_gained_or_lost_says_so() -> None:
    shorter, longer = played("a", users=("one",)), played("a", "b", users=("one", "two"))

    assert labels(shorter, longer) == ["changed", "same", "added"]
    assert labels(longer, shorter) == ["changed", "same", "missing"]


def test_a_turn_names_in_what_its_replies_differ_and_keeps_them() -> None:
    before = play(dialogue("one"), in_turn(reply("half a sent", "length")))[0]
    after = play(dialogue("one"), in_turn(reply(None, refusal="I will not.")))[0]

    ((turn,),) = (compared.turns for compared in compare([before], [after]).dialogues)

    assert turn.aspects == (Aspect.CONTENT, Aspect.REFUSAL, Aspect.FINISH_REASON)
    assert turn.user is not None
    assert turn.user.raw == "one"
    assert [reply.finish_reason for reply in (*turn.baseline, *turn.candidate)] == ["length", "stop"]


def test_dialogues_pair_by_scenario_case_and_sample_and_the_rest_is_missing_or_added() -> None:
    same, gone, new = on("m"), on("m", sample=1), on("m", case={"shop": "Acme"})

    comparison = compare([gone, same], [new, same])

    assert [(one.label, one.baseline_id and one.candidate_id) for one in comparison.dialogues] == [
        (Label.MISSING, None),
        (Label.SAME, "talk@m#0"),
        (Label.ADDED, None),
    ]
    assert comparison.turn_counts() == {Label.SAME: 1, Label.MISSING: 1, Label.ADDED: 1}


def test_a_file_of_one_model_compares_with_a_file_of_another() -> None:
    (compared,) = compare([on("small")], [on("large")]).dialogues

    assert (compared.baseline_id, compared.candidate_id, compared.label) == ("talk@small#0", "talk@large#0", Label.SAME)


def test_where_a_side_has_several_models_each_is_compared_with_itself() -> None:
    comparison = compare([on("small"), on("medium")], [on("large"), on("medium")])

    assert [(one.id, one.label) for one in comparison.dialogues] == [
        ("talk@small#0", Label.MISSING),
        ("talk@medium#0", Label.SAME),
        ("talk@large#0", Label.ADDED),
    ]


def test_a_dialogue_that_a_side_holds_twice_cannot_be_paired() -> None:
    with pytest.raises(WrongUseError, match=r"the candidate has the dialogue talk@m#0 twice"):
        compare([on("m")], [on("m"), on("m")])


def test_what_was_accepted_and_holds_no_longer_fails_and_what_is_noise_or_a_consequence_warns() -> None:
    harmless = {Label.SAME, Label.ADDED, Label.FIX, Label.NOT_DISTINGUISHABLE}

    assert set(Label) - FAILING - WARNING == harmless
    assert not FAILING & WARNING


def test_an_error_fails_a_comparison_even_where_no_turn_shows_it() -> None:
    unfinished = replace(played("a", "b", "c"), outcome=Outcome.INTERRUPTED)

    assert compare([played("a", "b", "c")], [unfinished]).fails()
    assert not Comparison(()).fails()


@pytest.mark.parametrize(
    "candidate",
    [
        asked("one", Asked(None), model="large"),
        replace(asked("one", model="large"), outcome=Outcome.INTERRUPTED),
        asked(Asked(None, "other"), against=asked("one"), alone=True, model="large"),
    ],
    ids=["error", "interrupted", "pinned alone"],
)
def test_what_did_not_come_to_its_end_on_its_own_replies_is_not_to_be_accepted(candidate: Transcript) -> None:
    assert not compare([asked("one")], [candidate]).is_acceptable
    assert compare([asked("one")], [asked("one", model="large")]).is_acceptable


def test_a_note_names_a_baseline_that_has_no_replies_of_its_own_and_one_that_was_not_played_against() -> None:
    alone = asked(Asked(None, "one"), against=asked("one"), alone=True)
    against_another = asked("one", against=asked("another"))

    assert [note.split(",")[0] for note in noted(alone, asked("one"))] == [
        "the baseline was played on another one's history alone"
    ]
    assert noted(asked("one"), against_another) == ()
    assert len(noted(asked("two"), against_another)) == 1
