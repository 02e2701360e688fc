"""Holds what was asked beside the live turns against the hashes of the histories that were sent."""

from collections.abc import Iterator, Sequence

from dialogs.chat import History, Message, message_from_record
from dialogs.compare.sides import aligned_turns
from dialogs.encoding import JsonObject
from dialogs.transcript import ArmRecord, Transcript, TurnRecord
from dialogs.verifying import Mismatch

_SHOWN = 12


def histories_beside(transcript: Transcript) -> int:
    """Count the histories whose hashes the turns' other arms hold."""
    return sum(len(arm.completions) for turn in transcript.turns for arm in turn.arms)


def verify_beside(transcript: Transcript, baseline: Transcript | None) -> Mismatch | None:
    """Recompute the hash of each history that was sent beside the live ones; return the first turn that is wrong.

    Those on a baseline's history are made again of the baseline; None for a transcript that was played without one.
    """
    for turn, history in _live_histories(transcript) if baseline is None else _histories(transcript, baseline):
        for name, arm in _arms(turn):
            sent = _first_wrong(arm, history, transcript.send_back)
            if sent is not None:
                return Mismatch(turn.turn, f"{name}: {sent}")
    return None


def _arms(turn: TurnRecord) -> Iterator[tuple[str, ArmRecord]]:
    if turn.pinned:
        yield "on the baseline's history", turn.pinned
    for number, arm in enumerate(turn.confirmations, 1):
        yield f"confirmation {number}", arm
    for number, arm in enumerate(turn.resamples, 1):
        yield f"resample {number}", arm


def _live_histories(transcript: Transcript) -> Iterator[tuple[TurnRecord, list[JsonObject]]]:
    return ((turn, _live_history(transcript, turn)) for turn in transcript.turns)


def _live_history(transcript: Transcript, turn: TurnRecord) -> list[JsonObject]:
    end = turn.completions[0].reply if turn.completions else len(transcript.messages)
    return list(transcript.messages[:end])


def _histories(transcript: Transcript, baseline: Transcript) -> Iterator[tuple[TurnRecord, list[JsonObject]]]:
    """Give each turn with the messages that it was asked with again: live ones until the pinned arm parts from them."""
    history: list[JsonObject] = []
    replies: Sequence[JsonObject] = ()
    for pair in aligned_turns(baseline, transcript):
        before, after = pair.before.record if pair.before else None, pair.after.record if pair.after else None
        if after is None:
            continue
        if after.pinned is None:
            asked = _live_history(transcript, after)
        else:
            asked = [*history, *_with_tools(replies, after.pinned.script)]
        yield after, asked
        if before is not None:  # a turn that the baseline lacks enters no later history
            history, replies = asked, [baseline.messages[completion.reply] for completion in before.completions]


def _with_tools(replies: Sequence[JsonObject], script: Sequence[JsonObject]) -> Iterator[JsonObject]:
    """Put the results of tools behind the replies that called them; the rest of the script comes after all replies."""
    rest = list(script)
    for reply in replies:
        yield reply
        calls = reply.get("tool_calls")
        for _ in calls if isinstance(calls, list) else ():
            if rest and rest[0].get("role") == "tool":
                yield rest.pop(0)
    yield from rest


def _first_wrong(arm: ArmRecord, history: Sequence[JsonObject], send_back: tuple[str, ...]) -> str | None:
    messages = [*history, *arm.messages]
    for completion in arm.completions:
        if arm.messages[completion.reply : completion.reply + 1] == ():
            return "its reply is not there"
        sha256 = _hash([message_from_record(data, send_back) for data in messages[: len(history) + completion.reply]])
        if sha256 != completion.history_sha256:
            return (
                "its history is not what was sent before the reply: history_sha256 is "
                f"{completion.history_sha256[:_SHOWN]}…, the messages give {sha256[:_SHOWN]}…"
            )
    return None


def _hash(messages: Sequence[Message]) -> str:
    return History(tuple(messages)).sha256
