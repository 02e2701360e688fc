"""The files that a scenario names: texts beside it, inside its folder."""

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

from dialogs.loading.files import LINK_LEADS_OUT, Unreadable, decode_text, is_inside, read_bytes, system_reason


def read_beside(scenario_path: str, name: str, max_bytes: int) -> str | Unreadable:
    """Read the text file `name`, which is relative to the scenario's folder and must lie in it."""
    if _leads_out(name):
        return Unreadable("leads out of the scenario's folder; wanted a relative path inside it, without ..")
    tree = os.path.realpath(Path(scenario_path).parent)
    try:
        real_path = os.path.realpath(Path(tree, name), strict=True)
    except (OSError, ValueError) as error:
        return Unreadable(f"cannot be read: {system_reason(error)}; wanted a text file in the scenario's folder")
    if not is_inside(real_path, tree):
        return Unreadable(LINK_LEADS_OUT)
    data = read_bytes(real_path, max_bytes)
    if isinstance(data, Unreadable):
        return data
    text = decode_text(data)
    if isinstance(text, str) and "\0" in text:
        return Unreadable("holds NUL characters; wanted a text file")
    return text


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or PurePosixPath(name).is_absolute() or ".." in windows.parts
