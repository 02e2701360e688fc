"""What the page shows of a dialogue, ready for its template: messages with their facts, by turn."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dialogs.chat import REPLY_KEYS_SENT_BACK
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.media import described
from dialogs.reports.summary import count
from dialogs.reports.word_diff import Equal, Piece
from dialogs.transcript import CompletionRecord, ExpectationRecord, Transcript, TurnRecord

# A text of more characters is folded: it would push all others away.
_LONG: Final = 20_000
_REASONING: Final = ("reasoning_content", "reasoning")
_SHOWN: Final = {*REPLY_KEYS_SENT_BACK, *_REASONING}
_TEXT_ALONE: Final = frozenset(("role", "content"))
_INSTRUCTIONS: Final = ("system", "developer")

Marked: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PartView:
    """A stretch of a message; `pieces` are texts with their mark: "", "removed" or "added"."""

    kind: str
    pieces: tuple[Marked, ...]
    heading: str = ""

    @property
    def long(self) -> bool:
        """Whether it is folded."""
        return sum([len(text) for _, text in self.pieces]) > _LONG


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message."""

    role: str
    facts: str
    parts: tuple[PartView, ...]
    is_reply: bool = False

    @property
    def role_class(self) -> str:
        """The role, where it is one that the page knows a colour for."""
        return self.role if self.role in {"system", "developer", "user", "tool"} else "assistant"

    def text(self) -> str | None:
        """The whole text of its only part, None where it is something else."""
        if len(self.parts) == 1 and self.parts[0].kind == "said" and len(self.parts[0].pieces) == 1:
            return self.parts[0].pieces[0][1]
        return None


@dataclass(frozen=True, slots=True)
class CheckView:
    """One expectation with its verdict."""

    verdict: str
    tone: str
    what: str
    found: str


def messages_by_turn(transcript: Transcript, wanted: Collection[int] | None = None) -> dict[int, list[MessageView]]:
    """Return what was said in each turn, or in those `wanted`; instructions belong to the turn that they precede."""
    records = {turn.turn: turn for turn in transcript.turns}
    completions = {completion.reply: completion for turn in transcript.turns for completion in turn.completions}
    turns: dict[int, list[MessageView]] = {}
    called: dict[str, str] = {}
    number = 0
    for index, message in enumerate(transcript.messages):
        role = str(message.get("role"))
        number += role == "user"
        turn = number + (role in _INSTRUCTIONS)
        if wanted is not None and turn not in wanted:
            continue
        if role == "tool" and not message.get("name") and (name := called.get(str(message.get("tool_call_id")))):
            message = {**message, "name": name}  # noqa: PLW2901 - the same message, with the name of the tool
        elif calls := message.get("tool_calls"):
            for call in _items(calls):
                called |= _named(call)
        view = message_view(message, completions.get(index), records.get(number))
        turns.setdefault(turn, []).append(view)
    return turns


def message_view(
    message: JsonObject, completion: CompletionRecord | None, record: TurnRecord | None, facts: str | None = None
) -> MessageView:
    """Show one message; `completion` is what came with a reply, `record` the turn that it stands in."""
    role = str(message.get("role"))
    if facts is None:
        facts = " · ".join(_facts(role, message, completion, record))
    content = message.get("content")
    if isinstance(content, str) and content and message.keys() <= _TEXT_ALONE:  # as most are
        parts: tuple[PartView, ...] = (_part("said", content),)
    else:
        parts = tuple(_parts(message, role))
    return MessageView(role, facts, parts, is_reply=completion is not None)


def _facts(
    role: str, message: JsonObject, completion: CompletionRecord | None, record: TurnRecord | None
) -> Iterator[str]:
    if role == "tool":
        yield from (str(message[key]) for key in ("name", "tool_call_id") if message.get(key))
    elif role == "user" and record is not None:
        yield from (f"{name} {text_of(value)}" for name, value in record.params.items())
    elif role == "user" or (role == "assistant" and completion is None):
        yield "scripted"
    elif completion is not None:
        yield from _completion_facts(completion)


