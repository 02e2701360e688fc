"""Whether two lines of transcript files say the same to the byte, found out without making transcripts of them."""

import re
from typing import Final

import msgspec

from dialogs.transcript import Outcome

_RUN: Final = b',"run":{'
_UNMET: Final = b'"passed":false'
_BASELINE: Final = b',"baseline_sha256":"'
_SHA256: Final = re.compile(rb',"baseline_sha256":"[0-9a-f]{64}"')


class _Message(msgspec.Struct, gc=False):
    role: str


class _Turn(msgspec.Struct, gc=False):
    turn: int


class _Line(msgspec.Struct, gc=False):
    """What is read of a line; the rest is only looked through, so that it is JSON."""

    format: int
    outcome: str
    messages: list[_Message]
    turns: list[_Turn]
    run: msgspec.Raw = msgspec.Raw()


class _Rest(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    run: msgspec.Raw


_LINE: Final = msgspec.json.Decoder(_Line)
_REST: Final = msgspec.json.Decoder(_Rest)


def turns_if_same(old: bytes, new: bytes) -> tuple[int, ...] | None:
    """Return the numbers of the turns of two whole lines that say the same; None where they have to be compared.

    What differs from run to run does not count, nor whether one was played against a baseline. None also where there is
    more to say of what is the same: an error, or an expectation that is unmet.
    """
    end, other_end = old.rfind(_RUN), new.rfind(_RUN)
    said = old[: end if end >= 0 else -2]
    other = new[: other_end if other_end >= 0 else -2]
    if (other != said and _without_baseline(other) != said) or _UNMET in said:
        return None
    try:
        line = _LINE.decode(old)
        if end >= 0 and old[end + len(_RUN) - 1 :].rstrip() != bytes(line.run) + b"}":  # in another object, or not last
            return None
        if other_end >= 0:  # what begins within another object, or has more after it, is no such object
            _REST.decode(b"{" + new[other_end + 1 :])
    except (ValueError, RecursionError):
        return None
    return tuple([turn.turn for turn in line.turns]) if line.outcome == Outcome.COMPLETED.value else None


def _without_baseline(said: bytes) -> bytes:
    at = said.rfind(_BASELINE)
    found = _SHA256.match(said, at) if at >= 0 else None
    return said[:at] + said[found.end() :] if found else said
