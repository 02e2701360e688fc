from pathlib import Path

import pytest

from command import dialogs

TALK = "turns:\n  - Hello\n  - {user: And now?, expect: [{rubric: It is polite.}]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk.yaml").write_text(TALK)
    return tmp_path


def test_the_judge_is_counted_and_the_embedded_model_asked_one_at_a_time(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("judge: {model: embedded}\n")
    ended = dialogs("run", "talk.yaml", "-m", "embedded", "--dry-run", cwd=folder)

    assert ended.code == 0
    assert "embedded, which judges by rubrics: 1 request, about " in ended.stdout
    assert "about 6 s at 2 s a reply, 1 at a time, which is all that embedded takes\n" in ended.stdout


def test_without_a_judge_its_requests_are_not_counted(folder: Path) -> None:
    ended = dialogs("run", "talk.yaml", "-m", "embedded", "--no-judge", "--dry-run", cwd=folder)

    assert ended.code == 0
    assert "judges" not in ended.stdout


def test_a_judge_that_nobody_names_is_refused_as_in_the_run(folder: Path) -> None:
    ended = dialogs("run", "talk.yaml", "-m", "embedded", "--dry-run", cwd=folder)

    assert ended.code == 2
    assert "talk.yaml:3:32: rubric needs a judge, and no configuration names one; wanted" in ended.stderr