def _completion_facts(completion: CompletionRecord) -> Iterator[str]:
    if completion.finish_reason not in {None, "stop"}:
        yield str(completion.finish_reason)
    if completion.truncated:
        yield "cut off at the token limit"
    if completion.usage is not None:
        yield f"{completion.usage.prompt_tokens:,} tokens in, {completion.usage.completion_tokens:,} out"
    if completion.latency_ms is not None:
        yield f"{completion.latency_ms / 1000:.2f} s"
    if completion.attempts and completion.attempts > 1:
        yield count(completion.attempts, "attempt")
    if completion.source in {"journal", "cassette", "baseline"}:
        yield f"from the {completion.source}"
    if completion.served_model:
        yield completion.served_model


def _parts(message: JsonObject, role: str) -> Iterator[PartView]:
    for key in _REASONING:
        if message.get(key):
            yield _part("aside", text_of(message[key]), "reasoning:")
    yield from _content(message.get("content"))
    if message.get("refusal"):
        yield _part("said", text_of(message["refusal"]), "refusal:")
    for call in _items(message.get("tool_calls")):
        yield _part("code", _call(call), "calls")
    if role == "assistant":
        for name, value in message.items():
            if name not in _SHOWN and value:
                yield _part("aside", text_of(value), f"{name}:")


def _content(content: JsonValue) -> Iterator[PartView]:
    if isinstance(content, str):
        yield _part("said", content) if content else _part("aside", "", "(empty)")
    for part in _items(content):
        text = described(part) or (part.get("text") if isinstance(part, Mapping) else None)
        if described(part):
            yield _part("aside", str(text), "shows")
            continue
        yield _part("said", text) if isinstance(text, str) else _part("aside code", text_of(part))


def _part(kind: str, text: str, heading: str = "") -> PartView:
    if len(text) > _LONG:
        heading = f"{heading} {len(text):,} characters".strip()
    return PartView(kind, (("", text),), heading)


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def text_of(value: JsonValue) -> str:
    """Return text as it is, anything else as JSON."""
    return value if isinstance(value, str) else encode_line(value)


def _named(call: JsonValue) -> dict[str, str]:
    """Give the name of a call under its id."""
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        return {}
    return {str(call.get("id")): str(function.get("name"))}


def _call(call: JsonValue) -> str:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return text_of(call)
    return f"{function.get('name')} {text_of(function.get('arguments', ''))}"


def woven(old: MessageView, new: MessageView, pieces: list[Piece]) -> tuple[MessageView, MessageView]:
    """Mark in both messages, which consist of one text each, what differs."""
    before: list[Marked] = []
    after: list[Marked] = []
    for piece in pieces:
        if isinstance(piece, Equal):
            before.append(("", piece.text))
            after.append(("", piece.text))
        else:
            before += [("removed", piece.removed)] if piece.removed else []
            after += [("added", piece.added)] if piece.added else []
    return _marked(old, before), _marked(new, after)


def _marked(message: MessageView, pieces: list[Marked]) -> MessageView:
    part = PartView(message.parts[0].kind, tuple(pieces), message.parts[0].heading)
    return MessageView(message.role, message.facts, (part,), is_reply=message.is_reply)


def check_views(expectations: tuple[ExpectationRecord, ...]) -> tuple[CheckView, ...]:
    """Show the expectations of a turn, those that were not met first."""
    if not expectations:
        return ()
    ordered = sorted(expectations, key=lambda each: each.passed is not False)
    return tuple(map(_check, ordered))


def _check(each: ExpectationRecord) -> CheckView:
    verdict, tone = {True: ("met", "good"), False: ("unmet", "bad"), None: ("not judged", "")}[each.passed]
    what = each.kind if each.value is None else f"{each.kind}: {text_of(each.value)}"
    return CheckView(verdict, tone, what, f"found: {each.found}" if each.found else "")
