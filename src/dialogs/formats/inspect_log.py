"""Transcripts to Inspect AI's evaluation log in its JSON form, version 2, which `inspect view` opens.

Source: https://inspect.aisi.org.uk/reference/inspect_ai.log.html, EvalLog.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from dialogs.chat import Usage
from dialogs.encoding import JsonObject, JsonValue, canonical, decode, encode_line, sha256_hex
from dialogs.formats.exports import Notes, array_lines, calls_of, reply_text, text_of, whole_text
from dialogs.transcript import Outcome, Transcript

_VERSION: Final = 2
_ID_LENGTH: Final = 22
_STOP_REASONS: Final = {
    "stop": "stop",
    "length": "max_tokens",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}
_SENT: Final = ("https://", "data:")


def inspect_log(transcripts: Iterable[Transcript], notes: Notes, *, written_at: str) -> Iterator[str]:
    """Give the lines of the log, a sample each; `written_at`, an ISO 8601 time, dates what has no time of its own."""
    rest = iter(transcripts)
    first = next(rest, None)
    header = encode_line(_header(first, written_at))
    yield f'{header[:-1]},"samples":\n'
    yield from array_lines(_samples(chain([first] if first else [], rest), first, notes))
    yield "}\n"


def _samples(transcripts: Iterable[Transcript], first: Transcript | None, notes: Notes) -> Iterator[str]:
    for transcript in transcripts:
        if first and transcript.model != first.model:
            notes[f"of other models than the log's, {first.model}; each sample names its own"] += 1
        if transcript.is_pinned:
            notes["played on a baseline's history alone, which is what the sample shows"] += 1
        yield whole_text(_sample(transcript))


def _header(first: Transcript | None, written_at: str) -> JsonObject:
    """Return all but the samples, which must come last for readers of the header alone."""
    created = (first.started_at if first else None) or written_at
    identity = sha256_hex(canonical(first.record() if first else None))[:_ID_LENGTH]
    return {
        "version": _VERSION,
        "status": "success",
        "eval": {
            "eval_id": identity,
            "run_id": identity,
            "created": created,
            "task": "dialogs",
            "task_id": identity,
            "dataset": {"name": "dialogs"},
            "model": first.model if first else "none",
            "config": {},
        },
        "plan": {"name": "dialogs", "steps": []},
        "stats": {"started_at": created},
    }


def _sample(transcript: Transcript) -> JsonObject:
    replies = {one.reply: one for turn in transcript.turns for one in turn.completions}
    messages = [_message(data, transcript, is_reply=index in replies) for index, data in enumerate(transcript.messages)]
    first = min(replies, default=len(messages))
    usage = _usage(transcript.usage)
    times: JsonObject = {"started_at": transcript.started_at} if transcript.started_at else {}
    if transcript.elapsed_ms is not None:
        times = {**times, "total_time": transcript.elapsed_ms / 1000}
    return {
        "id": _id(transcript),
        "epoch": transcript.sample + 1,
        "input": messages[:first],
        "target": "",
        "messages": messages,
        "output": _output(transcript, messages),
        "scores": _scores(transcript),
        "metadata": {"dialogue": transcript.id, "case": transcript.case, "outcome": transcript.outcome.value},
        "model_usage": {transcript.model: usage} if usage["total_tokens"] else {},
        "error": _error(transcript),
        **times,
    }


def _id(transcript: Transcript) -> str:
    """Return the dialogue's id without its sample, which is the epoch."""
    name = transcript.id.rpartition("#")[0] or transcript.id
    return f"{name} (variant {transcript.variant})" if transcript.variant > 1 else name


def _message(data: JsonObject, transcript: Transcript, *, is_reply: bool) -> JsonObject:
    role = "system" if data.get("role") == "developer" else str(data.get("role"))
    if role == "assistant":
        return {
            "role": role,
            "content": _reply_content(data),
            "source": "generate" if is_reply else "input",
            **({"model": transcript.model} if is_reply else {}),
            **({"tool_calls": calls} if (calls := [_call(*call) for call in calls_of(data)]) else {}),
        }
    called: JsonObject = {"tool_call_id": data.get("tool_call_id")} if role == "tool" else {}
    return {"role": role, "content": _content(data.get("content")), **called}


def _reply_content(data: JsonObject) -> JsonValue:
    reasoning = data.get("reasoning_content") or data.get("reasoning")
    text = reply_text(data)
    if not isinstance(reasoning, str):
        return text
    return [{"type": "reasoning", "reasoning": reasoning}, {"type": "text", "text": text}]


def _content(content: JsonValue) -> JsonValue:
    if not isinstance(content, list):
        return text_of(content)
    return [_part(part) for part in content if isinstance(part, Mapping)]


def _part(part: JsonObject) -> JsonObject:
    """Return a content part; media whose bytes are not in the transcript are named in text."""
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else None
    if isinstance(url, str) and url.startswith(_SENT):
        return {"type": "image", "image": url}
    return {"type": "text", "text": text_of([part])}


def _call(identity: str, name: str, arguments: str) -> JsonObject:
    try:
        values = decode(arguments)
    except ValueError as error:
        return {"id": identity, "function": name, "arguments": {}, "parse_error": f"{error}: {arguments}"}
    return {"id": identity, "function": name, "arguments": values if isinstance(values, dict) else {}}


def _output(transcript: Transcript, messages: list[JsonObject]) -> JsonObject:
    completions = [one for turn in transcript.turns for one in turn.completions]
    if not completions:
        return {"model": transcript.model, "choices": []}
    last = completions[-1]
    stop_reason = _STOP_REASONS.get(last.finish_reason or "", "unknown")
    return {
        "model": last.served_model or transcript.model,
        "choices": [{"message": messages[last.reply], "stop_reason": stop_reason}],
        "completion": reply_text(transcript.messages[last.reply]),
        **({"usage": _usage(last.usage)} if last.usage else {}),
    }


def _usage(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    }


def _scores(transcript: Transcript) -> JsonObject | None:
    """Return one score: correct where every expectation is met, with those that are not in its explanation."""
    judged = [(turn.turn, one) for turn in transcript.turns for one in turn.expectations if one.passed is not None]
    if not judged:
        return None
    unmet = [f"turn {turn}: {one.kind}: {one.found or 'unmet'}" for turn, one in judged if one.passed is False]
    value = "I" if transcript.outcome is Outcome.UNMET else "C"
    return {"expectations": {"value": value, "explanation": "\n".join(unmet) or f"all {len(judged)} met"}}


def _error(transcript: Transcript) -> JsonObject | None:
    error = transcript.error
    if error is None:
        return None
    message = f"turn {error.turn}: {error.kind}: {error.message}"
    return {"message": message, "traceback": message, "traceback_ansi": message}
