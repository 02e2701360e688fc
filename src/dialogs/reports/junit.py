"""Text for XML 1.0, and a file of JUnit's form, as GitHub, GitLab and Jenkins read it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from dialogs.model_text import ModelText
from dialogs.reports.terminal import escape_character, harmless, harmless_line

# What is left to refuse of https://www.w3.org/TR/xml/#charsets in harmless text.
_REFUSED: Final = re.compile("[\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a dialogue did not pass; `failure` for what differs or is unmet, `error` for what could not be played."""

    element: Literal["failure", "error"]
    type: str
    message: str | ModelText
    text: str


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One dialogue. `output` is what there is to read although it passed; `time_s` is how long it took, if known."""

    group: str
    name: str
    problem: Problem | None = None
    output: str = ""
    time_s: float | None = None


def junit(cases: Iterable[JUnitCase], *, suite: str, properties: Iterable[tuple[str, str]] = ()) -> str:
    """Write one suite of test cases, after the schema that Jenkins' xUnit plugin and pytest go by."""
    bodies: list[str] = []
    found = {"failure": 0, "error": 0}
    time_s = 0.0
    for case in cases:
        bodies.append("".join(_case(case)))
        time_s += case.time_s or 0
        if case.problem:
            found[case.problem.element] += 1
    counts = f'tests="{len(bodies)}" failures="{found["failure"]}" errors="{found["error"]}" time="{time_s:.3f}"'
    return "".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            f"<testsuites {counts}>\n",
            f'<testsuite name={_attribute(suite)} {counts} skipped="0">\n',
            *_properties(properties),
            *bodies,
            "</testsuite>\n</testsuites>\n",
        ]
    )


def _properties(properties: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [f"<property name={_attribute(name)} value={_attribute(value)}/>\n" for name, value in properties]
    if lines:
        yield "".join(["<properties>\n", *lines, "</properties>\n"])


def _case(case: JUnitCase) -> Iterator[str]:
    time = "" if case.time_s is None else f' time="{case.time_s:.3f}"'
    yield f"<testcase classname={_attribute(case.group)} name={_attribute(case.name)}{time}"
    if not case.problem and not case.output:
        yield "/>\n"
        return
    yield ">\n"
    if case.problem:
        element, problem = case.problem.element, case.problem
        yield f"<{element} type={_attribute(problem.type)} message={_attribute(problem.message)}>"
        yield f"{_content(problem.text)}</{element}>\n"
    if case.output:
        yield f"<system-out>{_content(case.output)}</system-out>\n"
    yield "</testcase>\n"


def _attribute(text: str | ModelText) -> str:
    return '"' + _escaped(harmless_line(text)).replace('"', "&quot;") + '"'


def _content(text: str) -> str:
    return _escaped(harmless(text))


def _escaped(text: str) -> str:
    """Write markup as text. The library's own function for it would import all of urllib."""
    allowed = _REFUSED.sub(lambda match: escape_character(match.group()), text)
    return allowed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
