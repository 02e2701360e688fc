"""A transcript as a person reads it: who said what in which turn, at what cost, and how it ended."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dialogs.chat import REPLY_KEYS_SENT_BACK, Usage
from dialogs.encoding import JsonObject, JsonValue, encode_line
from dialogs.media import described
from dialogs.model_text import ModelText
from dialogs.reports.expectation_text import expectation_parts
from dialogs.reports.screen import BLANK, Paragraph, Part, Rule, Span, Style, paragraph
from dialogs.reports.summary import count
from dialogs.reports.terminal import harmless_line
from dialogs.tool_calling import tool_calls
from dialogs.transcript import ArmRecord, CompletionRecord, Outcome, Transcript, TurnRecord

_INDENT: Final = 2
_MOST_OF_A_VALUE: Final = 300
_ROLES: Final[Mapping[str, Style]] = {
    "system": Style.SYSTEM,
    "developer": Style.SYSTEM,
    "user": Style.USER,
    "assistant": Style.ASSISTANT,
    "tool": Style.TOOL,
}
_OUTCOMES: Final[Mapping[Outcome, Style]] = {
    Outcome.COMPLETED: Style.GOOD,
    Outcome.UNMET: Style.WARNING,
    Outcome.ERROR: Style.BAD,
    Outcome.INTERRUPTED: Style.WARNING,
}
_REASONING: Final = ("reasoning_content", "reasoning")
_SHOWN: Final = {*REPLY_KEYS_SENT_BACK, *_REASONING}


def transcript_parts(transcript: Transcript) -> Iterator[Part]:
    """Lay out one dialogue, from its name to its end."""
    yield Rule(transcript.id)
    yield from _head(transcript)
    for shown in _messages(transcript):
        yield BLANK
        yield shown.heading()
        yield from shown.body()
        yield from shown.expectations()
    yield from _end(transcript)


def _head(transcript: Transcript) -> Iterator[Part]:
    facts = [count(len(transcript.turns), "turn"), *_usage(transcript.usage)]
    facts += [] if transcript.elapsed_ms is None else [f"{transcript.elapsed_ms / 1000:.1f} s"]
    facts += [transcript.started_at] if transcript.started_at else []
    facts += [f"variant {transcript.variant}"] if transcript.variant > 1 else []
    where = _place(transcript.place) if transcript.place else ()
    yield paragraph(Span(transcript.outcome.value, _OUTCOMES[transcript.outcome]), _faint(["", *facts]), *where)
    sent = {**(transcript.case or {}), **transcript.params, **transcript.extra_body}
    served = {completion.served_model for turn in transcript.turns for completion in turn.completions} - {None}
    named = [f"model {transcript.model}", *(f"served as {name}" for name in sorted(filter(None, served)))]
    yield paragraph(_faint([*(named if served != {transcript.model} else named[:1]), *_settings(sent)]))


def _place(place: str) -> Iterator[Span]:
    yield _faint(["", ""])
    yield Span(harmless_line(place), Style.FAINT, place)


def _usage(usage: Usage | None) -> list[str]:
    if usage is None or not usage.total_tokens:
        return []
    return [f"{usage.prompt_tokens:,} tokens in, {usage.completion_tokens:,} out"]


def _settings(values: JsonObject) -> list[str]:
    return [f"{name} {value if isinstance(value, str) else encode_line(value)}" for name, value in values.items()]


def _faint(facts: list[str]) -> Span:
    return Span(" · ".join(harmless_line(fact) for fact in facts), Style.FAINT)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One message with what the transcript says about it; `turn` is None before the first user message.

    `called` are the names of the tools that were called so far, by the calls' ids. `source` says whose reply it is
    that was not asked for.
    """

    message: JsonObject
    turn: int | None
    completion: CompletionRecord | None
    record: TurnRecord | None
    called: Mapping[str, str]
    source: str = "scripted"

    @property
    def role(self) -> str:
        return str(self.message.get("role"))

    def heading(self) -> Paragraph:
        number = f"turn {self.turn} " if self.turn and self.role not in {"system", "developer"} else ""
        facts = _faint(["", *self.facts()])
        return paragraph(Span(f"{number}{self.role}", _ROLES.get(self.role, Style.STRONG)), facts)

    def facts(self) -> list[str]:
        if self.role == "tool":
            call_id = str(self.message.get("tool_call_id") or "")
            return [fact for fact in (self.called.get(call_id, ""), call_id) if fact]
        if self.role == "user" and self.turn:
            return _settings(self.record.params) if self.record else ["scripted"]
        if self.role == "assistant":
            return _completion_facts(self.completion) if self.completion else [self.source]
        return []

    def body(self) -> Iterator[Paragraph]:
        for key in _REASONING:
            if reasoning := self.message.get(key):
                yield _indented("reasoning: ", _text(reasoning), Style.FAINT)
        yield from self.content()
        if refusal := self.message.get("refusal"):
            yield _indented("refusal: ", _text(refusal), Style.WARNING)
        for call in _items(self.message.get("tool_calls")):
            yield _indented("calls ", _call_text(call), Style.TOOL)
        if self.role == "assistant":
            rest = {key: value for key, value in self.message.items() if key not in _SHOWN and value}
            for name, value in rest.items():
                yield _indented(f"{name}: ", ModelText(_cut(_text(value).raw)), Style.FAINT)

    def expectations(self) -> Iterator[Part]:
        """Lay out the expectations of the turn below its last reply."""
        if self.record and self.completion is not None and self.completion is self.record.completions[-1]:
            yield from expectation_parts(self.record.expectations)

    def content(self) -> Iterator[Paragraph]:
        content = self.message.get("content")
        if isinstance(content, str) and content:
            yield paragraph(Span(ModelText(content)), indent=_INDENT)
        elif content == "":
            yield _indented("(empty)", ModelText(""), Style.FAINT)
        for part in _items(content):
            text = described(part) or (part.get("text") if isinstance(part, Mapping) else None)
            yield _indented("", ModelText(text if isinstance(text, str) else _cut(_text(part).raw)), Style.PLAIN)


