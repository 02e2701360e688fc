"""The texts of a scenario that are templates: each is read at load, and every variable in it must be known there."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Final

from dialogs.encoding import JsonValue
from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, Located, line_and_column, quoted
from dialogs.loading.fields import nearest
from dialogs.loading.text_places import place_of
from dialogs.loading.variables import RESERVED
from dialogs.templating import TemplateFault, is_template, render, variables_of

_BLOCK: Final = re.compile(r"\{[{%].*?(?:[%}]\}|\Z)", re.DOTALL)
_MARK: Final = re.compile(r"\{[{%#]")
# Most templates are nothing but names in braces; they can be read without Jinja2, whose import alone takes as long as
# a hundred files.
_SIMPLE: Final = re.compile(r"(?:[^{]|\{(?![{%#])|\{\{ *[A-Za-z_][A-Za-z0-9_]* *\}\})*+")
_SIMPLE_NAME: Final = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_MOST_NAMED: Final = 12
_MOST_TRIALS: Final = 1000
_TRIALS_S: Final = 2.0
_CERTAINLY_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class _Template:
    """A text, where it stands, and how many captures there are before it; a file's text has no node."""

    text: str
    node: TextNode | None
    faults: Faults
    captures: int | None

    def note(self, offset: int, message: str) -> None:
        if self.node is None:
            place = line_and_column(self.text[:offset])
        else:
            place = place_of(offset, self.node, self.faults.source)
        self.faults.add_at(*place, message)


class Templates:
    """Collects the texts of one scenario in the order in which they are said; where nothing is templated, none."""

    def __init__(self, *, used: bool) -> None:
        """Say whether the scenario's texts are templates."""
        self.used = used
        self._found: list[_Template] = []
        self._captures: dict[str, Located] = {}

    def text(self, node: TextNode, faults: Faults, *, late: bool = False) -> None:
        """Take note of a text; a `late` one is rendered after any turn, and may use every capture."""
        if self.used and is_template(node.text):
            self._found.append(_Template(node.text, node, faults, None if late else len(self._captures)))

    def texts_in(self, node: Node | None, faults: Faults, *, late: bool = False) -> None:
        """Take note of all texts in a value; the keys of mappings are none."""
        match node:
            case TextNode():
                self.text(node, faults, late=late)
            case ListNode():
                for item in node.items:
                    self.texts_in(item, faults, late=late)
            case MappingNode():
                for _, value in node.entries.values():
                    self.texts_in(value, faults, late=late)

    def file_text(self, text: str, faults: Faults) -> None:
        """Take note of the text of a file."""
        if self.used and is_template(text):
            self._found.append(_Template(text, None, faults, len(self._captures)))

    def capture(self, key: TextNode, faults: Faults) -> None:
        """Let a name be known from here on."""
        first = self._captures.setdefault(key.text, key)
        if first is not key:
            where = f"at {first.line}:{first.column}"
            faults.add(key, f"{quoted(key.text)} is captured already {where}; wanted another name")

    def refuse_clashes(self, names: Collection[str], faults: Faults) -> None:
        """Note captures that are named as a variable."""
        for name in self._captures.keys() & names:
            faults.add(self._captures[name], f"capture {quoted(name)} is a variable too; wanted another name")

    def check(
        self, names: Collection[str], values: Iterable[Mapping[str, JsonValue]], *, are_all_known: bool = True
    ) -> None:
        """Read every template, with the variables `names`, and try it with the `values`, one set a dialogue.

        Where some names could not be read, none is missed. Trials end after two seconds, but for one with each of the
        first templates: what they would have found then ends its dialogue.
        """
        if not self._found:
            return
        trials, known = tuple(islice(values, _MOST_TRIALS)), names if are_all_known else None
        deadline, tried = math.inf, 0
        for template in self._found:
            if not template.faults.full and self._may_fail(template, known):
                tried += 1
                # Not counted before: the import of Jinja2, which a busy machine may take its time for.
                deadline = min(deadline, monotonic() + _TRIALS_S)
                _try(template, trials, deadline, is_certain=tried <= _CERTAINLY_TRIED)

    def _may_fail(self, template: _Template, names: Collection[str] | None) -> bool:
        """Note what a template lacks; say whether it can be tried before the first turn, and may fail."""
        needed = _simple_names(template.text)
        is_simple = needed is not None
        try:
            needed = variables_of(template.text) if needed is None else needed
        except TemplateFault as fault:
            template.note(_offset_of_line(template.text, fault.line), fault.message)
            return False
        if names is None:
            return False
        known = {*names, *tuple(self._captures)[: template.captures]}
        for name in sorted(needed - known):
            template.note(_offset_of_name(template.text, name), self._complaint(name, known))
        return not is_simple and needed <= set(names)

    def _complaint(self, name: str, known: Collection[str]) -> str:
        if name in self._captures:
            at = self._captures[name]
            return f"{quoted(name)} is captured only later, at {at.line}:{at.column}; wanted it after that turn"
        meant = nearest(name, known)
        if meant:
            return f"{quoted(name)} is not defined; did you mean {quoted(meant)}?"
        listed = ", ".join(sorted(known)[:_MOST_NAMED]) + (", …" if len(known) > _MOST_NAMED else "")
        return f"{quoted(name)} is not defined; wanted {f'one of {listed}' if known else 'it under vars'}"


def _simple_names(text: str) -> frozenset[str] | None:
    """Return the names in a template that holds names alone, None for any other."""
    if not _SIMPLE.fullmatch(text):
        return None
    names = frozenset(_SIMPLE_NAME.findall(text))
    return names if names.isdisjoint(RESERVED) else None


def _try(template: _Template, trials: Sequence[Mapping[str, JsonValue]], deadline: float, *, is_certain: bool) -> None:
    for number, values in enumerate(trials):
        if monotonic() > deadline and not (is_certain and number == 0):
            return
        try:
            render(template.text, values)
        except TemplateFault as fault:
            template.note(_offset_of_line(template.text, fault.line), fault.message)
            return


def _offset_of_line(text: str, line: int) -> int:
    """Return where the template's mark on a line stands, or the last one before it."""
    begin = 0
    for _ in range(line - 1):
        begin = text.find("\n", begin) + 1 or begin
    end = text.find("\n", begin)
    on_line = _MARK.search(text, begin, len(text) if end < 0 else end)
    if on_line:
        return on_line.start()
    return max(text.rfind(mark, 0, begin) for mark in ("{{", "{%", "{#", text[:1]))


def _offset_of_name(text: str, name: str) -> int:
    """Return where a variable is used first."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for block in _BLOCK.finditer(text):
        if found := word.search(text, block.start(), block.end()):
            return found.start()
    return _offset_of_line(text, 1)
