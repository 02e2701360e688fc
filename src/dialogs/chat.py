"""What is said to an endpoint and what it answers, in ChatCompletions' own terms."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, Protocol, TypeAlias

from dialogs.encoding import JsonObject, JsonValue, canonical, replace_surrogates, sha256_hex
from dialogs.media import hashed_form

Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]
Arm: TypeAlias = Literal["live", "pinned", "resample", "judge"]

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()
REPLY_KEYS_SENT_BACK: Final = ("role", "content", "refusal", "tool_calls")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a history.

    `data` is what the transcript keeps: for a reply, everything that the server put on it. `encoded` is the canonical
    JSON of what is sent, of which the request's body is made. `hashed` is the same with references for media and
    names for secrets, of which the history's hash is made; it is what journals keep.
    """

    data: JsonObject
    encoded: bytes = field(repr=False)
    hashed: bytes = field(repr=False)

    @property
    def role(self) -> str:
        """The speaker."""
        return str(self.data["role"])

    @property
    def content(self) -> JsonValue:
        """Text, content parts, or None where a reply holds a refusal or tool calls only."""
        return self.data.get("content")

    @property
    def sanitised(self) -> bool:
        """Whether the text had lone surrogates, which are sent as U+FFFD."""
        return _REPLACEMENT in self.encoded and b"\\ud" in canonical(self.data) and _replaced(self.data) != self.data


def script_message(role: Role, content: JsonValue, kept: JsonValue = None) -> Message:
    """Make a message of a script's own words; `kept` is the content for files, where that is another."""
    if kept is None:
        return message_from_record({"role": role, "content": content})
    return kept_message({"role": role, "content": content}, {"role": role, "content": kept})


def tool_message(call_id: str, content: str, kept: str | None = None) -> Message:
    """Make the message that answers a tool call; `kept` is the content for files, where that is another."""
    sent: JsonObject = {"role": "tool", "tool_call_id": call_id, "content": content}
    return kept_message(sent, sent if kept is None else {**sent, "content": kept})


def kept_message(sent: JsonObject, kept: JsonObject) -> Message:
    """Make a message that is sent in one form, and stands in files in another."""
    return Message(kept, _encoded(sent), _encoded(hashed_form(kept)))


def message_from_record(data: JsonObject, send_back: tuple[str, ...] = ()) -> Message:
    """Make a message of what a server or a transcript holds.

    Of a reply only role, content, refusal and tool_calls go back to the server, and what `send_back` names; absent,
    null and empty refusals and tool calls are left out, since servers refuse them.
    """
    sent: JsonObject = data
    if data.get("role") == "assistant":
        sent = {key: data.get(key) for key in REPLY_KEYS_SENT_BACK + send_back if key == "content" or data.get(key)}
    encoded, form = _encoded(sent), hashed_form(sent)
    return Message(data, encoded, encoded if form is sent else _encoded(form))


def _encoded(sent: JsonObject) -> bytes:
    encoded = canonical(sent)
    if b"\\ud" in encoded:  # perhaps a lone surrogate, perhaps a backslash in the text
        return canonical(_replaced(sent))
    return bytes(memoryview(encoded))  # a copy: orjson's own result holds on to the 4 KiB that it was written in


def _replaced(value: JsonValue) -> JsonValue:
    match value:
        case str():
            return replace_surrogates(value)
        case Mapping():
            return {replace_surrogates(key): _replaced(item) for key, item in value.items()}
        case list() | tuple():
            return [_replaced(item) for item in value]
        case _:
            return value


