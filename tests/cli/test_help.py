"""The help of each command, held against tests/golden/help. DIALOGS_UPDATE_GOLDENS=1 writes the files anew."""

import os
from pathlib import Path

import pytest

from command import dialogs

GOLDEN = Path(__file__).parent.parent / "golden" / "help"
COMMANDS = [
    "",
    "run",
    "check",
    "diff",
    "accept",
    "show",
    "chat",
    "verify",
    "import",
    "export",
    "merge",
    "report",
    "models",
    "models list",
    "models pull",
    "cassette",
    "cassette stats",
    "cassette prune",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_as_it_was_last_read(command: str, tmp_path: Path) -> None:
    ended = dialogs(*command.split(), "--help", cwd=tmp_path)
    golden = GOLDEN / f"{command.replace(' ', '-') or 'dialogs'}.txt"
    if os.environ.get("DIALOGS_UPDATE_GOLDENS"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(ended.stdout, encoding="utf-8")

    assert (ended.code, ended.stderr) == (0, "")
    assert golden.read_text(encoding="utf-8") == ended.stdout


def test_the_version_is_printed(tmp_path: Path) -> None:
    ended = dialogs("--version", cwd=tmp_path)

    assert (ended.code, ended.stdout.split()[0]) == (0, "dialogs")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rum"], "No such command 'rum'"),
        (["run"], "Missing argument"),
        (["run", "x", "--modle", "m"], "No such option: --modle"),
        (["run", "x", "--samples", "many"], "--samples"),
        (["show"], "Missing argument"),
    ],
)
def test_wrong_words_end_with_2_and_a_hint(arguments: list[str], message: str, tmp_path: Path) -> None:
    ended = dialogs(*arguments, cwd=tmp_path)

    assert (ended.code, ended.stdout) == (2, "")
    assert message in ended.stderr
