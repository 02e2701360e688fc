"""What every node of a cluster gets of a run, once: all that a part is played with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dialogs.arms.histories import History
from dialogs.chat import Arm
from dialogs.cluster.linking import Sharing
from dialogs.configuration import Configuration
from dialogs.expansion import Expansion
from dialogs.replaying import Limits, Money
from dialogs.sameness import Sameness
from dialogs.scenario import Expectation


@dataclass(frozen=True, slots=True)
class Arms:
    """What is asked beside the live requests; each node reads the baseline's file, and compares under `sameness`."""

    baseline: Path | None = None
    history: History = History.BOTH
    confirm: int = 1
    resamples: int = 0
    is_of_part: bool = False
    sameness: Sameness = field(default_factory=Sameness)

    @property
    def counted(self) -> Arm:
        """By which replies the turns are counted."""
        return "pinned" if self.baseline is not None and self.history is History.PINNED else "live"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A run as its workers know it.

    `version` is that of the program that started it; `run` names this start of the run, and `folder` is the place of
    its parts; `token` is what stands in the run's own file there, and `settings` a hash of all that a part is played
    with. Part k (from 1) holds the dialogues from position `bounds[k - 1]` to `bounds[k]` in the order of the whole
    `expansion`, in a file with the `suffix`. `concurrency` counts dialogues within a part. `kinds` are those of
    expectations that a model judges. `environ` is what endpoints are opened with, and `working_folder` where relative
    paths begin, on nodes that have it.
    """

    version: str
    run: str
    folder: str
    token: bytes
    settings: str
    expansion: Expansion
    configuration: Configuration
    bounds: Sequence[int]
    concurrency: int
    sharing: Sharing
    working_folder: str
    environ: Mapping[str, str] = field(repr=False)
    chosen: tuple[str, ...] = ()
    kinds: Mapping[str, Expectation] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    money: Money = field(default_factory=Money)
    arms: Arms = field(default_factory=Arms)
    timeout_s: float | None = None
    stream: bool = False
    stable: bool = False
    inline_media: bool = False
    suffix: str = ".jsonl"

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self.bounds) - 1

    def file(self, part: int) -> str:
        """Name a part's transcript file in the folder."""
        return file_of(part, self.count, self.suffix)


def file_of(part: int, count: int, suffix: str) -> str:
    """Name the transcript file of a part of so many; a suffix with `.zst` compresses it."""
    return f"{part}-of-{count}{suffix}"


def manifest_of(file: str) -> str:
    """Name the manifest of a part's file."""
    return f"{file}.manifest"
