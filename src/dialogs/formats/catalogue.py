"""The formats that are read, and which of them a file is in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dialogs.encoding import JsonValue
from dialogs.formats import adk, agentv, botium, mt_bench, openai, promptfoo, rasa, sharegpt
from dialogs.formats.drafts import Item, Take
from dialogs.formats.trees import Tree
from dialogs.loading.files import Unreadable


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file is read with: how, and what other files hold that belongs to it.

    `beside` reads a text file by its path from the folder of the source, `takes` gives the answers to a question by
    its id, `utterances` are lists of texts by their names.
    """

    beside: Callable[[str], str | Unreadable]
    takes: Callable[[str], Sequence[Take]] = lambda _question: ()
    scripted: bool = False
    utterances: Mapping[str, Sequence[str]] = field(default_factory=dict)


_Reader: TypeAlias = Callable[[Iterable[Tree], Surroundings], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name on the command line, and what is known of it."""

    name: str
    recognises: Callable[[JsonValue], bool]
    read: _Reader


FORMATS: Final = (
    Format("openai", openai.recognises, lambda records, near: openai.read(records, scripted=near.scripted)),
    Format(
        "mt-bench",
        lambda value: mt_bench.recognises(value) or mt_bench.recognises_answers(value),
        lambda records, near: mt_bench.read(records, near.takes, scripted=near.scripted),
    ),
    Format("sharegpt", sharegpt.recognises, lambda records, near: sharegpt.read(records, scripted=near.scripted)),
    Format(
        "agentv",
        lambda value: agentv.recognises(value) or agentv.recognises_scores(value),
        lambda records, near: agentv.read(records, scripted=near.scripted),
    ),
    Format(
        "promptfoo",
        promptfoo.recognises,
        lambda records, near: promptfoo.read(records, near.beside, scripted=near.scripted),
    ),
    Format("rasa", rasa.recognises, lambda records, near: rasa.read(records, scripted=near.scripted)),
    Format(
        "adk",
        lambda value: adk.recognises(value) or adk.recognises_queries(value),
        lambda records, near: adk.read(records, scripted=near.scripted),
    ),
    Format("botium", botium.recognises, lambda records, near: botium.read(records, near.utterances)),
)
BY_NAME: Final = {one.name: one for one in FORMATS}


def guess(value: JsonValue) -> Format | None:
    """Return the first format that a file's first record looks like; a file of plain text is one text."""
    return next((one for one in FORMATS if one.recognises(value)), None)
