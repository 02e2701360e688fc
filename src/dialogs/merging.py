"""Transcripts of shards, put together again: all of them, none twice, in the order of the whole run."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dialogs.errors import WrongUseError
from dialogs.sharding import shard_number
from dialogs.transcript import Transcript


def check_shards(parts: Mapping[str, Iterable[Transcript]]) -> bool:
    """Read all parts, by name, and say whether they know their places in the whole run.

    Raises:
        WrongUseError: they are not the shards of one run, or not all of them.
    """
    owners: dict[int, str] = {}
    ordered = True
    for name, transcripts in parts.items():
        shards, knows = _shards_of(name, transcripts, len(parts))
        ordered = ordered and knows
        for shard in shards:
            other = owners.setdefault(shard, name)
            if other != name:
                raise WrongUseError(f"{name} and {other} hold dialogues of the same shard, {shard}/{len(parts)}")
    return ordered


def _shards_of(name: str, transcripts: Iterable[Transcript], count: int) -> tuple[set[int], bool]:
    seen: set[str] = set()
    shards: set[int] = set()
    ordered = True
    for transcript in transcripts:
        if transcript.id in seen:
            raise WrongUseError(f"{name} has the dialogue {transcript.id} twice; wanted each dialogue once")
        seen.add(transcript.id)
        shards.add(shard_number(transcript.id, count))
        ordered = ordered and transcript.position is not None
    if len(shards) > 1:
        listed = ", ".join(f"{shard}/{count}" for shard in sorted(shards))
        raise WrongUseError(
            f"{name} holds dialogues of the shards {listed}: it is no part of a run in {count}; "
            "wanted every part of one run, and nothing else"
        )
    return shards, ordered


def merge(parts: Sequence[Iterable[Transcript]], *, ordered: bool) -> Iterator[Transcript]:
    """Give the transcripts of all parts; in the order of the whole run where they are `ordered`, else part by part."""
    merged = heapq.merge(*parts, key=_position) if ordered else (each for part in parts for each in part)
    return (replace(transcript, position=None) for transcript in merged)


def _position(transcript: Transcript) -> int:
    return transcript.position or 0
