import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.model_text import ModelText
from dialogs.reports.terminal import harmless, harmless_line, is_log_of_ci, unheeded, wants_colour


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("over\rwritten\x08", "over\\rwritten\\x08"),
        ("\x7f\x9b2J", "\\x7f\\x9b2J"),
        ("abc\u202edef\u2066", "abc\\u202edef\\u2066"),
        ("one\u2028two\u2029", "one\\u2028two\\u2029"),
        ("\ud800 alone", "\\ud800 alone"),
        ("hidden\U000e0041\U000e0042", "hidden\\U000e0041\\U000e0042"),
    ],
)
def test_what_a_terminal_would_act_on_or_hide_becomes_visible(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "one\n\ttwo",
        "안녕하세요 नमस्ते שלום e\u0301",
        "👨‍👩‍👧 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "[/foo] [bold]",
        "a backslash: \\x1b",
    ],
)
def test_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_harmless_text_holds_no_control_and_no_bidi_control(text: str) -> None:
    shown = harmless(text)

    assert not {c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}} - {"\n", "\t"}
    assert not {c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "FSI"}}
    assert harmless(shown) == shown


def test_harmless_text_can_be_kept_to_one_line() -> None:
    assert harmless_line("a\n\tb") == "a\\n\\tb"


def test_model_text_joined_by_mistake_is_harmless_too() -> None:
    assert "\x1b" not in f"{ModelText(chr(27) + '[2J')}"


@pytest.mark.parametrize(
    ("environ", "is_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_for_terminals_unless_the_environment_says_otherwise(
    environ: dict[str, str], *, is_terminal: bool, wanted: bool
) -> None:
    assert wants_colour(environ, is_terminal=is_terminal) is wanted


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("::error file=a::pwned", r"\x3a:error file=a::pwned"),
        ("  ::set-output name=a::b", r"  \x3a:set-output name=a::b"),
        ("\x1b[31m::error::x", "\x1b[31m\\x3a:error::x"),
        (
            "a ##[add-mask]x ##vso[task.setvariable variable=a]b",
            r"a \x23#[add-mask]x \x23#vso[task.setvariable variable=a]b",
        ),
        ("##teamcity[buildStatus status='SUCCESS']", r"\x23#teamcity[buildStatus status='SUCCESS']"),
        ("a::b ## Title #[x]", "a::b ## Title #[x]"),
    ],
)
def test_a_ci_system_finds_no_command_in_what_is_for_people(line: str, expected: str) -> None:
    assert unheeded(line) == expected


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"])
def test_the_log_of_a_ci_system_is_known_by_its_variable(name: str) -> None:
    assert is_log_of_ci({name: "true"})
    assert not is_log_of_ci({"CI": "true", name: ""})
