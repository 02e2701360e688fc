"""Endpoints around endpoints that keep every paid reply: looked up before asking, on disk before it is used."""

import contextlib
from dataclasses import replace

from dialogs.chat import Answer, Billing, ChatReply, ChatRequest, Endpoint, EndpointAround, Fault, FaultKind
from dialogs.encoding import JsonObject, canonical, decode
from dialogs.endpoints.answers import parse_answer
from dialogs.errors import JournalFailedError
from dialogs.journal.journal import Journal
from dialogs.redaction import Redactor


class JournalingEndpoint(EndpointAround):
    """Answers from the journal what it holds; asks `inner`, retries and all, for what it lacks.

    A reply is returned when it is on the disk.
    """

    def __init__(self, inner: Endpoint, journal: Journal) -> None:
        """Ask `inner`, and keep what comes of it in `journal`."""
        super().__init__(inner)
        self.journal = journal

    async def complete(self, request: ChatRequest) -> Answer:
        """Return the reply that is kept, or ask for one and keep it."""
        key = request.key(self.identity)
        kept = self.journal.find(key, request)
        if kept is not None:
            return rebuilt(kept.reply)
        try:
            answer = await self.inner.complete(request)
            if isinstance(answer, ChatReply):
                await self.journal.record(key, request, answer)
        except JournalFailedError as error:
            return Fault(FaultKind.JOURNAL_FAILED, str(error), billing=Billing.YES, stops_endpoint=True)
        finally:
            self.journal.forget_attempts(request.place)
        return answer


class AttemptMarkingEndpoint(EndpointAround):
    """Stands directly around what sends, within the retries: notes each request before it goes, and each that failed.

    Secrets that a server echoed are taken out here, before anyone sees them, so that a resumed dialogue says what the
    undisturbed one did.
    """

    def __init__(self, inner: Endpoint, journal: Journal) -> None:
        """Ask `inner`, and keep what comes of it in `journal`."""
        super().__init__(inner)
        self.journal = journal

    async def complete(self, request: ChatRequest) -> Answer:
        """Ask once; nothing is sent where it cannot be noted."""
        key = request.key(self.identity)
        try:
            self.journal.mark_sent(key, request.place)
        except JournalFailedError as error:
            return Fault(FaultKind.JOURNAL_FAILED, f"nothing was sent: {error}", stops_endpoint=True)
        answer = without_secrets(await self.inner.complete(request), self.journal.redactor)
        if isinstance(answer, Fault):
            with contextlib.suppress(JournalFailedError):  # the next request will find it failed
                self.journal.mark_failed(key, request.place, answer)
        return answer


def rebuilt(kept: ChatReply) -> Answer:
    """Make the reply anew from its stored body, by the same checks as when it came."""
    if not kept.body:
        return kept
    answer = parse_answer(
        kept.body, source=f"the {kept.source}", request_id=kept.request_id, latency_ms=kept.latency_ms
    )
    if isinstance(answer, Fault):
        return replace(answer, retryable=False, billing=Billing.NO)
    return replace(answer, attempts=kept.attempts, source=kept.source, extra=kept.extra or answer.extra)


def without_secrets(answer: Answer, redactor: Redactor) -> Answer:
    """Return an answer without the secrets that a server may have echoed."""
    if isinstance(answer, Fault):
        return redactor.fault(answer)
    if answer.body:
        body = _without_patterns(redactor.data(answer.body), redactor)
        return answer if body is answer.body else rebuilt(replace(answer, body=body, extra={}))
    message = _redacted(answer.message, redactor)
    said = redactor.said(message)
    return replace(
        answer,
        message=said if isinstance(said, dict) and redactor.has_patterns else message,
        extra=_redacted(answer.extra, redactor),
    )


def _without_patterns(body: bytes, redactor: Redactor) -> bytes:
    """Return a completion's body with nothing in its messages that a pattern matches."""
    if not redactor.has_patterns:
        return body
    completion = decode(body)
    if not isinstance(completion, dict):
        return body
    said = {**completion, "choices": redactor.said(completion.get("choices"))}
    return body if said == completion else canonical(said)


def _redacted(record: JsonObject, redactor: Redactor) -> JsonObject:
    encoded = canonical(record)
    redacted = redactor.data(encoded)
    if redacted is encoded:
        return record
    decoded = decode(redacted)
    return decoded if isinstance(decoded, dict) else record
