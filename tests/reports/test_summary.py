from typing import Literal

from dialogs.chat import ChatReply, CompletionPlace, Fault, FaultKind, Usage
from dialogs.reports.summary import summary
from dialogs.tally import Tally
from dialogs.transcript import ExpectationRecord, Outcome, Transcript, TranscriptError, TurnRecord

PLACE = CompletionPlace("talk@m#0", 1)


def ended(name: str, error: TranscriptError | None = None) -> Transcript:
    outcome = Outcome.ERROR if error else Outcome.COMPLETED
    return Transcript(f"{name}@m#0", name, "m", outcome, (), (), error=error)


def test_a_summary_counts_dialogues_turns_and_tokens() -> None:
    tally = Tally()
    tally.answered(PLACE, ChatReply({}, "stop", usage=Usage(1200, 30)))
    tally.answered(PLACE, ChatReply({}, "length", usage=Usage(4, 5), attempts=3))
    tally.played(ended("a"))

    assert summary(tally, planned=1, elapsed_s=2.25) == (
        "1 dialogue: 1 completed\n"
        "2 turns asked in 2.2 s; 1,204 prompt and 35 completion tokens; 1 reply cut off at the token limit; "
        "2 repeated attempts"
    )


def test_what_is_asked_beside_the_turns_is_counted_apart_from_them() -> None:
    tally = Tally(has_resamples=True)
    answers: list[tuple[CompletionPlace, Literal["endpoint", "journal"]]] = [
        (PLACE, "endpoint"),
        (CompletionPlace("talk@m#0", 1, round=2), "endpoint"),
        (CompletionPlace("talk@m#0", 2), "journal"),
        (CompletionPlace("talk@m#0", 2, arm="pinned"), "endpoint"),
        (CompletionPlace("talk@m#0", 2, arm="pinned", resample=1), "journal"),
        (CompletionPlace("talk@m#0", 1, arm="resample", resample=1), "endpoint"),
        (CompletionPlace("talk@m#1", 1, arm="resample", resample=1), "journal"),
    ]
    for place, source in answers:
        tally.answered(place, ChatReply({}, "stop", source=source))

    assert summary(tally, planned=0, elapsed_s=0).splitlines()[1] == (
        "1 turn asked in 0.0 s; 1 from the journal; beside them 1 reply on the baseline's history, 1 confirmation, "
        "2 resamples (2 from the journal); 1 further round of tool calls; 0 prompt and 0 completion tokens"
    )


def test_turns_that_are_asked_on_the_baseline_s_history_alone_are_turns() -> None:
    tally = Tally("pinned")
    tally.answered(CompletionPlace("talk@m#0", 1, arm="pinned"), ChatReply({}, "stop"))
    tally.answered(CompletionPlace("talk@m#0", 1, arm="pinned", resample=1), ChatReply({}, "stop"))
    tally.answered(CompletionPlace("new@m#0", 1), ChatReply({}, "stop"))

    assert summary(tally, planned=0, elapsed_s=0).splitlines()[1] == (
        "2 turns asked on the baseline's history in 0.0 s; beside them 1 confirmation; 0 prompt and 0 completion tokens"
    )


def test_errors_of_one_cause_stand_on_one_line_and_the_commonest_first() -> None:
    tally = Tally()
    tally.answered(PLACE, Fault(FaultKind.TIMEOUT, "late"))
    tally.played(ended("a", TranscriptError(2, "timeout", "no reply in 5 s")))
    for name in "bcd":
        tally.played(ended(name, TranscriptError(1, "authentication", "401: wrong key")))

    assert summary(tally, planned=9, elapsed_s=0).splitlines() == [
        "9 dialogues: 4 error, 5 not begun",
        "0 turns asked in 0.0 s; 0 prompt and 0 completion tokens",
        "error (authentication): 3 dialogues, first b@m#0, turn 1: 401: wrong key",
        "error (timeout): a@m#0, turn 2: no reply in 5 s",
    ]


def test_a_server_s_words_cannot_steer_the_terminal() -> None:
    tally = Tally()
    tally.played(ended("a", TranscriptError(1, "server_error", "\x1b[2J\x1b[31mgone")))

    assert "\x1b" not in summary(tally, planned=1, elapsed_s=0)


def expecting(*expectations: ExpectationRecord) -> Transcript:
    turns = (TurnRecord(2, expectations=expectations),)
    outcome = Outcome.COMPLETED if turns[0].is_met else Outcome.UNMET
    return Transcript("a@m#0", "a", "m", outcome, (), turns)


def test_unmet_expectations_stand_at_their_places_and_the_commonest_first() -> None:
    tally = Tally()
    receipt = ExpectationRecord("contains", "receipt", passed=False, found='"No."', place="a.yaml:4:9")
    slow = ExpectationRecord("max_latency_s", 1, passed=False, found="2.10 s", place="a.yaml:6:9")
    schema = ExpectationRecord("json_schema", {"type": "x" * 90}, passed=False, found="none", place="a.yaml:5:9")
    for records in ((receipt, slow), (receipt,), (schema, ExpectationRecord("rubric", "Polite.", passed=None))):
        tally.played(expecting(*records, ExpectationRecord("json", value=True, passed=True)))

    assert summary(tally, planned=3, elapsed_s=0).splitlines()[2:] == [
        'a.yaml:4:9: unmet in 2 replies, first a@m#0, turn 2: contains "receipt": found "No."',
        f'a.yaml:5:9: unmet in a@m#0, turn 2: json_schema {{"type":"{"x" * 50}…: found none',
        "a.yaml:6:9: slow in a@m#0, turn 2: max_latency_s 1: found 2.10 s",
        "8 expectations: 3 met, 3 unmet, 1 slow, 1 not judged",
    ]


def test_what_a_judge_cost_has_a_line_of_its_own() -> None:
    tally = Tally()
    tally.answered(PLACE, ChatReply({}, "stop", usage=Usage(10, 2)))
    tally.answered(CompletionPlace("talk@m#0", 1, arm="judge"), ChatReply({}, "stop", usage=Usage(300, 20)))

    assert summary(tally, planned=0, elapsed_s=0).splitlines()[1:] == [
        "1 turn asked in 0.0 s; 10 prompt and 2 completion tokens",
        "1 verdict of the judge: 300 prompt and 20 completion tokens",
    ]
