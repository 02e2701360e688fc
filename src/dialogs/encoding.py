"""JSON in and out: one canonical form, one form for files, and a reader that never guesses."""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

import orjson

JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
JsonObject: TypeAlias = Mapping[str, JsonValue]

_NOT_FOR_LINES = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_FOR_LINES_UTF8 = re.compile(b"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]")
_MOST_DIGITS: Final = 4_000  # Python reads no more without a setting
_SURROGATES = re.compile("[\ud800-\udfff]")


def canonical(value: JsonValue) -> bytes:
    r"""Encode as UTF-8 JSON with sorted keys and no white space: equal values give equal bytes.

    Lone surrogates, which UTF-8 cannot hold, become `\\udXXX` escapes.
    """
    return _encode(value, sort_keys=True)


def encode_line(value: JsonValue) -> str:
    r"""Encode one line of a JSONL file, keys in their given order, without the line's end.

    Every script stays readable; only what breaks readers is escaped: controls, U+2028, U+2029, lone surrogates.
    """
    return encode_line_utf8(value).decode()


def encode_line_utf8(value: JsonValue) -> bytes:
    """Encode one line of a JSONL file as `encode_line` does, in the bytes that the file holds."""
    encoded = _encode(value, sort_keys=False)
    # The expression takes as long as the encoding itself, and most lines hold no byte that it begins with.
    if _may_need_escapes(encoded) and _NOT_FOR_LINES_UTF8.search(encoded):
        return _escape(encoded.decode()).encode()
    return encoded


def _may_need_escapes(encoded: bytes) -> bool:
    return b"\x7f" in encoded or (not encoded.isascii() and (b"\xc2" in encoded or b"\xe2\x80" in encoded))


def _encode(value: JsonValue, *, sort_keys: bool) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys, allow_nan=False)
        return _SURROGATES.sub(_escape_match, text).encode()


def _escape(text: str) -> str:
    return _NOT_FOR_LINES.sub(_escape_match, text)


def _escape_match(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def decode(data: bytes | str) -> JsonValue:
    """Read JSON text; lone surrogates are kept.

    Raises:
        ValueError: it is not JSON (NaN and Infinity are not), not UTF-8, nested too deeply, or holds a number that no
            float can hold.
    """
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _decode_slowly(data)
    return value


def _decode_slowly(data: bytes | str) -> JsonValue:
    text = data.decode() if isinstance(data, bytes) else data
    try:
        value: JsonValue = json.loads(
            text, parse_int=_read_integer, parse_constant=_refuse_constant, parse_float=_finite
        )
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None
    return value


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _read_integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def replace_surrogates(text: str) -> str:
    """Put U+FFFD for each lone surrogate, as every server's UTF-8 decoder would."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
