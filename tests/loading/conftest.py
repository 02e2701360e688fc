"""Every test here works in an empty folder."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Return a folder of a user who is not root, as whom the test then runs."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        if os.geteuid() != 0:
            yield path
            return
        os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield path
        finally:
            os.seteuid(0)
