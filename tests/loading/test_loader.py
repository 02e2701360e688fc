"""Arguments to scenarios and configuration, all faults at once."""

import gc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialogs.errors import InvalidFilesError, NothingSelectedError
from dialogs.loading import load as load_all
from dialogs.loading import load_scenarios
from scenario_files import faults_of, load

UNHURRIED = settings(deadline=None)
FRAGMENTS = [
    *("turns", "user", "assistant", "system", "params", "id", "file", "temperature", "extra_body", "model", "x"),
    *(
        ":",
        ": ",
        "- ",
        "-",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ",",
        "|",
        ">",
        "|2-",
        "#",
        " #",
    ),
    *(
        "'",
        '"',
        "\\",
        "\\x",
        "\\ud800",
        "&a ",
        "*a",
        "!!str ",
        "!",
        "<<",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "~",
        "1",
        ".nan",
    ),
    *("\0", "\x1b", "\x85", "\u2028", "\ufeff", "\uffff", "é", "😀", "\r", "0" * 50, "[" * 60, "{a: " * 60, "- " * 60),
]


def load_or_refuse(content: bytes) -> int:
    """Load a file; return how many turns or told faults came of it. Any other outcome is an error."""
    try:
        return sum(scenario.turns for scenario in load(content))
    except InvalidFilesError as error:
        return len(error.faults)


@UNHURRIED
@given(st.binary())
@example(b"[" * 100_000)
@example(b"{" * 100_000)
@example(b"[{" * 100_000)
@example(b"turns: " + b"[" * 100_000)
@example(b"- " * 100_000)
@example(b"? " * 100_000)
@example(b"- ? " * 100_000)
@example(b"!a " * 100_000)
@example(b"".join(b" " * depth + b"a:\n" for depth in range(2000)))
@example(b"".join(b" " * depth + b"-\n" for depth in range(2000)))
@example(b"'" * 100_001)
@example(b"&a [*a, *a]")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_give_scenarios_or_faults(content: bytes) -> None:
    assert load_or_refuse(content)


@UNHURRIED
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_anything_like_yaml_gives_scenarios_or_faults(content: str) -> None:
    assert load_or_refuse(content.encode())


def test_all_faults_of_all_files_are_told_in_order() -> None:
    Path("b.yaml").write_text("id: b\nturn: [hi]\nmodle: x\n")
    Path("a.yaml").write_text("turns: [{usr: hi}]\n")
    Path("dialogs.yaml").write_text("modl: x\nmodels: {}\n")

    with pytest.raises(InvalidFilesError) as caught:
        load_all(["b.yaml", "a.yaml", "gone.yaml"])

    assert str(caught.value).splitlines() == [
        'b.yaml:2:1: unknown key "turn" in a scenario; did you mean "turns"?',
        'b.yaml:3:1: unknown key "modle" in a scenario; did you mean "model"?',
        'a.yaml:1:10: unknown key "usr" in a turn; did you mean "user"?',
        "gone.yaml: No such file or directory; wanted a scenario file, a folder or a glob",
        'dialogs.yaml:1:1: unknown key "modl" in the configuration; did you mean "model"?',
    ]


def test_an_id_is_taken_once_in_all_files() -> None:
    Path("a.yaml").write_text("id: same\nturns: [hi]\n")
    Path("b.yaml").write_text("turns: [hi]\nid: same\n")
    Path("same.yaml").write_text("turns: [hi]\n")

    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios(["."])

    assert str(caught.value).splitlines() == [
        'b.yaml:2:5: id "same" is taken by a.yaml:1:5; wanted another id',
        'same.yaml:1:1: id "same" is taken by a.yaml:1:5; wanted another id',
    ]


def test_a_folder_without_a_scenario_selects_nothing() -> None:
    Path("empty.yaml").mkdir()

    with pytest.raises(NothingSelectedError, match=r"no scenario in empty.yaml; wanted files \*.yaml or \*.yml"):
        load_scenarios(["empty.yaml"])


def test_the_collector_runs_again_after_loading() -> None:
    assert faults_of("turns: []\n")
    assert gc.isenabled()


def test_scenarios_and_configuration_come_together() -> None:
    Path("talk.yaml").write_text("turns: [hi]\n")
    Path("dialogs.yaml").write_text("model: gpt-4o\n")

    scenarios, configuration = load_all(["talk.yaml"])

    assert [scenario.id for scenario in scenarios] == ["talk"]
    assert (configuration.default_model, configuration.path) == ("gpt-4o", Path("dialogs.yaml"))
