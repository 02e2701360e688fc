"""Folders in object stores, by fsspec: no file is renamed there, none appended to, and each upload is one step."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from dialogs.cluster.folders import PosixFolder, SharedFolder
from dialogs.errors import WrongUseError

_MARK: Final = "://"
_URL_AS_PATH: Final = re.compile(r"([a-z][a-z0-9+.-]+):/(?=[^/])")  # no drive of Windows: those have one letter
_LOCAL: Final = ("file", "local")
_EXTRAS: Final = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_CHUNK: Final = 8 << 20


class StorageError(OSError):
    """An object store, or the way to it, has failed."""

    def __init__(self, url: str, error: BaseException) -> None:
        """Say which place has failed, and how."""
        text = " ".join(str(error).split()) or type(error).__name__
        super().__init__(f"{url}: {text}")
        self.strerror = text


@contextlib.contextmanager
def _failing_as(url: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each store's client has errors of its own, of which few are OSErrors
        raise StorageError(url, error) from error


def is_url(text: str) -> bool:
    """Say whether a place is written as a URL of some storage, not as a path."""
    return _MARK in text


def url_of(path: Path) -> str | None:
    """Return the URL that a path was made of, which has lost one of its slashes by that; None where it is a path."""
    found = _URL_AS_PATH.match(str(path))
    return f"{found[1]}://{str(path)[found.end() :]}" if found else None


@contextlib.contextmanager
def writing(url: str) -> Iterator[BinaryIO]:
    """Give an object to write to, a piece at a time; it is there at the end, and else what was there stays.

    Raises:
        WrongUseError: no installed package knows such URLs.
        StorageError: the store does not take it.
    """
    files, path = _file_system(url)
    with _failing_as(url):
        file = files.open(path, "wb", block_size=_CHUNK)
        try:
            yield file
        except BaseException:
            file.discard()
            file.closed = True  # else the collector would close it, and so put what there is of it
            raise
        file.close()


def open_folder(place: str) -> SharedFolder:
    """Return the folder at a path or URL.

    Raises:
        WrongUseError: no installed package knows such URLs, or there is no such bucket or no leave to use it.
    """
    protocol, mark, rest = place.partition(_MARK)
    if not mark:
        return PosixFolder(Path(place).absolute())
    if protocol in _LOCAL:
        return PosixFolder(Path(rest))
    return ObjectFolder(place)


class ObjectFolder:
    """A prefix in a bucket of an object store."""

    def __init__(self, url: str) -> None:
        """Use the prefix `url`, as `s3://bucket/prefix`.

        Raises:
            WrongUseError: no installed package knows such URLs.
        """
        self._url = url.rstrip("/")
        self._files, self._root = _file_system(self._url)

    @property
    def url(self) -> str:
        """The URL."""
        return self._url

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def names(self, within: str = "") -> list[str]:
        """Return the names of all objects, or of those whose names begin with `within/`, sorted."""
        with _failing_as(self._url):
            try:
                found = self._files.find(self._at(within) if within else self._root)
            except FileNotFoundError:
                return []
            start = len(self._root) + 1
            return sorted(path[start:] for path in found)

    def size(self, name: str) -> int | None:
        """Return how many bytes an object has; None where there is none."""
        with _failing_as(f"{self._url}/{name}"):
            try:
                return int(self._files.info(self._at(name))["size"])
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes | None:
        """Return what an object holds; None where there is none."""
        with _failing_as(f"{self._url}/{name}"):
            try:
                return bytes(self._files.cat_file(self._at(name)))
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Put an object, with one request."""
        with _failing_as(f"{self._url}/{name}"):
            self._files.pipe_file(self._at(name), data)

    def publish(self, source: Path, name: str) -> None:
        """Upload a file; what is there before the upload's end is what was there before it."""
        with _failing_as(f"{self._url}/{name}"):
            self._files.put_file(str(source), self._at(name))

    def open(self, name: str) -> BinaryIO:
        """Open an object to be read from its start."""
        with _failing_as(f"{self._url}/{name}"):
            return cast("BinaryIO", self._files.open(self._at(name), "rb", block_size=_CHUNK, cache_type="readahead"))

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        with _failing_as(f"{self._url}/{name}"), contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._at(name))

    def clear(self) -> None:
        """Remove all objects."""
        with _failing_as(self._url):
            paths = [self._at(name) for name in self.names()]
            if paths:
                self._files.rm(paths)


def _file_system(url: str) -> tuple[Any, str]:
    try:
        import fsspec  # noqa: PLC0415 - few runs have anything to do with other storage
    except ImportError:
        raise WrongUseError(f"{url}: needs fsspec; pip install 'dialogs-cli[ray]'") from None
    try:
        # What other nodes write is to be seen at once.
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
    except ImportError:
        protocol = url.partition(_MARK)[0]
        package = _EXTRAS.get(protocol, f"fsspec's package for {protocol}")
        raise WrongUseError(f"{url}: needs {package} on all nodes; pip install {package}") from None
    except ValueError as error:
        raise WrongUseError(f"{url}: {error}; wanted a path, or a URL as s3://bucket/prefix") from None
    return files, str(root).rstrip("/")
