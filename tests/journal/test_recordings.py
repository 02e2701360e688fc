import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from builders import reply, request
from dialogs.chat import ChatReply, CompletionPlace, History, Usage, message_from_record, script_message
from dialogs.journal.contents import recordings
from dialogs.journal.lines import seal
from dialogs.journal.opening import Beginning
from dialogs.journal.recordings import (
    Recording,
    identity_in,
    key_and_dialogue_in,
    place_in,
    recording_fields,
)
from dialogs.journal.records import identity
from journals import opened

KEY = "0f" * 32
PLACES = [
    CompletionPlace("talk@m#0", 1),
    CompletionPlace("talk[a, b]@m#12", 3, 2, "pinned", 4),
    CompletionPlace('"request":{,"turn":日\u2028\n', 2),
]


def line_of(answer: ChatReply, place: CompletionPlace = PLACES[0]) -> bytes:
    return seal(recording_fields(KEY, replace(request("Hello"), place=place), 0, answer, "2026-01-01T00:00:00+00:00"))


@pytest.mark.parametrize("place", PLACES)
def test_key_and_place_are_found_in_the_raw_line(place: CompletionPlace) -> None:
    line = line_of(reply("Hi"), place)

    assert identity(KEY, place) == identity_in(line)
    assert (place, (KEY.encode(), place.dialogue)) == (place_in(line), key_and_dialogue_in(line))


@pytest.mark.parametrize(
    "text", ["", "日本", "\u2028\u2029", "\x00\x7f\x9b", "\ud800", "\N{GRINNING FACE}", "x" * 10_000_000]
)
def test_a_reply_without_a_body_comes_back_as_it_was(text: str) -> None:
    answer = replace(
        reply(text, refusal=None),
        served_model="m-1",
        usage=Usage(3, 2, {"prompt_tokens": 3, "completion_tokens": 2, "details": {"cached": 1}}),
        system_fingerprint="fp",
        request_id="r-1",
        latency_ms=12.5,
        attempts=3,
        extra={"timings": {"n": 1}},
    )

    assert replace(answer, source="journal") == Recording.from_line(line_of(answer)).reply


@pytest.mark.parametrize("body", [b'{"a": "\xc3\xa9 \\u0000"}', b"\xff\xfe", b"\xed\xa0\x80", b"\r\n\0"])
def test_a_body_comes_back_byte_for_byte(body: bytes) -> None:
    assert body == Recording.from_line(line_of(replace(reply("Hi"), body=body))).reply.body


def test_a_long_dialogue_does_not_grow_quadratically(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path / "j")
        history = History((script_message("system", "Be brief."),))
        for turn in range(1, 401):
            history.append(script_message("user", f"question {turn}"))
            asked = replace(request("x", turn=turn), messages=history.messages, history_sha256=history.sha256)
            await journal.record(f"{turn:064x}", asked, reply(f"answer {turn}"))
            history.append(message_from_record({"role": "assistant", "content": f"answer {turn}"}))
        await journal.close()

    asyncio.run(main())
    kept = list(recordings(tmp_path / "j"))
    assert [message["content"] for message in kept[0].request.messages] == ["Be brief.", "question 1"]
    assert {recording.request.messages[-1]["content"]: len(recording.request.messages) for recording in kept[1:]} == {
        f"question {turn}": 1 for turn in range(2, 401)
    }


def test_a_request_on_another_history_is_recorded_whole(tmp_path: Path) -> None:
    async def main() -> None:
        journal = opened(tmp_path / "j")
        await journal.record(KEY, request("a", "b"), reply("x"))
        await journal.record(KEY, request("a", "c", "d", turn=2), reply("y"))
        await journal.close()

    asyncio.run(main())
    assert [(item.request.first, item.request.length) for item in recordings(tmp_path / "j")] == [(0, 2), (0, 3)]


def test_a_resumed_dialogue_is_recorded_from_where_it_goes_on(tmp_path: Path) -> None:
    first = request("a")
    second = replace(
        request("a", "b", turn=2), messages=(first.messages[0], *request("b").messages), history_sha256="f" * 64
    )

    async def main(beginning: Beginning) -> None:
        journal = opened(tmp_path / "j", beginning)
        if journal.find(KEY, first) is None:
            await journal.record(KEY, first, reply("x"))
        else:
            await journal.record(KEY, second, reply("y"))
        await journal.close()

    asyncio.run(main(Beginning.NEW))
    asyncio.run(main(Beginning.RESUME))
    assert [(item.request.first, item.request.length) for item in recordings(tmp_path / "j")] == [(0, 1), (1, 2)]
