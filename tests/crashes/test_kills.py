from collections.abc import Iterator
from pathlib import Path

import pytest

from crashing import CONCURRENCY, crash, undisturbed

DIALOGUES = 20


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    with undisturbed(tmp_path_factory.mktemp("undisturbed") / "run", DIALOGUES) as output:
        yield output


@pytest.mark.parametrize("seed", range(16))
def test_a_killed_run_is_resumed_to_what_it_would_have_been(seed: int, expected: bytes, tmp_path: Path) -> None:
    damage = crash(tmp_path / "run", DIALOGUES, expected, seed=seed)

    assert (damage.lost, damage.wrong) == (0, ())
    assert damage.repeated <= CONCURRENCY


@pytest.mark.parametrize("seed", range(4))
def test_resumes_that_are_killed_too_lose_nothing(seed: int, expected: bytes, tmp_path: Path) -> None:
    damage = crash(tmp_path / "run", DIALOGUES, expected, seed=seed, kills=3)

    assert (damage.lost, damage.wrong) == (0, ())
    assert damage.repeated <= 3 * CONCURRENCY
