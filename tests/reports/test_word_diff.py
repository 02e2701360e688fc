import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.reports.word_diff import Change, Equal, Piece, word_diff


def written(pieces: list[Piece] | None) -> str | None:
    if pieces is None:
        return None
    return "".join(piece.text if isinstance(piece, Equal) else f"<{piece.removed}|{piece.added}>" for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "diff"),
    [
        ("within thirty days.", "within 14 days.", "within <thirty|14> days."),
        ("with the receipt.", "with the receipt or invoice.", "with the receipt<| or invoice>."),
        ("you don't stop here", "you do not stop here", "you <don't|do not> stop here"),
        ("no change", "no change", "no change"),
        ("an end here\n", "an end here", "an end here<\n|>"),
        ("日本語はとても長いです。", "日本語はとても短いです。", "日本語はとても<長|短>いです。"),
        ("สวัสดีครับ ผมชื่อสมชาย", "สวัสดีครับ ฉันชื่อสมชาย", "สวัสดีครับ <ผม|ฉัน>ชื่อสมชาย"),
        ("영수증을 지참하여 30일 이내에", "영수증을 지참하여 14일 이내에", "영수증을 지참하여 <30일|14일> 이내에"),
        ("नमस्ते प्यारी दुनिया", "नमस्ते प्यारी विश्व", "नमस्ते प्यारी <दुनिया|विश्व>"),
        ("Yes.", "No way, never!", None),
        ("", "all new", None),
    ],
)
def test_texts_are_woven_by_words(old: str, new: str, diff: str | None) -> None:
    assert written(word_diff(old, new)) == diff


def test_a_few_equal_words_between_larger_changes_are_shown_as_changed_with_them() -> None:
    shared = "The lamp may be returned at any shop near you. "

    assert (
        written(word_diff(f"{shared}One two of three four.", f"{shared}Five six of seven eight."))
        == f"{shared}<One two of three four|Five six of seven eight>."
    )


@given(st.text(), st.text(), st.text())
def test_the_pieces_hold_both_texts_whole(start: str, old: str, new: str) -> None:
    shared = start * 3
    pieces = word_diff(shared + old, shared + new)

    if pieces is not None:
        assert "".join(p.text if isinstance(p, Equal) else p.removed for p in pieces) == shared + old
        assert "".join(p.text if isinstance(p, Equal) else p.added for p in pieces) == shared + new


def test_long_texts_are_matched_by_lines_first() -> None:
    lines = [f"line {number} of a rather long text" for number in range(2000)]
    changed = [line.replace("rather", "very") if number in {3, 1990} else line for number, line in enumerate(lines)]

    pieces = word_diff("\n".join(lines), "\n".join(changed))

    assert [piece for piece in pieces or () if isinstance(piece, Change)] == [Change("rather", "very")] * 2


def test_where_even_the_lines_are_too_long_all_between_the_common_ends_is_one_change() -> None:
    same, old, new = "same " * 9000, "ab cd " * 2000, "cd ef " * 2000

    pieces = word_diff(f"{same}{old}end", f"{same}{new}end")

    assert [type(piece) for piece in pieces or ()] == [Equal, Equal, Change, Equal]
