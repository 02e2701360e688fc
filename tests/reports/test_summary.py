from dialogs.chat import ChatReply, CompletionPlace, Fault, FaultKind, Usage
from dialogs.reports.summary import summary
from dialogs.tally import Tally
from dialogs.transcript import Outcome, Transcript, TranscriptError

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
