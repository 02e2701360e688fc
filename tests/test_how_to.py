"""Every command of docs/how-to.md does what it says, in the project that the tutorial makes."""

from pathlib import Path

from documents import DOCS, File, Other, Reader, blocks

TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8").split("\n## 7. ")[0]
TEXT = (DOCS / "how-to.md").read_text(encoding="utf-8")
BEFORE_TOOLS, TOOLS = TEXT.split("\n## Play a bot that calls tools\n")


def test_every_command_shows_what_the_document_shows(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for block in blocks(TUTORIAL):
        if isinstance(block, File):
            reader.write(block)
    reader.type("git init -q; dialogs run scenarios -o outputs/first.jsonl")
    reader.type("dialogs accept outputs/first.jsonl baselines/main.jsonl")

    assert reader.follow(BEFORE_TOOLS) == []
    assert reader.follow(TOOLS) == []
    printed = reader.type("dialogs check scenarios")
    assert (reader.code, printed[0].endswith("no faults")) == (0, True)


def test_no_block_is_left_to_believe() -> None:
    assert [block for block in blocks(TEXT) if isinstance(block, Other)] == []
