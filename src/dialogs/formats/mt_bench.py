"""MT-bench, as FastChat writes it: questions of two turns, and the answers of models to them.

Source: https://github.com/lm-sys/FastChat, fastchat/llm_judge.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from dialogs.encoding import JsonValue
from dialogs.formats.drafts import Draft, Item, Step, Take, UnfitError
from dialogs.formats.tables import Table
from dialogs.formats.trees import Tree


def recognises(value: JsonValue) -> bool:
    """Say whether a record looks like a question."""
    return isinstance(value, dict) and "question_id" in value and isinstance(value.get("turns"), list)


def recognises_answers(value: JsonValue) -> bool:
    """Say whether a record looks like an answer."""
    return isinstance(value, dict) and "question_id" in value and isinstance(value.get("choices"), list)


def read(records: Iterable[Tree], takes: Callable[[str], Sequence[Take]], *, scripted: bool = False) -> Iterator[Item]:
    """Read questions; `takes` gives the answers to one by its `question_id`."""
    for record in records:
        try:
            draft, question = _draft(record)
            answers = takes(question)
            if scripted:
                _script(draft, answers)
                answers = ()
            yield draft.finish(answers, scripted=scripted)
        except UnfitError as error:
            yield error.fault


def _draft(record: Tree) -> tuple[Draft, str]:
    table = Table(record, "a question")
    question = table.name("question_id")
    if question is None:
        raise UnfitError(record.place, "no question_id; wanted a number or a name")
    draft = Draft(f"mt-bench-{question}", record.place)
    if (category := table.name("category")) is not None:
        draft.tags = (category,)
    for turn in table.trees("turns"):
        if not isinstance(turn.value, str):
            raise UnfitError(turn.place, "a turn of a question that is no text; wanted text")
        draft.steps.append(Step(turn.value, turn.place))
    for key in table.unread():
        draft.lose("reference answers" if key == "reference" else f"{key} of a question")
    return draft, question


def _script(draft: Draft, answers: Sequence[Take]) -> None:
    """Put the replies of the only model into the script.

    Raises:
        UnfitError: there are none, or those of several models.
    """
    if len(answers) != 1:
        found = f"answers of {len(answers)} models" if answers else "no answer to this question"
        raise UnfitError(draft.place, f"{found}; wanted those of one model, to script them")
    for step, replies in zip(draft.turns, answers[0].replies, strict=False):
        step.replies = list(replies)


def read_answer(record: Tree) -> tuple[str, list[Take]]:
    """Read one model's answers to a question: a take for each choice.

    Raises:
        UnfitError: the record is no answer.
    """
    table = Table(record, "an answer")
    question, model = table.name("question_id"), table.name("model_id")
    if question is None or model is None:
        raise UnfitError(record.place, "an answer without question_id or model_id; wanted both")
    takes = []
    for index, choice in enumerate(table.tables("choices", "a choice")):
        turns = choice.items("turns")
        if not all(isinstance(text, str) for text in turns):
            raise UnfitError(choice.place, "a reply that is no text; wanted a list of texts under turns")
        replies = tuple(({"role": "assistant", "content": text},) for text in turns)
        takes.append(Take(replies, model, index))
    return question, takes
