"""What a terminal may be given: the encoder for text that is not ours, and whether colour and wrapping are wanted."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.model_text import ModelText
from dialogs.reports.hyperlinks import LinkBase

# Controls but newline and tab; line and paragraph separators; what reorders text unseen (bidi embeddings and isolates,
# "Trojan Source", CVE-2021-42574); interlinear annotations; lone surrogates; tag characters, which hide sentences.
HARMFUL: Final = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
# A flag of a region (England, Scotland) is a black flag with a few tag characters, and is left whole.
_HARMFUL_OR_FLAG: Final = re.compile(f"\U0001f3f4[\U000e0061-\U000e007a]{{3,6}}\U000e007f|[{HARMFUL}]")

# GitHub reads `::command` behind white space and `##[command]` anywhere, Azure `##vso[`, TeamCity `##teamcity[`.
_COMMAND: Final = re.compile(r"^((?:\s|\x1b\[[\d;]*m)*):(?=:)")
_COMMAND_ANYWHERE: Final = re.compile(r"#(?=#(?:vso|teamcity)?\[)")
_UNSEEN: Final = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff]+"
)


def harmless(text: str | ModelText) -> str:
    r"""Return text that a terminal only shows: what it would act on or hide is written as `\x1b` or `\u202e`."""
    raw = text.raw if isinstance(text, ModelText) else text
    if raw.isprintable():
        return raw
    return _HARMFUL_OR_FLAG.sub(_escape, raw)


def harmless_line(text: str | ModelText) -> str:
    r"""Return harmless text on one line: its line breaks and tabs are written as `\n` and `\t` too."""
    return harmless(text).replace("\n", "\\n").replace("\t", "\\t")


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    return found if len(found) > 1 else escape_character(found)


def escape_character(character: str) -> str:
    r"""Write one character as `\r`, `\xXX`, `\uXXXX` or `\UXXXXXXXX`."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def revealed(text: str) -> str:
    r"""Write out what cannot be seen or told apart: white space as `␣`, `\n`, `\t`, all beyond ASCII as `\uXXXX`."""
    visible = harmless_line(text).replace(" ", "\N{OPEN BOX}")
    return "".join(c if c.isascii() or c == "\N{OPEN BOX}" else escape_character(c) for c in visible)


def look_alike(one: str, other: str) -> bool:
    """Say whether two texts look the same: but for white space, invisible characters and forms of one character."""
    return _looks(one) == _looks(other)


def _looks(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def is_log_of_ci(environ: Mapping[str, str]) -> bool:
    """Say whether what is printed is read by GitHub, Azure Pipelines or TeamCity, which take commands from it."""
    return any(environ.get(name) for name in ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"))


def unheeded(line: str) -> str:
    r"""Return a line of a log in which a CI system finds no command: the sign that begins one is written as `\x3a`."""
    return _COMMAND_ANYWHERE.sub(r"\\x23", _COMMAND.sub(r"\1\\x3a", line))


@dataclass(frozen=True, slots=True)
class Terminal:
    """How to write to a sink that a person reads: columns to wrap at (None: not at all), and whether in colour.

    `links` makes places in files hyperlinks, for a terminal that takes them.
    """

    width: int | None = None
    colour: bool = False
    links: LinkBase | None = None


def wants_colour(environ: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Say whether to write in colour: on a terminal that knows it, unless NO_COLOR or FORCE_COLOR say otherwise.

    As in https://no-color.org and https://force-color.org; where both are set, NO_COLOR wins, as in Python itself.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return is_terminal and environ.get("TERM") != "dumb"
