"""Files that hold what was last read and found good. DIALOGS_UPDATE_GOLDENS=1 writes them anew."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def golden(name: str, found: str) -> str:
    """Return what the file of this name holds, after writing `found` to it where that is wanted."""
    path = _FOLDER / name
    if os.environ.get("DIALOGS_UPDATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.encode())
    return path.read_bytes().decode()
