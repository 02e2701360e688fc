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


@pytest.mark.parametrize(
    ("seed", "workers"), [(1, (2,)), (2, (3,)), (3, (2, 3)), (4, (2, 1)), (5, (1, 2)), (6, (3, 2))]
)
def test_a_killed_run_of_several_processes_goes_on_with_any_number_of_them(
    seed: int, workers: tuple[int, ...], expected: bytes, tmp_path: Path
) -> None:
    damage = crash(tmp_path / "run", DIALOGUES, expected, seed=seed, workers=workers)

    assert (damage.lost, damage.wrong) == (0, ())
    assert damage.repeated <= CONCURRENCY


def test_resumes_of_several_processes_that_are_killed_too_lose_nothing(expected: bytes, tmp_path: Path) -> None:
    damage = crash(tmp_path / "run", DIALOGUES, expected, seed=7, kills=4, workers=(2, 3, 1))

    assert (damage.lost, damage.wrong) == (0, ())
    assert damage.repeated <= 4 * CONCURRENCY
