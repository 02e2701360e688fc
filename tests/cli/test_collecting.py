import gc

import pytest

from dialogs.cli.collecting import collector_off


def test_nothing_is_collected_within_and_what_is_alive_then_is_never_looked_at_again() -> None:
    before = gc.get_freeze_count()
    try:
        with collector_off():
            assert not gc.isenabled()
            alive = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(alive)
    finally:
        gc.unfreeze()


def test_an_error_within_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="no such"), collector_off():
        raise ValueError("no such thing")
    gc.unfreeze()

    assert gc.isenabled()
