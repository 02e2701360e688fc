import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from builders import in_turn, reply, request
from dialogs.chat import Answer, ChatReply, ChatRequest, CompletionPlace, Fault, FaultKind, History, script_message
from dialogs.clock import SystemClock
from dialogs.endpoints.cassette import CassetteEndpoint
from dialogs.endpoints.scripted import ScriptedEndpoint
from dialogs.errors import UnreadableJournalError, WrongUseError
from dialogs.journal.cassette import Cassette
from dialogs.journal.journal import JournalOptions
from dialogs.journal.opening import Beginning, open_journal
from dialogs.journal.records import EndpointIdentity
from journals import ask, at, contents_of, journaling


def replayed(path: Path, requests: Sequence[ChatRequest], dialogues: Sequence[str] = ()) -> list[Answer]:
    with closing(Cassette(path, dialogues or {asked.place.dialogue for asked in requests})) as cassette:
        endpoint = CassetteEndpoint(cassette, "scripted")

        async def main() -> list[Answer]:
            return [await endpoint.complete(asked) for asked in requests]

        return asyncio.run(main())


def miss(path: Path, request: ChatRequest) -> str:
    (answer,) = replayed(path, [request])
    assert isinstance(answer, Fault)
    assert answer.kind is FaultKind.CASSETTE_MISS
    return answer.message


def recorded_on(path: Path, name: str = "scripted") -> tuple[str, str]:
    with closing(Cassette(path)) as cassette:
        endpoint = CassetteEndpoint(cassette, name)
        return endpoint.identity, endpoint.model


def recorded(path: Path, *requests: ChatRequest) -> None:
    ask(path, requests, Beginning.RESUME)


def test_a_reply_is_the_one_that_was_recorded(tmp_path: Path) -> None:
    answer = replace(reply("日本\ud800"), latency_ms=12.5, attempts=2, request_id="r", extra={"x": 1})
    ask(tmp_path / "c", [at("a")], script=lambda _request: answer)

    assert replayed(tmp_path / "c", [at("a")]) == [replace(answer, source="cassette")]


def test_two_dialogues_with_the_same_opening_replay_each_their_own(tmp_path: Path) -> None:
    requests = [at("a", params={"temperature": 1}), at("b", params={"temperature": 1})]
    _answers, sent = ask(tmp_path / "c", requests, script=in_turn("for a", "for b"))

    assert sent == 2
    assert contents_of(replayed(tmp_path / "c", requests)) == ["for a", "for b"]
    assert contents_of(replayed(tmp_path / "c", requests[::-1])) == ["for b", "for a"]


def test_the_own_recording_can_be_had_again(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))

    assert contents_of(replayed(tmp_path / "c", [at("a"), at("a")])) == ["a 1: Hello"] * 2


def test_renamed_dialogues_get_recordings_in_the_order_of_recording_each_once(tmp_path: Path) -> None:
    ask(tmp_path / "c", [at("a#0"), at("a#1")], script=in_turn("first", "second"))

    answers = replayed(tmp_path / "c", [at("b#0"), at("b#1"), at("b#2")])
    assert contents_of(answers) == ["first", "second", "cassette_miss"]


def test_a_recording_of_a_dialogue_that_is_played_serves_no_other(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))

    assert contents_of(replayed(tmp_path / "c", [at("b"), at("a")])) == ["cassette_miss", "a 1: Hello"]


def test_recordings_that_nobody_asked_for_are_counted(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"), at("b"), at("old"))
    with closing(Cassette(tmp_path / "c", {"a", "b", "new"})) as cassette:
        endpoint = CassetteEndpoint(cassette, "scripted")
        counts = [cassette.unused]
        for asked in (at("a"), at("a"), at("new"), at("new", content="unknown")):
            asyncio.run(endpoint.complete(asked))
            counts.append(cassette.unused)
    assert counts == [3, 2, 2, 1, 1]


def test_the_endpoint_is_the_one_that_was_recorded(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))

    assert recorded_on(tmp_path / "c") == ("scripted:scripted", "scripted")


def test_a_model_that_was_recorded_on_two_endpoints_replays_both(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))
    other = ScriptedEndpoint(in_turn("from elsewhere"))
    other.identity, other.model = "https://elsewhere/v1", "wire"
    options = JournalOptions({"scripted": EndpointIdentity(other.identity, other.model)})
    second = open_journal(tmp_path / "c2", Beginning.NEW, options, SystemClock())

    async def main() -> None:
        await journaling(second, other).complete(replace(at("b"), model="wire"))
        await second.close()

    asyncio.run(main())
    with (tmp_path / "c").open("ab") as file:
        file.write((tmp_path / "c2").read_bytes())
    assert recorded_on(tmp_path / "c") == ("https://elsewhere/v1", "wire")
    assert contents_of(replayed(tmp_path / "c", [at("a"), at("b")])) == ["a 1: Hello", "from elsewhere"]


