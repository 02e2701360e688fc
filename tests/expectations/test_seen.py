from dialogs.chat import Usage
from dialogs.encoding import JsonObject
from dialogs.expectations import seen_in
from dialogs.transcript import CompletionRecord, TurnRecord

CALLING: JsonObject = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look_up"}}]}
MESSAGES: tuple[JsonObject, ...] = (
    {"role": "user", "content": "Where is it?"},
    CALLING,
    {"role": "tool", "content": "sent"},
    {"role": "assistant", "content": "It was sent."},
)


def test_a_turn_of_several_rounds_is_seen_by_its_last_reply_and_all_calls() -> None:
    first = CompletionRecord(1, "", "tool_calls", latency_ms=100, usage=Usage(10, 2))
    last = CompletionRecord(3, "", "stop", latency_ms=200, usage=Usage(20, 4))

    seen = seen_in(TurnRecord(1, (first, last)), MESSAGES)

    assert seen is not None
    assert (seen.text, seen.finish_reason, seen.latency_ms) == ("It was sent.", "stop", 300)
    assert seen.usage == Usage(30, 6)
    assert seen.tool_calls == ({"function": {"name": "look_up"}},)


def test_a_turn_without_a_reply_is_not_seen() -> None:
    assert seen_in(TurnRecord(1), MESSAGES) is None


def test_what_a_stable_transcript_leaves_out_is_not_known() -> None:
    seen = seen_in(TurnRecord(1, (CompletionRecord(3, ""),)), MESSAGES)

    assert seen is not None
    assert (seen.usage, seen.latency_ms) == (None, None)