def _messages(transcript: Transcript) -> Iterator[_Shown]:
    records = {turn.turn: turn for turn in transcript.turns}
    completions = {completion.reply: completion for turn in transcript.turns for completion in turn.completions}
    number, called, beside = 0, dict[str, str](), list[_Shown]()
    for index, message in enumerate(transcript.messages):
        if message.get("role") not in {"assistant", "tool"}:
            yield from beside
            beside = []
        number += message.get("role") == "user"
        called.update((call.id, call.name) for call in tool_calls(message))
        record = records.get(number)
        source = "the baseline's" if transcript.is_pinned and record else "scripted"
        yield _Shown(message, number or None, completions.get(index), record, called, source)
        if transcript.is_pinned and record and record.pinned:
            beside = list(_asked_beside(record, record.pinned))
    yield from beside


def _asked_beside(record: TurnRecord, arm: ArmRecord) -> Iterator[_Shown]:
    """Give what a turn brought on the baseline's history, where it was asked on that alone."""
    asked = replace(record, completions=arm.completions, expectations=arm.expectations)
    completions = {completion.reply: completion for completion in arm.completions}
    called = {call.id: call.name for message in arm.messages for call in tool_calls(message)}
    for index, message in enumerate(arm.messages):
        yield _Shown(message, record.turn, completions.get(index), asked, called)


def _completion_facts(completion: CompletionRecord) -> list[str]:
    facts = [] if completion.finish_reason in {None, "stop"} else [str(completion.finish_reason)]
    facts += ["cut off at the token limit"] if completion.truncated else []
    facts += ["lone surrogates were sent back as U+FFFD"] if completion.sanitised else []
    facts += _usage(completion.usage)
    facts += [] if completion.latency_ms is None else [f"{completion.latency_ms / 1000:.2f} s"]
    facts += [count(completion.attempts, "attempt")] if completion.attempts and completion.attempts > 1 else []
    facts += [f"from the {completion.source}"] if completion.source in {"journal", "cassette", "baseline"} else []
    return facts


def _indented(label: str, text: ModelText, style: Style) -> Paragraph:
    return paragraph(Span(label, style), Span(text, style), indent=_INDENT)


def _text(value: JsonValue) -> ModelText:
    return ModelText(value if isinstance(value, str) else encode_line(value))


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_OF_A_VALUE else f"{text[:_MOST_OF_A_VALUE]}… ({len(text):,} characters)"


def _call_text(call: JsonValue) -> ModelText:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return _text(call)
    return ModelText(f"{function.get('name')} {_text(function.get('arguments', '')).raw}")


def _end(transcript: Transcript) -> Iterator[Part]:
    error = transcript.error
    if error is not None:
        status = "" if error.status is None else f", HTTP {error.status}"
        yield BLANK
        yield paragraph(Span(f"turn {error.turn} failed: {harmless_line(error.kind)}{status}", Style.BAD))
        yield paragraph(Span(ModelText(error.message)), indent=_INDENT)
    elif transcript.outcome is Outcome.INTERRUPTED:
        yield BLANK
        yield paragraph(Span("interrupted: the dialogue was stopped before its end", Style.WARNING))
