"""Answers that are none: their classes, and what is said of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.encoding import JsonValue, decode
from dialogs.endpoints.waits import wait_asked_for

_BODY_KEPT: Final = 64 << 10
_SHOWN: Final = 300
_LOOKED_AT: Final = 4 << 10
_MARKUP: Final = re.compile(r"(?is)<(script|style)\b.*?(</\1>|$)|<[/!a-z][^<>]*>")

_NO_QUOTA: Final = frozenset(("insufficient_quota", "billing_hard_limit_reached", "billing_not_active"))
_FILTERED: Final = frozenset(("content_filter", "content_policy_violation"))
_KINDS: Final = {
    401: FaultKind.AUTHENTICATION,
    402: FaultKind.INSUFFICIENT_QUOTA,
    403: FaultKind.PERMISSION_DENIED,
    404: FaultKind.NOT_FOUND,
    408: FaultKind.TIMEOUT,
    409: FaultKind.SERVER_ERROR,
    429: FaultKind.RATE_LIMITED,
}
_RETRYABLE: Final = frozenset((FaultKind.TIMEOUT, FaultKind.SERVER_ERROR, FaultKind.RATE_LIMITED))
_STOPPING: Final = frozenset((FaultKind.AUTHENTICATION, FaultKind.INSUFFICIENT_QUOTA))


class NoAnswerError(Exception):
    """No answer came, or none that can be read; `body` is what there was of it."""

    def __init__(
        self,
        reason: str,
        *,
        kind: FaultKind = FaultKind.CONNECTION,
        billing: Billing = Billing.NO,
        retryable: bool = True,
        body: bytes = b"",
    ) -> None:
        """Say why, and whether the request may have been billed."""
        self.reason = reason
        self.kind = kind
        self.billing = billing
        self.retryable = retryable
        self.body = body
        super().__init__(reason)


def one_line(text: str) -> str:
    """Make a server's text fit into a message: on one line, cut, and without a character that does anything."""
    line = " ".join(text.split())
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line[:_SHOWN])
    return f"{shown}…" if len(line) > _SHOWN else shown


def not_a_completion(
    reason: str, body: bytes, *, source: str, request_id: str | None = None, retryable: bool = True
) -> Fault:
    """Make the fault of an answer that was charged for and cannot be believed; the beginning of `body` is kept."""
    beginning = one_line(body[: 2 * _SHOWN].decode(errors="replace"))
    return Fault(
        FaultKind.NOT_A_COMPLETION,
        f"{source}: not a completion: {reason}" + (f"; the answer begins: {beginning}" if beginning else ""),
        retryable=retryable,
        billing=Billing.YES,
        request_id=request_id,
        body=body[:_BODY_KEPT],
    )


@dataclass(frozen=True, slots=True)
class BadStatus:
    """An answer with a status other than 2xx.

    `endpoint` is how people know the endpoint; `key` says where its key stands.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    endpoint: str
    model: str
    key: str

    def fault(self) -> Fault:
        """Say what the status means for the request and for those that follow it."""
        kind = self._kind()
        retryable = kind in _RETRYABLE
        if kind is not FaultKind.INSUFFICIENT_QUOTA:
            retryable = {"true": True, "false": False}.get(self.headers.get("x-should-retry", ""), retryable)
        limited = self.status == HTTPStatus.TOO_MANY_REQUESTS
        return Fault(
            kind,
            self._message(kind),
            retryable=retryable,
            status=self.status,
            retry_after_s=wait_asked_for(self.headers, rate_limited=limited) if retryable else None,
            request_id=self.headers.get("x-request-id"),
            stops_endpoint=kind in _STOPPING and not retryable,
        )

    def _kind(self) -> FaultKind:
        codes = _codes(self.body)
        if codes & _NO_QUOTA:
            return FaultKind.INSUFFICIENT_QUOTA
        if codes & _FILTERED:
            return FaultKind.FILTERED
        is_server_error = self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return _KINDS.get(self.status, FaultKind.SERVER_ERROR if is_server_error else FaultKind.INVALID_REQUEST)

    def _message(self, kind: FaultKind) -> str:
        said, advice = _said(self.body), self._advice(kind)
        return f"{self.status} from {self.endpoint}" + (f": {said}" if said else "") + (f"; {advice}" if advice else "")

    def _advice(self, kind: FaultKind) -> str:
        if HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST:
            target = _harmless_url(self.headers.get("location", "another place"))
            return f"it points to {target}, where nothing is sent: check the endpoint's base URL"
        match kind:
            case FaultKind.AUTHENTICATION:
                return f"check {self.key}"
            case FaultKind.PERMISSION_DENIED:
                return f"check what may be used with {self.key}"
            case FaultKind.INSUFFICIENT_QUOTA:
                return f"see to the quota or the billing of the account behind {self.key}"
            case FaultKind.NOT_FOUND:
                return f"check the model's name ({self.model}) and the endpoint's base URL"
            case _:
                return ""


def _harmless_url(url: str) -> str:
    """Leave out what may be secret: user information, query and fragment."""
    scheme, mark, rest = re.split("[?#]", url, maxsplit=1)[0].rpartition("//")
    host, slash, path = rest.partition("/")
    return one_line(scheme + mark + host.rpartition("@")[2] + slash + path)


def _codes(body: bytes) -> set[str]:
    match _decoded(body):
        case {"error": {**error}}:
            return {value for value in (error.get("code"), error.get("type")) if isinstance(value, str)}
        case _:
            return set()


def _said(body: bytes) -> str:
    """Find the words for people in an error's body."""
    match _decoded(body):
        case {"error": {"message": str(text)}} | {"error": str(text)} | {"message": str(text)} | {"detail": str(text)}:
            return one_line(text)
        case _:
            return one_line(_MARKUP.sub(" ", body[:_LOOKED_AT].decode(errors="replace")))


def _decoded(body: bytes) -> JsonValue:
    try:
        return decode(body)
    except ValueError:
        return None
