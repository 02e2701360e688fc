import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.encoding import canonical, decode, encode_line

texts = st.text(alphabet=st.characters(codec=None))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(values)
def test_what_is_written_on_a_line_is_read_back_whole(value: object) -> None:
    assert json.loads(encode_line(value)) == value  # type: ignore[arg-type]


@given(values)
def test_a_line_has_no_character_that_ends_lines_or_breaks_readers(value: object) -> None:
    line = encode_line(value)  # type: ignore[arg-type]

    assert len(line.splitlines()) == 1
    line.encode()


@given(texts)
def test_canonical_text_decodes_to_the_same(text: str) -> None:
    assert decode(canonical(text)) == text


def test_canonical_sorts_keys_and_has_no_white_space() -> None:
    assert canonical({"b": 1, "a": [1, {"d": None, "c": "é"}]}) == '{"a":[1,{"c":"é","d":null}],"b":1}'.encode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("한국어, ไทย, עברית", '"한국어, ไทย, עברית"'),
        ("\u2028\u2029", '"\\u2028\\u2029"'),
        ("\x00\x1b\x7f\x85", '"\\u0000\\u001b\\u007f\\u0085"'),
        ("\ud83d", '"\\ud83d"'),
        ("😀", '"😀"'),
        ("\\u2028", '"\\\\u2028"'),
    ],
)
def test_only_what_breaks_readers_is_escaped(text: str, line: str) -> None:
    assert encode_line(text) == line


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "", "\xff", "[" * 100_000, '{"a":1}x'])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(text)


def test_bytes_that_are_no_utf_8_are_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"utf-8|UTF-8"):
        decode(b'"\xff"')


def test_lone_surrogates_are_kept() -> None:
    assert decode(b'"\\ud83d"') == "\ud83d"