class History:
    """The messages of a dialogue so far, and their hash, both grown a message at a time.

    The hash is SHA-256 over the canonical JSON of each message as it is sent, with references for media and names for
    secrets, each followed by a newline.
    """

    def __init__(self, messages: tuple[Message, ...] = ()) -> None:
        """Begin with `messages`."""
        self._messages: list[Message] = []
        self._hash = hashlib.sha256()
        for message in messages:
            self.append(message)

    def fork(self) -> "History":
        """Return a history of the same messages, which grows by itself from here."""
        fork = History()
        fork._messages = self._messages.copy()
        fork._hash = self._hash.copy()
        return fork

    def append(self, message: Message) -> None:
        """Let a message enter the history."""
        self._messages.append(message)
        self._hash.update(message.hashed + b"\n")

    def __len__(self) -> int:
        """Count the messages."""
        return len(self._messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages, oldest first."""
        return tuple(self._messages)

    @property
    def sha256(self) -> str:
        """The hash of the history as it stands, in hexadecimal."""
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class CompletionPlace:
    """Where a completion belongs: the dialogue with its sample, the turn (from 1), the round (from 1), the arm."""

    dialogue: str
    turn: int
    round: int = 1
    arm: Arm = "live"
    resample: int = 0

    def __str__(self) -> str:
        """Name the place in a few words."""
        words = [f"{self.dialogue} turn {self.turn}"]
        if self.round > 1:
            words.append(f"round {self.round}")
        if self.arm != "live":
            words.append(f"{self.arm} {self.resample}" if self.resample else self.arm)
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request: everything that shapes the answer, and the place that it is asked for."""

    model: str
    messages: tuple[Message, ...]
    history_sha256: str
    place: CompletionPlace
    params: JsonObject = field(default_factory=dict)
    extra_body: JsonObject = field(default_factory=dict)
    tools: tuple[JsonObject, ...] = ()
    _keys: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def tools_sha256(self) -> str | None:
        """The hash of the tools, None without any."""
        return tools_hash(self.tools)

    def body(self, extra: JsonObject | None = None) -> bytes:
        """Encode the request as a ChatCompletions body; `extra` adds what does not shape the answer, as `stream`."""
        tools: JsonObject = {"tools": self.tools} if self.tools else {}
        rest = canonical({"model": self.model, **tools, **self.params, **(extra or {}), **self.extra_body})
        return b'{"messages":[' + b",".join(message.encoded for message in self.messages) + b"]," + rest[1:]

    def key(self, identity: str) -> str:
        """Return the hash of what shapes the answer; `identity` names the endpoint. The place is no part of it."""
        if identity not in self._keys:  # both the reply and each attempt are noted by it
            self._keys[identity] = self._key(identity)
        return self._keys[identity]

    def _key(self, identity: str) -> str:
        shape: dict[str, JsonValue] = {
            "endpoint": identity,
            "model": self.model,
            "history_sha256": self.history_sha256,
            "params": self.params,
            "extra_body": self.extra_body,
        }
        if self.tools:  # absent in the keys of requests without tools, which older cassettes hold
            shape["tools_sha256"] = self.tools_sha256
        return sha256_hex(canonical(shape))


def tools_hash(tools: Sequence[JsonObject]) -> str | None:
    """Return the SHA-256 of the canonical JSON of a list of tools; None without any."""
    return sha256_hex(canonical(list(tools))) if tools else None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; `data` is all it said about them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    data: JsonObject = field(default_factory=dict)

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class ChatReply:
    """A checked answer of an endpoint.

    `message` is the first choice's message, whole. `body` is the answer as it came, undecoded. `source` is "endpoint"
    for an answer that was asked for, "journal" or "cassette" for one that was kept, "baseline" for one that the other
    version of a scenario was given.
    """

    message: JsonObject
    finish_reason: str | None
    served_model: str | None = None
    usage: Usage | None = None
    system_fingerprint: str | None = None
    request_id: str | None = None
    latency_ms: float = 0.0
    attempts: int = 1
    source: Literal["endpoint", "journal", "cassette", "baseline"] = "endpoint"
    body: bytes = field(default=b"", repr=False)
    extra: JsonObject = field(default_factory=dict)


class FaultKind(StrEnum):
    """Why a completion could not be had."""

    CONNECTION = "connection"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    INVALID_REQUEST = "invalid_request"
    AUTHENTICATION = "authentication"
    PERMISSION_DENIED = "permission_denied"
    NOT_FOUND = "not_found"
    INSUFFICIENT_QUOTA = "insufficient_quota"
    NOT_A_COMPLETION = "not_a_completion"
    FILTERED = "filtered"
    UNANSWERED_TOOL_CALL = "unanswered_tool_call"
    TOO_MANY_ROUNDS = "too_many_rounds"
    CAPTURE_FAILED = "capture_failed"
    TEMPLATE_FAILED = "template_failed"
    CASSETTE_MISS = "cassette_miss"
    FUNCTION_FAILED = "function_failed"
    JOURNAL_FAILED = "journal_failed"
    STOPPED = "stopped"


class Billing(StrEnum):
    """Whether a failed attempt may have been charged for."""

    NO = "no"
    PERHAPS = "perhaps"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that could not be had, as a value.

    `retryable` says whether asking again may help; `retry_after_s` is what the server asked for, in seconds;
    `stops_endpoint` marks what no other request to the endpoint would survive either (a bad key, no quota); `body`
    holds the first 64 KiB of a billed answer that was not a completion.
    """

    kind: FaultKind
    message: str
    retryable: bool = False
    billing: Billing = Billing.NO
    status: int | None = None
    retry_after_s: float | None = None
    request_id: str | None = None
    stops_endpoint: bool = False
    attempts: int = 1
    body: bytes = field(default=b"", repr=False)


Answer: TypeAlias = ChatReply | Fault


class Endpoint(Protocol):
    """What answers a request. `identity` goes into each completion's key; `model` is the name sent to it."""

    @property
    def identity(self) -> str:
        """Origin, path and API version, or the embedded weights' hash: never a secret."""

    @property
    def model(self) -> str:
        """The model's name on the wire."""

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once. What goes wrong outside of us is returned as a Fault, not raised."""

    async def close(self) -> None:
        """Give back connections and processes."""


class EndpointAround:
    """An endpoint around another one, which changes how that is asked and nothing else about it."""

    def __init__(self, inner: Endpoint) -> None:
        """Ask `inner`."""
        self.inner = inner

    @property
    def identity(self) -> str:
        """The inner endpoint's."""
        return self.inner.identity

    @property
    def model(self) -> str:
        """The inner endpoint's."""
        return self.inner.model

    async def close(self) -> None:
        """Close the endpoint within."""
        await self.inner.close()
