"""A recorded request as a command for a POSIX shell."""

import json
import re
from typing import Final

from dialogs.chat import ChatRequest, CompletionPlace, History, message_from_record
from dialogs.reports.terminal import HARMFUL
from dialogs.transcript import CompletionRecord, Transcript, TurnRecord

_URL: Final = '"${OPENAI_BASE_URL:-https://api.openai.com/v1}/chat/completions"'
_END: Final = "BODY"


def turn_request(transcript: Transcript, turn: TurnRecord) -> ChatRequest:
    """Rebuild the first request of a turn, with the history as it was sent; a turn that failed has the whole of it."""
    completion = first_completion(turn)
    end = len(transcript.messages) if completion is None else completion.reply
    messages = [message_from_record(message, transcript.send_back) for message in transcript.messages[:end]]
    history = History(tuple(messages))
    return ChatRequest(
        model=transcript.model,
        messages=history.messages,
        history_sha256=history.sha256,
        place=CompletionPlace(transcript.id, turn.turn),
        params={**transcript.params, **turn.params},
        extra_body=transcript.extra_body,
    )


def first_completion(turn: TurnRecord) -> CompletionRecord | None:
    """Return what answered a turn first, if anything did."""
    return turn.completions[0] if turn.completions else None


def curl_command(request: ChatRequest) -> str:
    """Write a request as a curl command; the key and the URL are taken from the environment when it is run.

    The body is in a here-document, which no quote in a text can leave and no limit on arguments cuts; what a terminal
    would act on is in JSON's own escapes, so that the value stays what was sent.
    """
    body = json.dumps(json.loads(request.body()), ensure_ascii=False, indent=2)
    return "\n".join(
        [
            f"curl --silent --show-error {_URL} \\",
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
