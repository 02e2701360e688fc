import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.reports.wrapping import display_width, wrapped


def lines(text: str, width: int) -> list[str]:
    return [text[begin:end] for begin, end in wrapped(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "below_each_other"),
    [
        ("", 10, [""]),
        ("   ", 10, [""]),
        ("one two three", 7, ["one two", "three"]),
        ("one    two", 5, ["one", "two"]),
        ("    code stays indented", 12, ["    code", "stays", "indented"]),
        ("a verylongwordhere b", 6, ["a", "verylo", "ngword", "here b"]),
        (" " * 30 + "far", 10, ["far"]),
    ],
)
def test_lines_break_between_words(text: str, width: int, below_each_other: list[str]) -> None:
    assert lines(text, width) == below_each_other


@pytest.mark.parametrize(
    ("text", "width", "below_each_other"),
    [
        ("日本語のテキスト", 6, ["日本語", "のテキ", "スト"]),
        ("日本語。英語。", 6, ["日本", "語。英", "語。"]),
        ("한국어 단어는 띄어 쓴다", 8, ["한국어", "단어는", "띄어", "쓴다"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 4, ["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]),
    ],
)
def test_wide_and_combined_characters_count_as_the_terminal_shows_them(
    text: str, width: int, below_each_other: list[str]
) -> None:
    assert lines(text, width) == below_each_other


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"])), st.integers(4, 30))
def test_no_line_is_too_wide_and_nothing_but_white_space_is_lost(text: str, width: int) -> None:
    assert "".join("".join(lines(text, width)).split()) == "".join(text.split())
    assert all(display_width(line) <= width for line in lines(text, width))
