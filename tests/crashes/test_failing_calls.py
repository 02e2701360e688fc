from collections.abc import Iterator
from pathlib import Path

import pytest

from crashing import undisturbed
from failing_calls import DIALOGUES, STRACE, Failure, fail

pytestmark = pytest.mark.skipif(STRACE is None, reason="needs strace: apt-get install strace")

FAILURES = [
    Failure("write", "ENOSPC", 1, lasts=True),
    Failure("write", "ENOSPC", 9, lasts=False),
    Failure("write", "EIO", 14, lasts=True),
    Failure("fdatasync", "EIO", 2, lasts=False),
    Failure("fdatasync", "ENOSPC", 3, lasts=True),
    Failure("fsync", "EIO", 1, lasts=False),
    Failure("rename", "EIO", 1, lasts=False),
    Failure("openat", "EMFILE", 1, lasts=True),
]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    with undisturbed(tmp_path_factory.mktemp("undisturbed") / "run", DIALOGUES) as output:
        yield output


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_call_that_fails_loses_nothing(failure: Failure, expected: bytes, tmp_path: Path) -> None:
    aftermath = fail(tmp_path / "run", expected, failure)

    assert aftermath.wrong == (), aftermath.stderr
    assert aftermath.code == 3, aftermath.stderr
    assert "Traceback" not in aftermath.stderr
