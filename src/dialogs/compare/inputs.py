"""What was put into two dialogues differently: models, parameters, the system prompt, the script, what tools said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from dialogs.compare.comparison import Input, InputDifference
from dialogs.compare.replies import ToolCall, text_of, tool_call
from dialogs.compare.sides import AlignedTurn, SideTurn, ended_early
from dialogs.encoding import JsonObject, JsonValue, canonical, encode_line
from dialogs.media import hashed_form
from dialogs.model_text import ModelText
from dialogs.transcript import Transcript

INSTRUCTIONS: Final = ("system", "developer")
_NOTHING: Final[JsonObject] = {}
_Said: TypeAlias = tuple[str, JsonValue]


class TurnSettings(Protocol):
    """What a turn sets over its dialogue; None is nothing."""

    @property
    def params(self) -> JsonObject | None:
        """The parameters."""

    @property
    def extra_body(self) -> JsonObject | None:
        """The fields of the body that no parameter is for."""


class Settings(TurnSettings, Protocol):
    """What is put into every turn of a dialogue."""

    @property
    def model(self) -> str:
        """The model's name."""

    @property
    def case(self) -> JsonObject | None:
        """The values of its case."""

    @property
    def tools_sha256(self) -> str | None:
        """The hash of its tools."""


def input_differences(
    baseline: Transcript, candidate: Transcript, aligned: Sequence[AlignedTurn]
) -> Iterator[InputDifference]:
    """Give what differs, up to the last turn that both sides reached; what is put in is no reply's doing."""
    before, after = _script(baseline), _script(candidate)
    served = _served_models(baseline), _served_models(candidate)
    systems = before.system, after.system
    yield from dialogue_differences(baseline, candidate, served=served, systems=systems)
    reached = _reached(aligned, before.end, after.end)
    for at, turn in enumerate(aligned):
        if at < reached:
            yield from _turn_differences(turn, before, after)
        elif turn.before and turn.after:  # asked on the baseline's history alone: of what was said, the user is known
            yield from _turn_settings(turn.before, turn.after)
            if turn.before.user != turn.after.user:
                yield InputDifference(Input.SCRIPT, f"turn {turn.after.turn}", turn.before.user, turn.after.user)
    yield from _tool_results(before, after)


def dialogue_differences(
    baseline: Settings,
    candidate: Settings,
    *,
    served: tuple[set[str | None], set[str | None]],
    systems: tuple[Sequence[JsonValue], Sequence[JsonValue]],
) -> Iterator[InputDifference]:
    """Give what differs for all turns; `served` are the names of the models that answered, `systems` the contents."""
    if baseline.model != candidate.model:
        yield _difference(Input.MODEL, "", baseline.model, candidate.model)
    if served[0] != served[1]:
        old, new = map(_names, served)
        if old != new and old and new:  # nothing was served, or not said
            yield _difference(Input.SERVED_MODEL, "", old, new)
    yield from _settings(Input.CASE, "", baseline.case, candidate.case)
    if systems[0] != systems[1]:
        yield _difference(Input.SYSTEM, "", *(_joined([("", content) for content in each]) for each in systems))
    yield from _settings(Input.PARAMS, "", baseline.params, candidate.params)
    yield from _settings(Input.EXTRA_BODY, "", baseline.extra_body, candidate.extra_body)
    if baseline.tools_sha256 != candidate.tools_sha256:
        yield _difference(Input.TOOLS, "", _tools(baseline), _tools(candidate))


def turn_settings(number: int, old: TurnSettings, new: TurnSettings) -> Iterator[InputDifference]:
    """Give what differs in that which a turn sets."""
    if old.params or old.extra_body or new.params or new.extra_body:
        yield from _settings(Input.PARAMS, f"turn {number}: ", old.params, new.params)
        yield from _settings(Input.EXTRA_BODY, f"turn {number}: ", old.extra_body, new.extra_body)


def _reached(aligned: Sequence[AlignedTurn], old_end: int | None, new_end: int | None) -> int:
    """Count the turns, from the first on, that came before either side ended; None is a side that did not end early."""
    reached = len(aligned)
    for end, numbers in (
        (old_end, [turn.before.turn if turn.before else None for turn in aligned]),
        (new_end, [turn.after.turn if turn.after else None for turn in aligned]),
    ):
        if end is not None:
            live = (at for at, number in enumerate(numbers) if number is not None and number <= end)
            reached = min(reached, 1 + max(live, default=-1))
    return reached


