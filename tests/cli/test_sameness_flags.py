from pathlib import Path

import pytest

from builders import transcript
from command import dialogs
from dialogs.transcript_files import write_transcripts

BEFORE = transcript("talk", "When?", "On 2026-11-23, within thirty days.")
AFTER = transcript("talk", "When?", "On 2026-11-24,  within thirty days.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_transcripts(tmp_path / "a.jsonl", [BEFORE])
    write_transcripts(tmp_path / "b.jsonl", [AFTER])
    return tmp_path


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), 1),
        (("--ignore", r"\d{4}-\d\d-\d\d"), 1),
        (("--ignore", r"\d{4}-\d\d-\d\d", "--normalize", "whitespace"), 0),
        (("--metric", "lexical"), 0),
        (("--metric", "lexical", "--threshold", "0.95"), 1),
    ],
)
def test_what_is_overlooked_is_asked_for(folder: Path, flags: tuple[str, ...], code: int) -> None:
    assert dialogs("diff", "a.jsonl", "b.jsonl", *flags, cwd=folder).code == code


def test_the_configuration_of_the_working_directory_is_added(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("ignore: ['\\d{4}-\\d\\d-\\d\\d']\n")

    assert dialogs("diff", "a.jsonl", "b.jsonl", cwd=folder).code == 1
    assert dialogs("diff", "a.jsonl", "b.jsonl", "--normalize", "whitespace", cwd=folder).code == 0


def test_the_configuration_beside_the_scenario_is_found_first(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("ignore: [x]\n")
    (folder / "talks").mkdir()
    (folder / "talks" / "talk.yaml").write_text("turns: [When?]\n")
    (folder / "talks" / "dialogs.yaml").write_text("ignore: ['2026.*,']\n")
    text = (folder / "b.jsonl").read_text()
    (folder / "b.jsonl").write_text(text.replace('"place":"talk.yaml:1:1"', '"place":"talks/talk.yaml:1:1"'))

    assert dialogs("diff", "a.jsonl", "b.jsonl", "--normalize", "whitespace", cwd=folder).code == 0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--threshold", "0.5"), "--threshold is a likeness, and --metric exact has none"),
        (("--ignore", "(x"), 'a rule of what to ignore cannot be read: "(x": missing )'),
        (("--ignore", "$["), 'a rule of what to ignore cannot be read: "$["'),
    ],
)
def test_rules_that_cannot_be_used_are_refused(folder: Path, flags: tuple[str, ...], message: str) -> None:
    ended = dialogs("diff", "a.jsonl", "b.jsonl", *flags, cwd=folder)

    assert ended.code == 2
    assert message in ended.stderr
