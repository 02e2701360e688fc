import pytest

from dialogs.model_text import ModelText
from dialogs.reports.changes import change_parts
from dialogs.reports.screen import page
from dialogs.reports.terminal import Terminal


def shown(old: str | None, new: str | None, *, full: bool = False) -> str:
    texts = [None if text is None else ModelText(text) for text in (old, new)]
    return page(change_parts(*texts, indent=0, full=full), Terminal())


def test_texts_with_much_in_common_are_woven() -> None:
    assert (
        shown("Bring it within thirty days.", "Bring it within 14 days.") == "Bring it within [-thirty-]{+14+} days.\n"
    )


def test_the_end_of_a_file_brings_no_blank_line() -> None:
    assert shown("Within 30 days, that is.\n", "Within 14 days, that is.\n") == "Within [-30-]{+14+} days, that is.\n"


def test_texts_with_little_in_common_stand_below_each_other() -> None:
    assert shown("Yes.", "Certainly not") == "baseline: Yes.\ncandidate: Certainly not\n"
    assert shown(None, "") == "baseline: (none)\ncandidate: (empty)\n"


@pytest.mark.parametrize(
    ("old", "new", "woven"),
    [
        ("two  spaces between words", "two spaces between words", "two [-␣spaces-]{+spaces+} between words"),
        ("a line ends here\n", "a line ends here", "a line ends here[-\\n-]"),
        ("in a cafe\u0301 of Paris", "in a caf\xe9 of Paris", "in a [-cafe\\u0301-]{+caf\\xe9+} of Paris"),
        ("no\u200bbody is here today", "nobody is here today", "[-no\\u200bbody-]{+nobody+} is here today"),
        ("10\xa0km to the sea", "10 km to the sea", "10[-\\xa0km-]{+␣km+} to the sea"),
    ],
)
def test_what_looks_alike_is_written_out(old: str, new: str, woven: str) -> None:
    assert shown(old, new) == f"{woven}\n"


def test_long_unchanged_text_is_folded_and_long_changes_are_cut_unless_all_is_wanted() -> None:
    same, old, new = "same words " * 300, "old " * 100, "new " * 100
    cut = shown(f"{same}{old}{same}", f"{same}{new}{same}")
    full = shown(f"{same}{old}{same}", f"{same}{new}{same}", full=True)

    assert cut.startswith("… words same words")
    assert cut.endswith("same words same …\n")
    assert cut.count("(79 characters more: dialogs diff --full)") == 2
    assert full == f"{same}[-{old.strip()}-]{{+{new.strip()}+}} {same}\n"


def test_white_space_alone_is_written_out() -> None:
    assert shown("\n", " \t") == "baseline: \\n\ncandidate: ␣\\t\n"


def test_a_text_of_many_lines_is_cut() -> None:
    assert shown(
        "a\n" * 30, "b"
    ) == f"baseline: {'a{0}' * 7}a… (45 characters more: dialogs diff --full)\ncandidate: b\n".format("\n")
