"""A recorded request as a command for a POSIX shell."""

import json
import re
from typing import Final

from dialogs.chat import ChatRequest, CompletionPlace, History, message_from_record
from dialogs.reports.terminal import HARMFUL
from dialogs.tool_calling import without_forced_choice
from dialogs.transcript import CompletionRecord, Transcript, TurnRecord

_DEFAULT_URL: Final = "https://api.openai.com/v1"
# What needs no quoting in a double-quoted word of the shell.
_PLAIN_URL: Final = re.compile(r"https?://[A-Za-z0-9._:/\[\]-]+")
_END: Final = "BODY"


def turn_request(transcript: Transcript, turn: TurnRecord, round_: int = 1) -> ChatRequest:
    """Rebuild the request of a turn's round, from 1, with the history as it was sent; one that failed has all of it."""
    completion = completion_of(turn, round_)
    params = {**transcript.params, **turn.params}
    end = len(transcript.messages) if completion is None else completion.reply
    messages = [message_from_record(message, transcript.send_back) for message in transcript.messages[:end]]
    history = History(tuple(messages))
    return ChatRequest(
        model=transcript.model,
        messages=history.messages,
        history_sha256=history.sha256,
        place=CompletionPlace(transcript.id, turn.turn, round_),
        params=params if round_ == 1 else without_forced_choice(params),
        extra_body={**transcript.extra_body, **turn.extra_body},
    )


def completion_of(turn: TurnRecord, round_: int) -> CompletionRecord | None:
    """Return what answered a round of a turn, if anything did."""
    return turn.completions[round_ - 1] if 0 < round_ <= len(turn.completions) else None


def curl_command(request: ChatRequest, endpoint: str | None = None) -> str:
    """Write a request as a curl command to `endpoint`; the key comes from the environment, and so may another URL.

    The body is in a here-document, which no quote in a text can leave and no limit on arguments cuts; what a terminal
    would act on is in JSON's own escapes, so that the value stays what was sent.
    """
    base = endpoint if endpoint and _PLAIN_URL.fullmatch(endpoint) else _DEFAULT_URL
    body = json.dumps(json.loads(request.body()), ensure_ascii=False, indent=2)
    return "\n".join(
        [
            f'curl --silent --show-error "${{OPENAI_BASE_URL:-{base.rstrip("/")}}}/chat/completions" \\',
            '  --header "Authorization: Bearer $OPENAI_API_KEY" \\',
            "  --header 'Content-Type: application/json' \\",
            f"  --data-binary @- <<'{_END}'",
            re.sub(f"[{HARMFUL}]", _json_escape, body),
            _END,
        ]
    )


def _json_escape(match: re.Match[str]) -> str:
    found = match.group()
    return "\\u007f" if found == "\x7f" else json.dumps(found)[1:-1]
