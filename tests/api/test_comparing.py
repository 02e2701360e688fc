from pathlib import Path

import pytest

import dialogs
from builders import transcript
from dialogs.errors import WrongUseError


def test_files_and_transcripts_are_compared_alike(tmp_path: Path) -> None:
    before, after = transcript("talk", "Hi?", "Hello."), transcript("talk", "Hi?", "Hello!")
    dialogs.write_transcripts(tmp_path / "old.jsonl", [before])

    comparison = dialogs.compare_transcripts(tmp_path / "old.jsonl", [after])

    assert comparison.turn_counts() == {dialogs.Label.CHANGED: 1}
    assert comparison.fails()


def test_rules_say_what_does_not_count() -> None:
    before, after = transcript("talk", "Hi?", "Order 17 is sent."), transcript("talk", "Hi?", "Order 18 is sent.")

    assert not dialogs.compare_transcripts([before], [after], ignore=[r"\d+"]).fails()
    assert not dialogs.compare_transcripts([before], [after], metric="lexical", threshold=0.5).fails()


def test_a_metric_that_there_is_not_is_refused() -> None:
    with pytest.raises(WrongUseError, match='metric is "fuzzy"; wanted exact or lexical'):
        dialogs.compare_transcripts([], [], metric="fuzzy")


def test_a_comparison_is_reported_as_dialogs_diff_does() -> None:
    before, after = transcript("talk", "Hi?", "Hello."), transcript("talk", "Hi?", "Go away.")

    text = dialogs.report(dialogs.compare_transcripts([before], [after]))

    assert text.startswith("1 dialogue: 1 changed\n")
    assert "{+Go away+}" in text


def test_a_transcript_is_reported_without_what_would_act_on_a_terminal() -> None:
    text = dialogs.report(transcript("talk", "Hi?", "\x1b[2JHello."))

    assert "turn 1 user\n  Hi?" in text
    assert "\\x1b[2JHello." in text
