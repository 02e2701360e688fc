"""Keys: read from the environment and checked before use."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialogs.errors import WrongUseError


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and the environment variable that it came from."""

    variable: str
    value: str = field(repr=False)


def read_key(environ: Mapping[str, str], variable: str) -> Key | None:
    """Return the key in an environment variable, without the white space around it; None where it is empty or unset.

    Raises:
        WrongUseError: it holds a character that no HTTP header can carry.
    """
    value = environ.get(variable, "").strip()
    return Key(variable, header_safe(value, variable)) if value else None


def header_safe(value: str, where: str) -> str:
    """Return `value` if it can stand in a header as it is; the message shows `where`, and never the value.

    Raises:
        WrongUseError: it holds a control character, or one beyond ASCII.
    """
    for position, character in enumerate(value, 1):
        if not (character.isascii() and character.isprintable()):
            raise WrongUseError(
                f"{where}: character {position} of {len(value)} is U+{ord(character):04X}, which no header can carry; "
                "wanted printable ASCII: set it anew"
            )
    return value
