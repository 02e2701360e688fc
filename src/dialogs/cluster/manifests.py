"""The manifest of a part: it is written when the part's file is there, and says what that holds."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import JsonObject, canonical, decode
from dialogs.errors import UnreadableTranscriptError
from dialogs.expectation_records import read_expectation
from dialogs.record import Record, RecordError
from dialogs.tally import Tally, UnmetGroup
from dialogs.transcript import Outcome

FORMAT: Final = 1
_FINISHED: Final = frozenset((Outcome.COMPLETED, Outcome.UNMET))
_PASSED: Final[dict[bool | None, str]] = {True: "met", False: "unmet", None: "unjudged"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a part's file holds: its bytes and their sha256, and how its dialogues ended.

    `planned` counts the dialogues of the part, also those that were not begun; `settings` is a hash of all that the
    part was played with.
    """

    size: int
    sha256: str
    planned: int
    settings: str
    tally: Tally

    @property
    def is_whole(self) -> bool:
        """Whether every dialogue of the part has come to its end."""
        return sum(self.tally.outcomes[outcome] for outcome in _FINISHED) == self.planned

    def encoded(self) -> bytes:
        """Write it as JSON."""
        tally = self.tally
        record: JsonObject = {
            "format": FORMAT,
            "size": self.size,
            "sha256": self.sha256,
            "planned": self.planned,
            "settings": self.settings,
            "outcomes": {outcome.value: number for outcome, number in tally.outcomes.items()},
            "expectations": {_PASSED[passed]: number for passed, number in tally.expectations.items()},
            "slow": tally.slow,
            "unmet": list(_unmet(tally)),
        }
        return canonical(record) + b"\n"

    @classmethod
    def read(cls, data: bytes, name: str) -> "Manifest":
        """Read what `encoded` wrote; `name` is the file's in messages.

        Raises:
            UnreadableTranscriptError: it is no manifest, or of a newer format.
        """
        try:
            record = Record(decode(data))
            if record.integer("format") > FORMAT:
                raise UnreadableTranscriptError(f"{name} is of a newer format; upgrade dialogs-cli")
            return cls(
                size=record.integer("size"),
                sha256=record.text("sha256"),
                planned=record.integer("planned"),
                settings=record.text("settings"),
                tally=_read_tally(record),
            )
        except (RecordError, ValueError, KeyError) as error:
            raise UnreadableTranscriptError(f"{name}: {error}; wanted the manifest of a part") from None


def _unmet(tally: Tally) -> Iterator[JsonObject]:
    for (place, kind), group in tally.unmet.items():
        yield {
            "place": place,
            "kind": kind,
            "dialogue": group.first_dialogue,
            "turn": group.first_turn,
            "first": group.first.record(),
            "count": group.count,
        }


def _read_tally(record: Record) -> Tally:
    passed = {name: key for key, name in _PASSED.items()}
    outcomes, expectations = record.record("outcomes"), record.record("expectations")
    return Tally(
        outcomes=Counter({Outcome(name): outcomes.integer(name) for name in outcomes.data}),
        expectations=Counter({passed[name]: expectations.integer(name) for name in expectations.data}),
        slow=record.integer("slow"),
        unmet={(each.text("place"), each.text("kind")): _read_group(each) for each in record.records("unmet")},
    )


def _read_group(record: Record) -> UnmetGroup:
    first = read_expectation(record.record("first"), record.text("place") or None)
    return UnmetGroup(record.text("dialogue"), record.integer("turn"), first, record.integer("count"))
