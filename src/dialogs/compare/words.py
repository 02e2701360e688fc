"""The words of a text, in every script."""

import re
from typing import Final

from dialogs.encoding import replace_surrogates
from dialogs.errors import MissingModelError

# Thai, Lao, Tibetan, Myanmar, Khmer, kana, Han: written without spaces between words.
UNSPACED: Final = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
PUNCTUATION: Final = r"!-/:-@\[-^`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e\u3001-\u303f\uff01-\uff0f\uff1a-\uff20"

_LETTERS: Final = rf"[^\s{PUNCTUATION}]+"
_WORD: Final = re.compile(rf"{_LETTERS}(?:['\u2019.,]{_LETTERS})*|[{PUNCTUATION}]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")


def words(text: str) -> list[str]:
    """Return the words and punctuation marks of a text; white space is left out.

    Where words stand without spaces between them, they are those of ICU's dictionaries
    (https://unicode-org.github.io/icu/userguide/boundaryanalysis/).

    Raises:
        MissingModelError: there are such words, and ICU is not installed.
    """
    if _IS_UNSPACED.search(text):
        return [word for word in _segments(replace_surrogates(text)) if not word.isspace()]
    return _WORD.findall(text)


def _segments(text: str) -> list[str]:
    try:
        from icu4py.breakers import WordBreaker  # noqa: PLC0415 - an extra, which few texts need
    except ImportError:
        raise MissingModelError(
            "the words of Chinese, Japanese, Thai, Lao, Khmer and Burmese text are found by ICU, which is not "
            "installed: pip install 'dialogs-cli[words]', or compare with --metric exact or semantic"
        ) from None
    return [str(segment) for segment in WordBreaker(text, "und")]
