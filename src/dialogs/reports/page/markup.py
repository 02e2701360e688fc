"""The markup of one dialogue. A page may have ten thousand: a template would take four times as long over each.

Every text, whoever wrote it, goes through `escaped`; what stands here without it are words and numbers of our own.
"""

from collections.abc import Iterable
from typing import Final

from dialogs.reports.page.arms import ArmsView
from dialogs.reports.page.dialogue import DialogueView, GroupView, SideView, TurnView
from dialogs.reports.page.texts import escaped, marked
from dialogs.reports.page.view import CheckView, MessageView, PartView

_INPUTS: Final = (
    '<div class="scroll"><table class="inputs"><caption>What went in differently</caption><thead><tr>'
    '<th scope="col">what</th><th scope="col">baseline</th><th scope="col">candidate</th></tr></thead><tbody>'
)


def article(view: DialogueView) -> str:
    """Write a dialogue, in lines."""
    return (
        f'<article class="dialogue" id="d{view.number}">\n{_header(view)}'
        f"{''.join(map(_group, view.groups))}{_accept(view)}</article>\n"
    )


def _header(view: DialogueView) -> str:
    settings = f'<p class="faint">{escaped(view.settings)}</p>\n' if view.settings else ""
    notes = "".join(f'<p class="note {note.tone}">{escaped(note.text)}</p>\n' for note in view.notes)
    return (
        f"<header><h2>{escaped(view.id)}</h2>\n"
        f'<p class="faint">{_badge(view.tone, view.verdict)} {escaped(view.facts)}</p>\n'
        f"{settings}{notes}{_inputs(view)}</header>\n"
    )


def _inputs(view: DialogueView) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escaped(each.name)}</th><td class="text">{escaped(each.baseline)}</td>'
        f'<td class="text">{escaped(each.candidate)}</td></tr>'
        for each in view.inputs
    )
    return f"{_INPUTS}{rows}</tbody></table></div>\n" if rows else ""


def _accept(view: DialogueView) -> str:
    if not view.accept:
        return ""
    command = f'<pre class="code" tabindex="0">{escaped(view.accept)}</pre>'
    return f'<details class="accept"><summary>Accept this dialogue</summary>{command}</details>\n'


def _badge(tone: str, word: str) -> str:
    return f'<span class="badge {tone}">{escaped(word)}</span>'


def _group(group: GroupView) -> str:
    turns = "".join(map(_turn, group.turns))
    if not group.folded:
        return turns
    return f'<details class="fold"><summary>{escaped(group.folded)}</summary>{turns}</details>\n'


def _turn(turn: TurnView) -> str:
    label = f" {_badge(turn.tone, turn.label)}" if turn.label else ""
    note = f' <span class="faint">{escaped(turn.note)}</span>' if turn.note else ""
    return (
        f'<section class="turn" data-turn="{turn.number}"{" data-differs" if turn.differs else ""}>\n'
        f'<h3><a class="to-turn" href="#" data-to="{turn.number}">{turn.title}</a>{label}{note}</h3>\n'
        f"{_messages(turn.said)}{_sides(turn)}{_checks(turn.checks)}{''.join(map(_arms, turn.arms))}</section>\n"
    )


def _sides(turn: TurnView) -> str:
    if not turn.two_sided:
        return "".join(_messages(side.messages) for side in turn.sides)
    return f'<div class="sides">{"".join(map(_side, turn.sides))}</div>\n'


def _side(side: SideView) -> str:
    said = _messages(side.messages) or f'<p class="faint">{escaped(side.empty)}</p>'
    return f'<div class="side"><h4>{escaped(side.title)}</h4>{said}</div>'


def _messages(every: Iterable[MessageView]) -> str:
    return "".join(map(_message, every))


def _message(one: MessageView) -> str:
    facts = f" · {escaped(one.facts)}" if one.facts else ""
    parts = "".join(map(_part, one.parts))
    header = f"<header><b>{escaped(one.role)}</b>{facts}</header>"
    return f'<div class="message {one.role_class}">{header}\n{parts}</div>\n'


def _part(part: PartView) -> str:
    text = f'<p class="text {part.kind}" dir="auto">'
    if part.long:
        return f"<details><summary>{escaped(part.heading)}</summary>{text}{marked(part.pieces)}</p></details>\n"
    heading = f'<span class="faint">{escaped(part.heading)} </span>' if part.heading else ""
    return f"{text}{heading}{marked(part.pieces)}</p>\n"


def _checks(every: Iterable[CheckView]) -> str:
    items = "".join(map(_check, every))
    return f'<ul class="checks" aria-label="Expectations">{items}</ul>\n' if items else ""


def _check(check: CheckView) -> str:
    found = f' <span class="faint">{escaped(check.found)}</span>' if check.found else ""
    return f"<li>{_badge(check.tone, check.verdict)} {escaped(check.what)}{found}</li>"


def _arms(view: ArmsView) -> str:
    arms = "".join(
        f"<h4>{escaped(arm.title)}</h4>{_messages(arm.messages)}"
        + (f'<p class="note bad">{escaped(arm.error)}</p>' if arm.error else "")
        + _checks(arm.checks)
        for arm in view.arms
    )
    return f'<details class="arms"><summary>{escaped(view.title)}</summary>{arms}</details>\n'
