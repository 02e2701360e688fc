from collections.abc import Sequence
from dataclasses import replace

from builders import dialogue, in_turn, play, reply
from dialogs.chat import ChatReply, Fault, FaultKind
from dialogs.compare import compare
from dialogs.reports.comparison_text import comparison_parts
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from dialogs.transcript import Outcome, Transcript, TranscriptError
from transcripts import Asked, asked

FAULT = Fault(FaultKind.RATE_LIMITED, "slow down", status=429)


def played(name: str, *answers: str | ChatReply | Fault, system: str | None = None) -> Transcript:
    users = [f"question {number}" for number in range(1, 5)]
    return play(dialogue(*users, name=name, system=system), in_turn(*answers, *"abcd"[len(answers) :]))[0]


def shown(baseline: Sequence[Transcript], candidate: Sequence[Transcript], *, full: bool = False) -> str:
    return page(comparison_parts(compare(baseline, candidate), full=full), Terminal(70))


def test_where_nothing_differs_the_counts_say_so() -> None:
    assert shown([played("talk")], [played("talk")]) == "1 dialogue: 1 same\n4 turns: 4 same\n"


def test_an_input_is_no_likely_cause_where_nothing_differs() -> None:
    text = shown([played("talk", system="Be kind.")], [played("talk", system="Be terse.")])

    assert "\nWhat went in differently:\n  system prompt" in text


def test_a_comparison_reads_from_the_counts_over_the_causes_to_each_changed_turn() -> None:
    before = [
        played("lamp", "Within thirty days, with the receipt.", system="You are a kind support agent of Acme."),
        played("gone"),
        played("same"),
        played("broken", "a"),
    ]
    after = [
        played("lamp", "Within 14 days, with the receipt.", "B", "c", "D", system="You are a support agent of Acme."),
        played("same"),
        played("broken", "a", FAULT),
        played("new"),
    ]
    after = [replace(one, params={"temperature": 0.7}) for one in after]

    assert shown(before, after) == (
        "5 dialogues: 1 same, 1 changed, 1 error, 1 missing, 1 added\n"
        "20 turns: 6 same, 1 changed, 2 unattributed, 3 error, 4 missing, 4\n"
        "added\n"
        "\n"
        "What went in differently, and is the likely cause:\n"
        "  system prompt  (1 dialogue)\n"
        "    You are a[- kind-] support agent of Acme.\n"
        "  parameter temperature: not set → 0.7  (3 dialogues)\n"
        "\n"
        "── lamp@scripted#0 ───────────────────────────────────────────────────\n"
        "turn 1 changed  question 1\n"
        "  Within [-thirty-]{+14+} days, with the receipt.\n"
        "turns 2 and 4 unattributed: the replies before differ, and they were\n"
        "not asked on the baseline's history\n"
        "\n"
        "── broken@scripted#0 ─────────────────────────────────────────────────\n"
        "turn 2 error  question 2\n"
        "  the candidate failed: rate_limited (HTTP 429): slow down\n"
        "turns 3 and 4 were not reached\n"
        "\n"
        "missing: 1 dialogue only in the baseline\n"
        "  gone@scripted#0\n"
        "\n"
        "added: 1 dialogue only in the candidate\n"
        "  new@scripted#0\n"
    )


def test_each_aspect_of_a_reply_is_shown() -> None:
    def calling(arguments: str) -> ChatReply:
        call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": arguments}}
        return reply(None, "tool_calls", tool_calls=[call])

    def compared(before: ChatReply, after: ChatReply) -> list[str]:
        sides = (play(dialogue("one"), in_turn(one))[0] for one in (before, after))
        return shown(*([side] for side in sides)).splitlines()[5:]

    assert compared(calling('{"id": 17, "all": true}'), calling('{"all": true, "id": 18}')) == [
        "  tool calls:",
        '  look_up {"all":true,"id":[-17-]{+18+}}',
    ]
    assert compared(reply("cut", "length"), reply("cut")) == ["  finish reason: length → stop"]
    assert compared(reply(None, refusal="I will not say."), reply(None, refusal="I can not say.")) == [
        "  refusal:",
        "  I [-will-]{+can+} not say.",
    ]


def test_the_counts_come_again_at_the_end_of_a_long_report() -> None:
    names = ["a", "b", "c", "d"]

    text = shown([played(name, "Yes") for name in names], [played(name, "No") for name in names])

    assert text.endswith("\n4 dialogues: 4 changed\n16 turns: 12 same, 4 changed\n")


def test_long_lists_are_cut_unless_all_is_wanted() -> None:
    before = [played(f"talk-{number}") for number in range(25)]

    assert shown([*before, played("x")], [played("x")]).endswith(
        "  talk-19@scripted#0\n  and 5 more (dialogs diff --full shows all)\n"
    )
    assert "talk-24@scripted#0" in shown([*before, played("x")], [played("x")], full=True)


def test_a_side_that_failed_where_no_turn_says_so_is_named() -> None:
    unjudged = TranscriptError(1, "timeout", "the judge is late")
    before = replace(asked("one", "two"), outcome=Outcome.ERROR, error=unjudged)
    after = asked("other", Asked(None, "two"), against=before)

    assert page(comparison_parts(compare([before], [after])), Terminal()).splitlines()[-2:] == [
        "turn 1 of the baseline failed: timeout: the judge is late",
        "turn 2 of the candidate failed: timeout: late",
    ]
