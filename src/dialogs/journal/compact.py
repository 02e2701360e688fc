"""Finds what is new in a request since the one recorded before it, so that long dialogues do not grow quadratically."""

from typing import Final, TypeAlias

from dialogs.chat import ChatRequest, Message

_REMEMBERED: Final = 4096
_Chain: TypeAlias = tuple[str, str]


class Progress:
    """How far each dialogue's recorded messages reach.

    Of a dialogue that has not been heard of for long it knows nothing: its next request is recorded whole.
    """

    def __init__(self, dialogues: int = 0) -> None:
        """Know of no dialogue yet, and later of so many at the same time, or of 4,096 where these are more."""
        self._remembered = max(dialogues, _REMEMBERED)
        self._known: dict[_Chain, tuple[int, Message]] = {}

    def first_new(self, request: ChatRequest) -> int:
        """Return the index of the first message that no earlier recording holds.

        The reply between two requests stands in the earlier one's answer, and counts as held.
        """
        known = self._known.get(_chain(request))
        if known is None:
            return 0
        length, last = known
        messages = request.messages
        if len(messages) < length or messages[length - 1] is not last:
            return 0
        return length + 1 if len(messages) > length and messages[length].role == "assistant" else length

    def reached(self, request: ChatRequest) -> None:
        """Take note that `request`'s messages are held by recordings."""
        chain = _chain(request)
        self._known.pop(chain, None)
        if len(self._known) >= self._remembered:
            del self._known[next(iter(self._known))]
        self._known[chain] = (len(request.messages), request.messages[-1])


def _chain(request: ChatRequest) -> _Chain:
    """Name the line of requests that grow one from another: resamples stand on the live one."""
    place = request.place
    return place.dialogue, "live" if place.arm == "resample" else place.arm
