import xml.etree.ElementTree as ET
from collections.abc import Collection
from dataclasses import replace

import pytest

from builders import dialogue, in_turn, play, transcript
from comparisons import EVERYTHING, FILES, HOSTILE, changed
from dialogs.chat import Fault, FaultKind
from dialogs.compare import FAILING, Comparison, Label
from dialogs.reports.comparison_junit import comparison_junit
from dialogs.reports.junit import JUnitCase, Problem, junit
from dialogs.reports.run_junit import run_junit
from dialogs.transcript import ExpectationRecord, Outcome, Transcript

# The elements and attributes that Jenkins' xUnit plugin and pytest's "xunit2" know, each with those that must be there.
KNOWN = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "hostname", "id", "package", "file"},
        {"name", "tests", "failures", "errors"},
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, {"name", "value"}),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name", "time", "classname", "group"},
        {"name", "classname"},
    ),
    "failure": (set(), {"type", "message"}, {"type", "message"}),
    "error": (set(), {"type", "message"}, {"type", "message"}),
    "system-out": (set(), set(), set()),
}


def parsed(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314 - it was made a moment ago
    for element in root.iter():
        children, allowed, required = KNOWN[element.tag]
        assert {child.tag for child in element} <= children
        assert required <= set(element.attrib) <= allowed
    return root


def verdicts(root: ET.Element) -> dict[str, str]:
    """Give each case's name with its problem's element and type."""
    found = {}
    for case in root.iter("testcase"):
        problem = next((child for child in case if child.tag in {"failure", "error"}), None)
        found[case.attrib["name"]] = "" if problem is None else f"{problem.tag} {problem.attrib['type']}"
    return found


def compared(comparison: Comparison, fail_on: Collection[Label] = FAILING) -> ET.Element:
    return parsed(comparison_junit(comparison, FILES, fail_on))


def test_a_dialogue_is_a_case_and_fails_by_its_worst_label() -> None:
    root = compared(EVERYTHING)

    assert verdicts(root) == {
        "lamp[acme]@gpt-4.1#0": "failure regression",
        "hostile@m#0": "failure changed",
        "broken@m#0": "error error",
        "gone@m#0": "failure missing",
        "new@m#0": "",
        "odd@m#0": "failure unmet",
        "same@m#0": "",
    }
    assert [root.attrib[name] for name in ("tests", "failures", "errors")] == ["7", "4", "1"]
    assert root[0].attrib["failures"] == "4"


@pytest.mark.parametrize(
    ("fail_on", "verdict"), [({Label.MASKED}, "failure masked"), ({Label.FIX}, "failure fix"), (set(), "")]
)
def test_only_the_labels_to_fail_on_fail_a_case(fail_on: set[Label], verdict: str) -> None:
    root = compared(EVERYTHING, fail_on)

    assert verdicts(root)["lamp[acme]@gpt-4.1#0"] == verdict
    assert "[-thirty-]{+fourteen+}" in "".join(root.itertext())


def test_a_failure_says_where_what_and_how_to_accept() -> None:
    failure = next(compared(Comparison((changed(place="a.yaml:3:1"),))).iter("failure"))

    assert failure.attrib["message"] == "changed in turn 1"
    assert failure.text is not None
    assert failure.text.startswith("a.yaml:3:1\nturn 1 changed  Really?\n")
    assert failure.text.endswith("\nTo accept: dialogs accept outputs/new.jsonl baselines/main.jsonl\n")


@pytest.mark.parametrize("character", [*map(chr, [*range(32), 127, 0x85, 0xFFFE, 0xFFFF, 0xD800, 0x1FFFE, 0x10FFFF])])
def test_every_character_leaves_a_file_that_a_parser_reads(character: str) -> None:
    text = f"a{character}b"
    root = parsed(junit([JUnitCase(text, text, Problem("error", text, text, text), text, 1.5)], suite=text))

    case = next(root.iter("testcase"))
    assert case.attrib["name"].replace("\\n", "\n").replace("\\t", "\t") == (case[0].text)
    assert case.attrib["time"] == "1.500"


def test_hostile_text_stays_text() -> None:
    root = compared(Comparison((changed(new=HOSTILE),)))

    text = "".join(root.itertext())
    assert "]]>&lt;&amp;<!-- -->" in text
    assert [element.tag for element in root.iter("testcase")] == ["testcase"]


def ran(*transcripts: Transcript) -> ET.Element:
    return parsed(run_junit(lambda: transcripts, "outputs/new.jsonl"))


def test_a_run_fails_where_an_expectation_is_unmet_and_errs_where_a_dialogue_did_not_end() -> None:
    good = transcript("good", "When?", "Soon.")
    unmet = ExpectationRecord("contains", "days", passed=False, found="Soon.")
    failed = play(dialogue("When?", name="failed"), in_turn(Fault(FaultKind.TIMEOUT, "late", status=408)))[0]
    missed = transcript("missed", "When?", "Soon.")
    missed = replace(
        missed, outcome=Outcome.UNMET, turns=(replace(missed.turns[0], expectations=(unmet,)),), elapsed_ms=1234.0
    )

    root = ran(good, missed, failed, replace(transcript("cut", "When?", "Soon."), outcome=Outcome.INTERRUPTED))

    assert verdicts(root) == {
        "good@scripted#0": "",
        "missed@scripted#0": "failure unmet",
        "failed@scripted#0": "error timeout",
        "cut@scripted#0": "error interrupted",
    }
    messages = [element.attrib["message"] for element in root.iter() if "message" in element.attrib]
    assert messages == [
        'turn 1: contains "days": found Soon.',
        "turn 1 failed: timeout (HTTP 408): late",
        "interrupted before its end",
    ]
    assert [case.attrib["time"] for case in root.iter("testcase")][1] == "1.234"
