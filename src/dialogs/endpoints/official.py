"""The official client, imported without the classes of its answers.

The package imports all of them at once, about 500 modules: half of the time that it takes. Nothing here uses them, as
answers are read by `dialogs.endpoints.answers`. Whoever imports `openai` itself, before or after, gets all of it.
"""

import importlib
import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Final

_NEEDED: Final = {
    "openai._exceptions": ("APIStatusError", "OpenAIError"),
    "openai._types": ("Omit", "omit"),
    "openai._client": ("AsyncOpenAI",),
}
# Packages whose own code only gathers names from the modules in them.
_GATHERING: Final = ("openai", "openai.lib", "openai.types", "openai.types.shared")
_LOGS_BY: Final = "OPENAI_LOG"  # what sets up the client's log stands in the package's own code


def _import_client() -> None:
    """Import the client's modules while empty packages stand in for those that would import everything."""
    if "openai" in sys.modules or os.environ.get(_LOGS_BY):
        return
    before = set(sys.modules)
    try:
        for name in _GATHERING:
            above = sys.modules.get(name.rpartition(".")[0])
            spec = PathFinder.find_spec(name, None if above is None else list(above.__path__))
            if spec is not None:
                sys.modules[name] = module_from_spec(spec)
        for module, names in _NEEDED.items():
            for name in names:
                getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):  # another version of it, which is imported whole below
        for name in set(sys.modules) - before:
            if name.startswith("openai."):
                del sys.modules[name]
    finally:
        for name in _GATHERING:
            sys.modules.pop(name, None)


_import_client()

if "openai._client" in sys.modules:
    from openai._client import AsyncOpenAI
    from openai._exceptions import APIStatusError, OpenAIError
    from openai._types import Omit, omit
else:
    from openai import APIStatusError, AsyncOpenAI, Omit, OpenAIError, omit

__all__ = ["APIStatusError", "AsyncOpenAI", "Omit", "OpenAIError", "omit"]
