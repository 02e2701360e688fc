import gc
from collections.abc import Iterator

import pytest

from dialogs.cli.collecting import collector_off


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_nothing_is_collected_within_and_what_is_alive_then_is_never_looked_at_again() -> None:
    before = gc.get_freeze_count()

    with collector_off():
        assert not gc.isenabled()
        alive = [[number] for number in range(1000)]

    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(alive)


def test_garbage_is_still_collected_afterwards() -> None:
    def collections() -> int:
        return int(gc.get_stats()[0]["collections"])

    with collector_off():
        pass
    before = collections()
    rubbish: list[list[object]] = [[] for _ in range(50_000)]

    assert collections() > before
    assert len(rubbish) == 50_000


def test_an_error_within_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="no such"), collector_off():
        raise ValueError("no such thing")

    assert gc.isenabled()
