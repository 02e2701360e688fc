from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from dialogs.reports.page.arms import ArmsView, ArmView
from dialogs.reports.page.dialogue import DialogueView, GroupView, NoteView, SideView, TurnView
from dialogs.reports.page.facts import InputView
from dialogs.reports.page.markup import article
from dialogs.reports.page.view import CheckView, MessageView, PartView
from pages import Read

SAID = MessageView("user", "facts", (PartView("said", (("", "text"), ("added", "more")), "heading"),))
LONG = MessageView("assistant", "", (PartView("said", (("", "x" * 30_000),), "30,000 characters"),), is_reply=True)
CHECK = CheckView("unmet", "bad", "contains: a", "found: b")
TURN = TurnView(
    1,
    (SAID,),
    (SideView("baseline", (LONG,)), SideView("candidate", ())),
    "changed",
    "note",
    (CHECK,),
    (ArmsView("1 confirmation", (ArmView("confirmation 1 of 1", (SAID,), (CHECK,), "late"),)),),
)
VIEW = DialogueView(
    0,
    "talk@m#0",
    "changed",
    "facts",
    "temperature 0",
    (InputView("params", "0", "1"),),
    (NoteView("the scripts differ", "warn"),),
    (GroupView((TURN,)), GroupView((TURN,), "1 turn knock_on")),
    "dialogs accept",
)
# What the page's own program chooses, from fixed words.
OURS = {"tone", "kind", "label", "verdict"}


def variants(value: Any, put: str, *, name: str = "") -> Iterator[Any]:  # noqa: ANN401 - views of every type
    """Give copies of a view, each with `put` in place of one of the texts in it."""
    if isinstance(value, str):
        if name not in OURS:
            yield put
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            for other in variants(each, put):
                yield (*value[:index], other, *value[index + 1 :])
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            for other in variants(getattr(value, field.name), put, name=field.name):
                yield replace(value, **{field.name: other})


def test_no_text_of_a_dialogue_brings_an_element_or_an_attribute() -> None:
    plain, hostile = (list(variants(VIEW, put)) for put in ("x", "</p><script x='\"'>&lt;</script>"))

    assert len(hostile) > 40
    for one, other in zip(plain, hostile, strict=True):
        assert Read(article(one)).elements == Read(article(other)).elements
