"""The names of cases that have no id: their values, readable and stable, whatever other rows there are."""

import re
from collections.abc import Mapping
from typing import Final

from dialogs.encoding import JsonValue, canonical, encode_line, sha256_hex

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_VALUE: Final = 32
_LONGEST: Final = 60
_HASH: Final = 8


def case_name(values: Mapping[str, JsonValue]) -> str:
    """Join the values by hyphens, in the characters of an id.

    Where much of them is lost by that (long texts, other scripts than Latin, lists), a hash of all values follows.
    """
    texts = [value if isinstance(value, str) else encode_line(value) for value in values.values()]
    words = [_word(text) for text in texts]
    name = "-".join(filter(None, words))
    is_whole = all(map(_is_kept, texts, words)) and len(name) <= _LONGEST
    if is_whole and not any(isinstance(value, Mapping | list) for value in values.values()):
        return name
    digest = sha256_hex(canonical(values))[:_HASH]
    kept = "-".join(filter(None, (word[:_LONGEST_VALUE].rstrip("-") for word in words)))[:_LONGEST].rstrip("-")
    return f"{kept}-{digest}" if kept else digest


def _word(text: str) -> str:
    word = _UNFIT.sub("-", text)
    return word if word == text else word.strip("-")


def _is_kept(text: str, word: str) -> bool:
    """Say whether a value can be told by its word: only signs and white space were lost."""
    lost = "" if text.isascii() else "".join(_UNFIT.findall(text))
    return 0 < len(word) <= _LONGEST_VALUE and not any(character.isalnum() for character in lost)
