from dataclasses import replace

from builders import PLACE, dialogue, in_turn, play, reply
from dialogs.chat import ChatReply, Fault, FaultKind, Usage
from dialogs.encoding import JsonObject
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal
from dialogs.reports.transcript_text import transcript_parts
from dialogs.scenario import Instruction, Media, MediaPart, ScriptedExchange, UserTurn
from dialogs.transcript import ExpectationRecord, Transcript
from transcripts import Asked, asked


def shown(transcript: Transcript, terminal: Terminal = Terminal(60)) -> str:  # noqa: B008 - frozen
    settled = replace(transcript, started_at="2026-11-23T05:00:00Z", elapsed_ms=812.4)
    return page(transcript_parts(settled), terminal)


def saying(transcript: Transcript, *messages: JsonObject) -> Transcript:
    return replace(transcript, messages=messages)


def image(url: str) -> JsonObject:
    return {"type": "image_url", "image_url": {"url": url}}


def body(transcript: Transcript) -> list[str]:
    lines = shown(transcript, Terminal()).splitlines()
    return lines[lines.index("") + 1 :]


def test_a_dialogue_reads_from_its_name_to_its_last_reply() -> None:
    answer = ChatReply(
        {"role": "assistant", "content": "Within thirty days of delivery, with the receipt, at any shop."},
        "length",
        served_model="large-2026",
        usage=Usage(1200, 40),
        latency_ms=401.2,
        attempts=2,
    )
    talk = dialogue(
        ScriptedExchange("Hello", "Hi!", PLACE),
        Instruction("developer", "Be brief.", PLACE),
        UserTurn("When can I return a lamp?", PLACE, params={"seed": 7}),
        system="You are a support agent of Acme.",
    )
    transcript, _ = play(replace(talk, params={"temperature": 0}), in_turn(answer))

    assert shown(transcript) == (
        "── talk@scripted#0 ─────────────────────────────────────────\n"
        "completed · 1 turn · 1,200 tokens in, 40 out · 0.8 s ·\n"
        "2026-11-23T05:00:00Z · talk.yaml:1:1\n"
        "model scripted · served as large-2026 · temperature 0\n"
        "\n"
        "system\n"
        "  You are a support agent of Acme.\n"
        "\n"
        "turn 1 user · scripted\n"
        "  Hello\n"
        "\n"
        "turn 1 assistant · scripted\n"
        "  Hi!\n"
        "\n"
        "developer\n"
        "  Be brief.\n"
        "\n"
        "turn 2 user · seed 7\n"
        "  When can I return a lamp?\n"
        "\n"
        "turn 2 assistant · length · cut off at the token limit ·\n"
        "1,200 tokens in, 40 out · 0.40 s · 2 attempts\n"
        "  Within thirty days of delivery, with the receipt, at any\n"
        "  shop.\n"
    )


def test_a_failed_turn_shows_its_fault() -> None:
    fault = Fault(FaultKind.RATE_LIMITED, "slow \x1bdown", status=429)
    transcript, _ = play(dialogue("one"), in_turn(fault))

    assert body(transcript) == ["turn 1 user", "  one", "", "turn 1 failed: rate_limited, HTTP 429", "  slow \\x1bdown"]


def test_an_interrupted_dialogue_says_so() -> None:
    transcript, _ = play(dialogue("one"), in_turn(Fault(FaultKind.STOPPED, "stopped")))

    assert body(transcript)[-1] == "interrupted: the dialogue was stopped before its end"


def test_what_is_beside_a_reply_is_shown_and_named() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": '{"id": "17"}'}}
    answer = reply(
        None, "tool_calls", reasoning_content="Hm.", refusal="No.", tool_calls=[call], annotations=[{"type": "x"}]
    )
    transcript, _ = play(dialogue("one"), in_turn(answer))

    assert body(transcript)[3:] == [
        "turn 1 assistant · tool_calls",
        "  reasoning: Hm.",
        "  refusal: No.",
        '  calls look_up {"id": "17"}',
        '  annotations: [{"type":"x"}]',
    ]


def test_reasoning_is_dimmed_in_colour() -> None:
    transcript, _ = play(dialogue("one"), in_turn(reply("Yes.", reasoning_content="Hm.")))

    assert "  \x1b[2mreasoning: \x1b[0m\x1b[2mHm.\x1b[0m\n  Yes.\n" in shown(transcript, Terminal(colour=True))