@dataclass(slots=True)
class _Script:
    """What a side's script says: before the first turn, in each turn, and as the results of calls.

    `end` is the last turn of one that ended early on its own history.
    """

    system: list[JsonValue] = field(default_factory=list)
    turns: dict[int, list[_Said]] = field(default_factory=dict)
    results: dict[ToolCall, list[JsonValue]] = field(default_factory=dict)
    end: int | None = None


def _script(transcript: Transcript) -> _Script:
    """Sort a side's messages; instructions belong to the turn that they precede."""
    script = _Script()
    if transcript.is_pinned:  # the replies among its messages are the baseline's
        messages = [message for turn in transcript.turns if turn.pinned for message in turn.pinned.script]
        replies = frozenset[int]()
    else:
        messages = list(transcript.messages)
        replies = frozenset(completion.reply for turn in transcript.turns for completion in turn.completions)
    calls: dict[JsonValue, ToolCall] = {}
    turn = 0
    for index, message in enumerate(messages):
        role = message.get("role")
        turn += role == "user"
        if index in replies:
            calls |= _calls(message)
        elif role == "tool":
            call = calls.get(_identifier(message.get("tool_call_id")))
            if call is not None:
                script.results.setdefault(call, []).append(message.get("content"))
        elif turn == 0 and role in INSTRUCTIONS:
            script.system.append(message.get("content"))
        else:
            script.turns.setdefault(turn + (role in INSTRUCTIONS), []).append((str(role), message.get("content")))
    if ended_early(transcript) and not transcript.is_pinned:
        script.end = turn
    return script


def _calls(message: JsonObject) -> dict[JsonValue, ToolCall]:
    calls = message.get("tool_calls")
    if not isinstance(calls, list | tuple):
        return {}
    return {_identifier(call.get("id")): tool_call(call) for call in calls if isinstance(call, Mapping)}


def _identifier(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) else None


def _turn_differences(turn: AlignedTurn, before: _Script, after: _Script) -> Iterator[InputDifference]:
    number = turn.after.turn if turn.after else turn.before.turn if turn.before else 0
    said = before.turns.get(turn.before.turn) if turn.before else None
    other = after.turns.get(turn.after.turn) if turn.after else None
    if turn.before and turn.after:
        yield from _turn_settings(turn.before, turn.after)
    if _sent(said) != _sent(other):
        yield _difference(Input.SCRIPT, f"turn {number}", _joined(said), _joined(other))


def _sent(said: Sequence[_Said] | None) -> list[tuple[str, JsonObject]]:
    """Return what was sent, whether a transcript keeps the bytes of media or refers to them."""
    return [(role, hashed_form({"content": content})) for role, content in said or ()]


def _turn_settings(before: SideTurn, after: SideTurn) -> Iterator[InputDifference]:
    old, new = before.record, after.record
    if old and new:
        yield from turn_settings(after.turn, old, new)


def _tool_results(before: _Script, after: _Script) -> Iterator[InputDifference]:
    """Say where the same call was answered otherwise, which is no reply's doing."""
    for call, results in before.results.items():
        others = after.results.get(call, ())
        for old, new in zip(results, others, strict=False):
            if old != new:
                yield InputDifference(Input.TOOL_RESULTS, call.name.raw, text_of(old), text_of(new))
                break


def _settings(
    kind: Input, prefix: str, before: JsonObject | None, after: JsonObject | None
) -> Iterator[InputDifference]:
    if not before and not after:
        return
    before, after = before or _NOTHING, after or _NOTHING
    if before == after and canonical(before) == canonical(after):  # 0, 0.0 and false are equal to Python
        return
    for name in {**before, **after}:
        old, new = (encode_line(values[name]) if name in values else None for values in (before, after))
        if old != new:
            yield _difference(kind, f"{prefix}{name}", old, new)


def _difference(kind: Input, name: str, old: str | None, new: str | None) -> InputDifference:
    return InputDifference(kind, name, None if old is None else ModelText(old), None if new is None else ModelText(new))


def _tools(settings: Settings) -> str | None:
    return f"sha256 {settings.tools_sha256}" if settings.tools_sha256 else None


def _served_models(transcript: Transcript) -> set[str | None]:
    return {completion.served_model for turn in transcript.turns for completion in turn.all_completions}


def _names(served: set[str | None]) -> str:
    return ", ".join(sorted(name for name in served if name is not None))


def _joined(said: Sequence[_Said] | None) -> str | None:
    if not said:
        return None
    return "\n\n".join(
        f"{role}: {_content(content)}" if role not in {"", "user"} else _content(content) for role, content in said
    )


def _content(value: JsonValue) -> str:
    text = text_of(value)
    return text.raw if text else ""
