import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from command import Ended, dialogs
from servers import Received, Wire, completion, error, serve

SCENARIO = "turns:\n  - user: When do you close?\n    expect:\n      - contains: {}\n"


def run(folder: Path, *flags: str, wanted: str = "eight") -> Ended:
    def reply(request: Received) -> Wire:
        return completion("At eight.") if "close" in request.last_user_text else error(401, "no key")

    (folder / "hours.yaml").write_text(SCENARIO.format(wanted))
    with serve(reply) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        return dialogs("run", ".", "-m", "m", "-o", "out.jsonl", *flags, cwd=folder, variables=variables)


def test_a_run_writes_its_reports_beside_its_transcripts(tmp_path: Path) -> None:
    ended = run(tmp_path, "--junit", "reports/j.xml", "--markdown", "reports/m.md", wanted="nine")

    assert ended.code == 1
    failure = next(ET.parse(tmp_path / "reports/j.xml").iter("failure"))  # noqa: S314 - it was made a moment ago
    assert failure.attrib["type"] == "unmet"
    assert failure.attrib["message"].startswith('turn 1: contains "nine": found ')
    assert (tmp_path / "reports/m.md").read_text().startswith("## 0 of 1 dialogue as expected\n")


def test_the_reports_of_a_run_that_met_everything_have_no_problem(tmp_path: Path) -> None:
    ended = run(tmp_path, "--junit", "j.xml", "--markdown", "m.md")

    assert ended.code == 0
    assert '<testsuites tests="1" failures="0" errors="0"' in (tmp_path / "j.xml").read_text()
    assert (tmp_path / "m.md").read_text().startswith("## 1 dialogue: all as expected\n")


def test_a_run_that_could_not_be_completed_has_its_reports_too(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("turns: [Hello]\n")

    ended = run(tmp_path, "--junit", "j.xml")

    assert ended.code == 3
    assert 'errors="1"' in (tmp_path / "j.xml").read_text()


@pytest.mark.parametrize(("fail_on", "code"), [("none", 0), ("changed", 0), ("unmet", 1), ("unmte", 2)])
def test_the_labels_to_fail_on_say_whether_an_unmet_expectation_fails(tmp_path: Path, fail_on: str, code: int) -> None:
    assert run(tmp_path, "--fail-on", fail_on, wanted="nine").code == code


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--junit", "."], ". cannot be written; wanted the name of a file in a folder of yours"),
        (["--junit", "a.xml", "--markdown", "./a.xml"], "name the same file, a.xml; wanted each its own"),
        (["--markdown", "hours.yaml/m.md"], "hours.yaml/m.md cannot be written"),
        (["--html", "hours.yaml"], "hours.yaml is there, and its name is none of a report; wanted another name"),
    ],
)
def test_a_report_without_a_place_is_found_before_anything_is_asked(
    tmp_path: Path, flags: list[str], message: str
) -> None:
    ended = run(tmp_path, *flags)

    assert ended.code == 2
    assert message in ended.stderr
    assert not (tmp_path / "out.jsonl").exists()
