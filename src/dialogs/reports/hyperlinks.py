"""Hyperlinks in a terminal (OSC 8): which terminals are known to take them, and how a place in a file is one.

The form is that of https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda: what is shown stands between two
sequences, of which the first has the address. A terminal that does not know them may show them.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# What the terminals that take them say of themselves.
_PROGRAMS: Final = frozenset({"ghostty", "Hyper", "iTerm.app", "rio", "Tabby", "vscode", "WezTerm"})
_NAMES: Final = frozenset({"alacritty", "contour", "foot", "xterm-ghostty", "xterm-kitty"})
_VARIABLES: Final = ("DOMTERM", "KONSOLE_VERSION", "WT_SESSION")
_VTE: Final = 5_000  # 0.50, the first
_PLACE: Final = re.compile(r"(?P<file>.+?)(:\d+)*")


@dataclass(frozen=True, slots=True)
class LinkBase:
    """What a relative path is an address with: the machine's name and the current folder."""

    host: str
    folder: str


def wants_links(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Say whether to write hyperlinks: on a terminal that is known to take them, or where FORCE_HYPERLINK is set."""
    forced = environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    if not is_terminal or environ.get("TMUX") or environ.get("STY"):  # these pass on what they are in, and not links
        return False
    vte = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM_PROGRAM") in _PROGRAMS
        or environ.get("TERM") in _NAMES
        or any(environ.get(name) for name in _VARIABLES)
        or (vte.isdigit() and int(vte) >= _VTE)
    )


def linked(text: str, place: str, base: LinkBase) -> str:
    """Make a text a link to a place, which is FILE:LINE:COLUMN; every character of the address is a harmless one."""
    from urllib.parse import quote  # noqa: PLC0415 - slow to import, and rarely wanted

    found = _PLACE.fullmatch(place)
    path = posixpath.join(base.folder, found["file"] if found else place)
    address = f"file://{quote(base.host)}{quote(path, errors='surrogatepass')}"
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"
