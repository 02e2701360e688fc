"""The examples of docs/python.md run, one after the other, in a project."""

import re
from inspect import signature
from pathlib import Path

import pytest

import dialogs
from servers import completion, serve

TEXT = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.+?)```", TEXT, re.DOTALL)


def test_its_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    Path("scenarios/refund.yaml").write_text(
        "vars: {shop: Acme}\nturns:\n  - {user: 'When, {{ shop }}?', expect: [{contains: 30 days}]}\n  - And then?\n"
    )
    namespace: dict[str, object] = {}
    with serve(lambda _request: completion("In 30 days.")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
        for example in EXAMPLES:
            exec(example, namespace)  # noqa: S102 - our own document

    said = capsys.readouterr().out
    assert "refund@agent#1 completed Within 30 days. (You asked: And then?)\n" in said
    assert 'did you mean "refund' in said
    assert "True 2\n" in said


def test_its_table_names_every_public_name() -> None:
    table = TEXT.split("## The names")[1]

    assert set(re.findall(r"`(\w+)`", table)) >= set(dialogs.__all__)


def test_it_names_every_keyword_of_play() -> None:
    keywords = list(signature(dialogs.play_async).parameters)[2:]

    assert [name for name in keywords if f"`{name}" not in TEXT] == []
