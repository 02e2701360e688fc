"""How a row of misbehaviours is written: the answers of a server that misbehaves, and what is wanted of the client."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from servers import Act, Wire, answer, completion_object, error, head

ATTEMPTS = 3
ELSEWHERE = b"http://elsewhere.example"  # stands for a second server, to which nothing must go
WHOLE = json.dumps(completion_object()).encode()
JSON = ("content-type", "application/json")
GZIP = ("content-encoding", "gzip")
SOON = ("retry-after-ms", "10")
EPOCH = "Wed, 21 Oct 2099 07:28:00 GMT"


@dataclass(frozen=True)
class Row:
    """What a server does to each request of a dialogue of two turns, and what comes of it.

    `requests` is how many it gets. `kind` is that of the fault with which the dialogue ends; None where it completes,
    with `reply` in its history. `recovers`: a dialogue completes to which the server does so only once. `wire` is None
    where nothing listens.
    """

    does: str
    wire: Wire | None
    requests: int
    kind: str | None
    says: str
    recovers: bool = False
    reply: str | None = "Hello"
    flags: tuple[str, ...] = ()

    @property
    def outcome(self) -> str:
        return "completed" if self.kind is None else "error"

    @property
    def code(self) -> int:
        return 0 if self.kind is None else 3


def fatal(does: str, wire: Wire, kind: str, says: str) -> Row:
    """Make the row of what is not asked again."""
    return Row(does, wire, 1, kind, says)


def free(does: str, wire: Wire, kind: str, says: str) -> Row:
    """Make the row of what was surely not billed, and is asked again as often as may be."""
    return Row(does, wire, ATTEMPTS, kind, says, recovers=True)


def bought(does: str, wire: Wire, kind: str, says: str) -> Row:
    """Make the row of what was or may have been billed, and is asked once more."""
    return Row(does, wire, 2, kind, says, recovers=True)


def rubbish(does: str, wire: Wire, says: str) -> Row:
    """Make the row of a 200 that is no completion."""
    return bought(does, wire, "not_a_completion", says)


def lost(does: str, *pieces: bytes | float | Act, says: str) -> Row:
    """Make the row of a connection that broke with the request on its way."""
    return bought(does, Wire(*pieces), "connection", says)


def late(does: str, *pieces: bytes | float | Act) -> Row:
    """Make the row of an answer that is not there in time."""
    return replace(bought(does, Wire(*pieces), "timeout", "no whole answer within 1 s"), flags=("--timeout", "1"))


def fine(does: str, wire: Wire, reply: str | None = "Hello", says: str = "1 completed") -> Row:
    """Make the row of what is odd, and still a reply."""
    return Row(does, wire, 2, None, says, reply=reply)


def limited(*headers: tuple[str, str], code: str | None = None) -> Wire:
    """Answer 429 with `headers`."""
    return error(429, "slow down", code, headers)


def ok(body: bytes, *headers: tuple[str, str]) -> Wire:
    """Answer 200 with a body that may be anything."""
    return Wire(head(200, [JSON, *headers], length=len(body)) + body)


def completed(old: bytes, new: bytes) -> Wire:
    """Answer with a completion in which something stands for something else."""
    assert WHOLE.count(old) == 1
    return ok(WHOLE.replace(old, new))


def saying(**message: object) -> Wire:
    """Answer with a completion whose message has these fields and no content."""
    return answer(completion_object(None, **message))


def ended(finish_reason: str, content: str | None = "Hello") -> Wire:
    """Answer with a completion that ended for a reason."""
    encoded = json.dumps(completion_object(content))
    return answer(encoded.replace('"stop"', finish_reason))


def chunks(*pieces: bytes) -> bytes:
    """Answer 200 in chunks, with the pieces as they are."""
    return head(200, [JSON, ("transfer-encoding", "chunked")]) + b"".join(pieces)


def redirect(status: int, location: bytes) -> Wire:
    """Answer with a redirect."""
    return Wire(head(status, [("Location", location.decode())], length=0))


def slowly(pieces: Iterable[bytes]) -> Iterator[bytes | float]:
    """Drip."""
    for piece in pieces:
        yield piece
        yield 0.05


def bomb(size_mib: int) -> bytes:
    """Compress mebibytes of white space, of which each is the same few bytes."""
    deflate = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    start = deflate.compress(b"{") + deflate.flush(zlib.Z_FULL_FLUSH)
    return start + size_mib * (deflate.compress(b" " * (1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH))


_PREFACE = f"""# What a server may do wrong

Each row is a test with the real command and a server on loopback: a dialogue of two turns, `--max-attempts {ATTEMPTS}`,
and a server that answers every request as the first column says. The requests are those that the server got, the
outcome and the kind are in the transcript, and stderr has the words of the last column. Where it says "completes", a
second dialogue beside the first gets such an answer only once: it is asked again, completes, and its second turn was
asked on the true history, in {ATTEMPTS} requests in all.

What was surely not billed is asked again up to `--max-attempts`; what was or may have been billed, once. Nothing of an
answer that is not believed enters a history, and none of these rows ends in a wait without an end.

This file is written by `python tests/misbehaviours.py` from the rows of the tests.
"""


def document(groups: Mapping[str, Iterable[Row]]) -> str:
    """Write the rows down as Markdown."""
    return "\n".join((_PREFACE, *(line for title, rows in groups.items() for line in _section(title, rows))))


def _section(title: str, rows: Iterable[Row]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| the server's answer | requests | outcome | kind | exit code | only once | on stderr |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        once = "completes" if row.recovers else ""
        cells = (row.does, row.requests, row.outcome, row.kind or "", row.code, once, f"`{row.says}`")
        yield f"| {' | '.join(map(str, cells))} |"
    yield ""