def test_an_empty_reply_and_content_parts_can_be_told_from_text() -> None:
    transcript, _ = play(dialogue("one"), in_turn(""))

    lines = body(
        saying(
            transcript,
            {"role": "user", "content": [{"type": "text", "text": "Look:"}, image("data:" + "A" * 900)]},
            transcript.messages[1],
        )
    )

    assert lines[:2] == ["turn 1 user", "  Look:"]
    assert lines[2].startswith('  {"type":"image_url","image_url":{"url":"data:AAA')
    assert lines[2].endswith("A… (948 characters)")
    assert lines[-1] == "  (empty)"


def test_nothing_in_a_transcript_reaches_the_terminal_as_a_control() -> None:
    evil = "\x1b]0;owned\x07\x9b2J\r\u202e"
    transcript, _ = play(dialogue("one", name=evil), in_turn(reply(evil, evil, refusal=evil, reasoning=evil)))
    transcript = replace(transcript, params={evil: evil}, place=evil)
    transcript = saying(
        transcript,
        *transcript.messages,
        {"role": evil, "content": evil, "tool_calls": [evil, {"function": {"name": evil}}], evil: evil},
    )

    assert not set(shown(transcript)) & {"\x1b", "\x07", "\x9b", "\r", "\u202e"}


def test_expectations_stand_below_the_last_reply_of_their_turn() -> None:
    played, _requests = play(dialogue("One", "Two"), in_turn("1", "2"))
    expectations = (
        ExpectationRecord("contains", "1", passed=True),
        ExpectationRecord("not_regex", "\\d", passed=False, found='"1"', place="talk.yaml:4:9"),
        ExpectationRecord("rubric", "Is polite.", passed=None, found="not judged"),
        ExpectationRecord("max_latency_s", 1, passed=False, found="1.50 s", place="talk.yaml:5:9"),
    )
    first = replace(played.turns[0], expectations=expectations)

    lines = shown(replace(played, turns=(first, played.turns[1])), Terminal(100)).splitlines()
    at = lines.index("  1")

    assert lines[at + 1 : at + 6] == [
        '  met: contains "1"',
        '  unmet: not_regex "\\\\d": found "1" (talk.yaml:4:9)',
        '  not judged: rubric "Is polite."',
        "  slow: max_latency_s 1: found 1.50 s (talk.yaml:5:9)",
        "",
    ]


def test_what_was_found_reaches_the_terminal_without_controls() -> None:
    played, _requests = play(dialogue("One"), in_turn("1"))
    found = ExpectationRecord("contains", "\x1b[2J", passed=False, found="\x1b[31m\u202e")

    page = shown(replace(played, turns=(replace(played.turns[0], expectations=(found,)),)))

    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_result_of_a_tool_says_whose_it_is() -> None:
    call: JsonObject = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}
    answer: JsonObject = {"role": "tool", "tool_call_id": "c1", "content": "sent"}
    played = saying(
        play(dialogue("Where?"), in_turn("1"))[0],
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        answer,
    )

    assert body(played)[-2:] == ["turn 1 tool · lookup · c1", "  sent"]


def test_a_file_that_was_shown_is_named() -> None:
    media = Media("pictures/lamp.png", "image/png", b"png")
    talk = dialogue(UserTurn((MediaPart("image", media), MediaPart("audio", Media("a.mp3", "audio/mp3", b"a"))), PLACE))
    referring, inline = (play(talk, in_turn("1"), inline_media=inline)[0] for inline in (False, True))

    assert body(referring)[1:3] == [
        "  image pictures/lamp.png (image/png, 3 bytes, sha256 8f8cbb7dcf46…)",
        "  audio a.mp3 (mp3, 1 bytes, sha256 ca978112ca1b…)",
    ]
    assert body(inline)[1] == "  image (image/png, 3 bytes, sha256 8f8cbb7dcf46…)"


def test_what_was_asked_on_the_baselines_history_alone_stands_beside_its_replies() -> None:
    baseline = asked("first", "second")
    alone = asked(Asked(None, "first"), Asked(None, "other"), against=baseline, alone=True)

    assert body(replace(alone, messages=baseline.messages))[-8:] == [
        "turn 2 user",
        "  question 2",
        "",
        "turn 2 assistant · the baseline's",
        "  second",
        "",
        "turn 2 assistant",
        "  other",
    ]
