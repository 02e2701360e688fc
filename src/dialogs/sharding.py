"""Shards: the parts of a run that several machines play, told by the dialogues' ids alone."""

import re
from dataclasses import dataclass
from typing import Final

from dialogs.encoding import sha256_hex
from dialogs.errors import WrongUseError

_SHARD: Final = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` (from 1) of `count`. All samples of a dialogue are in the same shard."""

    number: int
    count: int

    def __str__(self) -> str:
        """Write it as the flag has it."""
        return f"{self.number}/{self.count}"

    def holds(self, dialogue_id: str) -> bool:
        """Say whether a dialogue belongs to this shard."""
        return shard_number(dialogue_id, self.count) == self.number


def parse_shard(text: str) -> Shard:
    """Read `2/5`.

    Raises:
        WrongUseError: it is no shard.
    """
    found = _SHARD.fullmatch(text.strip())
    if found is not None and 1 <= int(found[1]) <= int(found[2]):
        return Shard(int(found[1]), int(found[2]))
    raise WrongUseError(f"--shard {text}: wanted NUMBER/COUNT, from 1/COUNT to COUNT/COUNT, as 2/5")


def shard_number(dialogue_id: str, count: int) -> int:
    """Return the shard (from 1) of `count` that a dialogue belongs to, by a hash of its id without the sample."""
    name, _, _sample = dialogue_id.rpartition("#")
    return int(sha256_hex((name or dialogue_id).encode())[:16], 16) % count + 1
