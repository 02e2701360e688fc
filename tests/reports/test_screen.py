from dialogs.model_text import ModelText
from dialogs.reports.screen import BLANK, Paragraph, Rule, Span, Style, page, paragraph
from dialogs.reports.terminal import Terminal

PLAIN = Terminal()
COLOUR = Terminal(colour=True)
NARROW = Terminal(width=24)


def test_a_paragraph_is_wrapped_and_indented() -> None:
    assert page([paragraph("Thirty days, with the receipt.", indent=2)], NARROW) == (
        "  Thirty days, with the\n  receipt.\n"
    )


def test_without_a_width_lines_stay_as_they_are() -> None:
    assert page([paragraph("word " * 40 + "end\n\tnext")], PLAIN) == "word " * 40 + "end\n\tnext\n"


def test_model_text_reaches_the_terminal_encoded() -> None:
    assert page([paragraph(Span(ModelText("\x1b[2Jgone")))], COLOUR) == "\\x1b[2Jgone\n"


def test_a_style_ends_with_each_line_so_that_pagers_and_grep_show_it_right() -> None:
    assert page([paragraph(Span("one\ntwo", Style.FAINT))], COLOUR) == "\x1b[2mone\x1b[0m\n\x1b[2mtwo\x1b[0m\n"


def test_without_colour_marks_show_what_a_word_diff_removed_and_added() -> None:
    parts = [paragraph("in ", Span("thirty", Style.REMOVED), Span("14", Style.ADDED), " days")]

    assert page(parts, PLAIN) == "in [-thirty-]{+14+} days\n"
    assert page(parts, COLOUR) == "in \x1b[31mthirty\x1b[0m\x1b[32;4m14\x1b[0m days\n"


def test_a_style_goes_on_over_a_break() -> None:
    parts = [paragraph("when it ", Span("arrived broken or", Style.REMOVED), " late")]

    assert page(parts, NARROW) == "when it [-arrived broken\nor-] late\n"


def test_a_rule_is_as_wide_as_the_terminal_and_counts_wide_characters() -> None:
    assert page([Rule("日本@m#0"), BLANK], NARROW) == "── 日本@m#0 ────────────\n\n"


def test_a_command_is_left_whole_so_that_it_can_be_copied() -> None:
    command = "dialogs accept outputs/new.jsonl baselines/main.jsonl"

    assert page([Paragraph((Span(command),), is_wrapped=False)], NARROW) == f"{command}\n"
