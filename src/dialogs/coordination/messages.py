"""What workers and their coordinator say to each other: many small things in one message, all of them plain data."""

from dataclasses import dataclass, field
from typing import NamedTuple

from dialogs.chat import Fault
from dialogs.endpoints.permits import Ended
from dialogs.tally import Tally


class Ask(NamedTuple):
    """A request that wants to pass a gate; `number` is the worker's own name for it, and later for its permit."""

    number: int
    gate: int
    dialogue: str
    prompt_tokens: float
    refusals: int


class Left(NamedTuple):
    """A permit that comes back, with what a gate needs to know of the answer."""

    number: int
    how: Ended


class Reservation(NamedTuple):
    """A request that may cost so many dollars, and wants to be sent."""

    number: int
    cost: float


class Settlement(NamedTuple):
    """What a request cost, in place of what was reserved for it; one that was not sent after all counts for nothing."""

    reserved: float
    spent: float
    is_judge: bool
    was_sent: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a worker is: its tally so far, and how many turns its display would show."""

    tally: Tally
    shown: int = 0


@dataclass(slots=True)
class FromWorker:
    """What a worker says.

    `withdrawn` are asks that are given up. `stopped` are gates that nothing may pass any more, and why; `failures`
    counts dialogues that have failed. `is_stopping` asks for the end of the run, for the reason that `stop_reason`
    gives people.
    """

    asks: list[Ask] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    stopped: list[tuple[int, Fault]] = field(default_factory=list)
    failures: int = 0
    is_stopping: bool = False
    stop_reason: str | None = None
    snapshot: Snapshot | None = None


@dataclass(slots=True)
class ToWorker:
    """What the coordinator says.

    `permits` are the numbers of asks that may be sent now; `refused` those that may not be sent at all. `reserved`
    answers reservations, with the reason where the budget does not reach. `stopped` are gates that nothing passes any
    more; who waits beside one need not wait on. `is_cut` ends what is on its way, too.
    """

    permits: list[int] = field(default_factory=list)
    refused: list[tuple[int, Fault]] = field(default_factory=list)
    reserved: list[tuple[int, str | None]] = field(default_factory=list)
    stopped: list[tuple[int, Fault]] = field(default_factory=list)
    is_stopping: bool = False
    stop_reason: str | None = None
    is_cut: bool = False
