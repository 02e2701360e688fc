"""Whether llama.cpp, as xllamacpp brings it, can be loaded here."""

import ctypes
import importlib.metadata
import importlib.util
import sys

from dialogs.errors import MissingModelError


def runtime_version() -> str:
    """Return the version of xllamacpp, and with it of llama.cpp, without loading it.

    Raises:
        MissingModelError: it, or a library of the system that it needs, is not installed.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingModelError(
            "the embedded model needs the package xllamacpp, which is missing: pip install 'dialogs-cli[embedded]'"
        )
    if sys.platform == "linux":
        _check_library("libgomp.so.1", "Debian, Ubuntu: apt-get install libgomp1; Fedora: dnf install libgomp")
    return importlib.metadata.version("xllamacpp")


def _check_library(name: str, how_to_install: str) -> None:
    try:
        ctypes.CDLL(name)
    except OSError:
        raise MissingModelError(
            f"the embedded model needs the system's library {name}, which is not installed ({how_to_install})"
        ) from None
