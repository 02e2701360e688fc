"""Short ways to read files of other formats in tests."""

import json
from dataclasses import dataclass

from dialogs.errors import FileFault
from dialogs.formats.catalogue import BY_NAME, Surroundings
from dialogs.formats.drafts import Imported, Loss
from dialogs.formats.records import records_of_text
from dialogs.formats.trees import Tree
from dialogs.loading.files import Unreadable
from dialogs.scenario import Expectation, Instruction, ScriptedExchange, UserTurn


@dataclass(frozen=True)
class Found:
    """What a file gave."""

    imported: list[Imported]
    losses: list[str]
    faults: list[str]

    @property
    def one(self) -> Imported:
        (imported,) = self.imported
        return imported


def nothing_beside(_path: str) -> Unreadable:
    return Unreadable("not there")


def found_in(format_: str, content: object, near: Surroundings | None = None, **rest: object) -> Found:
    """Read a file of this text, which is YAML but for convos, or of this JSON."""
    is_yaml = isinstance(content, str) and "\n#" not in content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    records = list(records_of_text(text, "source", ".yaml" if is_yaml else ""))
    trees = [record for record in records if isinstance(record, Tree)]
    around = near or Surroundings(nothing_beside, **rest)  # type: ignore[arg-type]
    items = list(BY_NAME[format_].read(trees, around))
    return Found(
        [item for item in items if isinstance(item, Imported)],
        [item.what for item in items if isinstance(item, Loss)],
        [str(item) for item in (*records, *items) if isinstance(item, FileFault)],
    )


def said(imported: Imported) -> list[object]:
    """Return what a scenario says: texts of turns, pairs of scripted exchanges, pairs of instructions."""
    words: list[object] = []
    for entry in imported.scenario.entries:
        match entry:
            case UserTurn(content):
                words.append(content)
            case ScriptedExchange(user, assistant):
                words.append((user, assistant))
            case Instruction(role, text):
                words.append((role, text))
    return words


def expected(imported: Imported) -> list[list[object]]:
    """Return the expectations of each turn, as (kind, value)."""
    turns = [entry for entry in imported.scenario.entries if isinstance(entry, UserTurn)]
    return [[plainly(expectation) for expectation in turn.expect] for turn in turns]


def plainly(expectation: Expectation) -> object:
    kind = f"{'not_' if expectation.negated else ''}{expectation.kind}"
    return (kind, [plainly(one) for one in expectation.any_of] if expectation.any_of else expectation.value)


def replied(imported: Imported) -> list[list[object]]:
    """Return the texts of the replies of each take."""
    return [[messages[-1]["content"] if messages else None for messages in take.replies] for take in imported.takes]