def test_a_model_that_was_not_recorded_is_wrong_use(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))

    with pytest.raises(WrongUseError, match="no recordings of the model gpt-5; it has: scripted"):
        recorded_on(tmp_path / "c", "gpt-5")


def test_a_missing_cassette_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=r"c: No such file or directory; wanted a cassette \(made with --record\)"):
        Cassette(tmp_path / "c")


def test_a_damaged_cassette_is_refused(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes().replace(b"format", b"firmat", 1))

    with pytest.raises(UnreadableJournalError, match="c:1: the line is not as it was written"):
        Cassette(tmp_path / "c")


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a"))
    with (tmp_path / "c").open("ab") as file:
        file.write(b'{"crc32":"')

    assert contents_of(replayed(tmp_path / "c", [at("a")])) == ["a 1: Hello"]


def said(turn: int, *contents: str, **rest: object) -> ChatRequest:
    """Make a request of a dialogue's turn: user and assistant by turns."""
    roles = ("user", "assistant")
    messages = (script_message(roles[index % 2], content) for index, content in enumerate(contents))  # type: ignore[arg-type]
    history = History(tuple(messages))
    asked = request("x", turn=turn, **rest)
    return replace(
        asked, messages=history.messages, history_sha256=history.sha256, place=CompletionPlace("talk@m#0", turn)
    )


LAMP = "When can I return a lamp?"


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        (
            said(1, "When can I return a lamp", params={"temperature": 0}),
            'it was recorded with message 1 (user) "When can I return a lamp?", asked with "When can I return a lamp"',
        ),
        (
            said(1, LAMP, params={"temperature": 0.7}),
            "it was recorded with parameter temperature 0, asked with 0.7",
        ),
        (said(1, LAMP), "it was recorded with parameter temperature 0, asked without"),
        (
            said(1, LAMP, params={"temperature": 0, "seed": 7}),
            "it was recorded with no parameter seed, asked with 7",
        ),
        (
            said(1, LAMP, params={"temperature": 0}, extra_body={"top_k": 1}),
            "it was recorded with no extra_body top_k, asked with 1",
        ),
        (
            said(2, LAMP, "Soon.", "And if it is broken?", params={"temperature": 0}),
            'it was recorded with message 3 (user) "And what if it is broken?", asked with "And if it is broken?"',
        ),
        (
            said(2, LAMP, "Soon.", "And what if it is broken?", "Oh.", "Well?", params={"temperature": 0}),
            "it was recorded with 3 messages, asked with 5",
        ),
        (
            said(1, "Hi", params={"temperature": 1}),
            (
                "it was recorded with parameter temperature 0, asked with 1; "
                'message 1 (user) "When can I return a lamp?", asked with "Hi"'
            ),
        ),
        (said(3, LAMP, params={"temperature": 0}), "talk@m#0 was recorded for turns 1 to 2 only"),
    ],
)
def test_a_miss_says_what_differs_from_the_nearest_recording(
    tmp_path: Path, asked: ChatRequest, difference: str
) -> None:
    first = said(1, LAMP, params={"temperature": 0})
    second = said(2, LAMP, "Soon.", "And what if it is broken?", params={"temperature": 0})
    recorded(tmp_path / "c", first, second)

    message = miss(tmp_path / "c", asked)
    assert message.startswith(f"{tmp_path / 'c'} has no recording for {asked.place}: {difference}. ")
    assert message.endswith(f"To record it, run with --record {tmp_path / 'c'}")


def test_a_long_message_is_shown_where_it_differs(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("a", content=f"{'x' * 500} the cat sat"))

    message = miss(tmp_path / "c", at("a", content=f"{'x' * 500} the dog sat"))
    assert '…xxxxxxxxxx the cat sat", asked with …xxxxxxxxxx the dog sat"' in message


@pytest.mark.parametrize(
    ("recorded_as", "asked_as", "nearest"),
    [
        ("refund[acme]@m#0", "refunds[acme]@m#0", "refund[acme]@m#0 turn 1 was recorded with message 1"),
        ("refund[acme]@m#0", "refund[globex]@m#0", "refund[acme]@m#0 turn 1 was recorded with message 1"),
        ("refund@m#0", "weather@m#0", "no dialogue with a similar name was recorded"),
    ],
)
def test_a_miss_of_a_dialogue_that_was_not_recorded_names_a_similar_one(
    tmp_path: Path, recorded_as: str, asked_as: str, nearest: str
) -> None:
    recorded(tmp_path / "c", at(recorded_as))

    assert nearest in miss(tmp_path / "c", at(asked_as, content="Bye"))


def test_a_miss_says_that_the_one_recording_was_used(tmp_path: Path) -> None:
    recorded(tmp_path / "c", at("talk@m#0"))
    answers = replayed(tmp_path / "c", [at("talk@m#0"), at("talk@m#1")])

    assert isinstance(answers[0], ChatReply)
    assert isinstance(answers[1], Fault)
    assert "the same request of talk@m#0 turn 1 was recorded, and is replayed once" in answers[1].message
