from pathlib import Path

import pytest

from command import dialogs
from pages import Read

BOT = """def answer(messages):
    return f"I have heard {len(messages)} messages of <b>yours</b>"

def other(messages):
    return f"I have read {len(messages)} messages of <b>yours</b>"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scenario, played by two functions."""
    folder = tmp_path_factory.mktemp("pages")
    folder.joinpath("bot.py").write_text(BOT)
    folder.joinpath("talk.yaml").write_text("tags: [smoke]\nturns: [Hello?, And now?]\n")
    for name, function in (("old", "answer"), ("new", "other")):
        done = dialogs("run", "talk.yaml", "--endpoint", f"bot:{function}", "-o", f"{name}.jsonl", cwd=folder)
        assert done.code == 0, done.stderr
    return folder


def read(path: Path) -> Read:
    return Read(path.read_text(encoding="utf-8"))


def test_transcripts_become_a_page(folder: Path) -> None:
    done = dialogs("report", "old.jsonl", "new.jsonl", "--html", "out/page.html", cwd=folder)

    assert (done.code, done.stdout, done.stderr) == (0, "", "page: out/page.html\n")
    assert "I have heard 3 messages of <b>yours</b>" in read(folder / "out" / "page.html").text()


def test_a_comparison_becomes_a_page_with_the_command_that_accepts_it(folder: Path) -> None:
    done = dialogs("diff", "old.jsonl", "new.jsonl", "--format", "html", "-o", "diff.html", cwd=folder)
    page = read(folder / "diff.html")

    assert done.code == 1
    assert "dialogs accept new.jsonl old.jsonl" in page.text()
    assert "dialogs accept new.jsonl old.jsonl --select 'talk@" in page.text()
    assert sorted({text.strip() for text in page.texts["del"]}) == ["heard"]


def test_what_comes_through_a_pipe_becomes_a_page_too(folder: Path) -> None:
    new = folder.joinpath("new.jsonl").read_text()
    done = dialogs("diff", "old.jsonl", "-", "--format", "html", cwd=folder, stdin=new)

    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>\n")


def test_a_run_writes_its_page_beside_its_transcripts(folder: Path) -> None:
    command = ("run", "talk.yaml", "--endpoint", "bot:answer", "-o", "again.jsonl", "--html", "again.html")
    done = dialogs(*command, cwd=folder)

    assert done.code == 0, done.stderr
    assert "I have heard 3 messages" in read(folder / "again.html").text()


def test_a_run_with_a_baseline_writes_the_page_of_the_comparison(folder: Path) -> None:
    flags = ("--baseline", "old.jsonl", "-o", "compared.jsonl", "--html", "compared.html")
    done = dialogs("run", "talk.yaml", "--endpoint", "bot:other", *flags, cwd=folder)
    text = read(folder / "compared.html").text()

    assert done.code == 1, done.stderr
    assert "compared.jsonl against old.jsonl" in text


def test_a_page_of_nothing_is_not_written(folder: Path) -> None:
    folder.joinpath("empty.jsonl").write_text("")
    done = dialogs("report", "empty.jsonl", "--html", "empty.html", cwd=folder)

    assert (done.code, done.stderr) == (4, "dialogs: empty.jsonl: no dialogue to show\n")
    assert not folder.joinpath("empty.html").exists()


def test_a_file_that_is_no_transcript_leaves_the_page_that_was_there(folder: Path) -> None:
    folder.joinpath("kept.html").write_text("kept")
    folder.joinpath("broken.jsonl").write_text('{"format": 1}\n')
    done = dialogs("report", "broken.jsonl", "--html", "kept.html", cwd=folder)

    assert done.code == 2
    assert folder.joinpath("kept.html").read_text() == "kept"
