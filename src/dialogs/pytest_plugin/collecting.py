"""Scenario files as pytest collects them: a file, and in it an item for each dialogue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dialogs.errors import DialogsError
from dialogs.pytest_plugin.playing import Plays
from dialogs.pytest_plugin.verdicts import FailedDialogueError
from dialogs.scenario import Dialogue
from dialogs.transcript import Transcript


class ScenarioFile(pytest.File):
    """A scenario file."""

    def __init__(self, *, plays: Plays, **rest: Any) -> None:  # noqa: ANN401 - they are pytest's own
        """Take what is common to all files."""
        super().__init__(**rest)
        self.plays = plays

    def collect(self) -> "Iterator[DialogueItem]":
        """Give the dialogues; the tags of their scenarios are markers."""
        try:
            dialogues = self.plays.dialogues(self.path)
        except DialogsError as error:
            raise self.CollectError(str(error)) from None
        for dialogue in dialogues:
            item = DialogueItem.from_parent(self, name=_name(dialogue), dialogue=dialogue)
            for tag in dialogue.scenario.tags:
                if not tag.startswith("_"):  # pytest takes no such name
                    self.config.addinivalue_line("markers", f"{tag}: a tag of scenarios")
                    item.add_marker(tag)
            yield item


def _name(dialogue: Dialogue) -> str:
    """Write an id as pytest writes parameters, at the end: FILE::SCENARIO means all dialogues of a scenario then."""
    case = f"{dialogue.case_name}@" if dialogue.case_name is not None else ""
    return f"{dialogue.scenario.id}[{case}{dialogue.model}#{dialogue.sample}]"


class DialogueItem(pytest.Item):
    """One dialogue."""

    parent: ScenarioFile

    def __init__(self, *, dialogue: Dialogue, **rest: Any) -> None:  # noqa: ANN401 - they are pytest's own
        """Take the dialogue that is to be played."""
        super().__init__(**rest)
        self.dialogue = dialogue

    def runtest(self) -> None:
        """Play the dialogue, unless that was done together with others of its file.

        Raises:
            FailedDialogueError: it was not completed, or has changed.
        """
        plays = self.parent.plays
        transcript = plays.transcript(self.path, self.dialogue.id, self._together())
        self.user_properties += _properties(transcript)
        plays.judge(self.dialogue, transcript, self.path)

    def _together(self) -> list[str]:
        """Name the dialogues of the file that are to be played, this one among them."""
        items = self.session.items if self.parent.plays.settings.together else [self]
        return [item.dialogue.id for item in items if isinstance(item, DialogueItem) and item.path == self.path]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Show a failure as the text report does, and what is no bug of ours without a traceback."""
        if isinstance(excinfo.value, FailedDialogueError):
            return excinfo.value
        if isinstance(excinfo.value, DialogsError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where the scenario stands."""
        return self.path, max(self.dialogue.scenario.place.line - 1, 0), self.name


def _properties(transcript: Transcript) -> Iterator[tuple[str, object]]:
    """Give what reports keep of a dialogue."""
    usage = transcript.usage
    sources = {completion.source for turn in transcript.turns for completion in turn.completions}
    yield "dialogs_id", transcript.id
    yield "dialogs_outcome", transcript.outcome.value
    yield "dialogs_source", "cassette" if sources == {"cassette"} else "endpoint"
    if usage.total_tokens:
        yield "dialogs_tokens", usage.total_tokens
    if transcript.cost_usd is not None:
        yield "dialogs_cost_usd", transcript.cost_usd
