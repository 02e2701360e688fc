"""The steps of action.yml, run one after the other in a checkout of a pull request."""

import json
import zipfile
from pathlib import Path

import pytest

from composite_action import ACTION, ROOT, Runner, git
from servers import Received, Wire, answer, serve

BOT = """
def answer(messages):
    days = "14" if "14" in messages[0]["content"] else "30"
    return f"Within {days} days." if "return" in messages[-1]["content"] else "We are closed."
"""
SCENARIO = """\
system: Lamps can be returned within {days} days.
turns:
  - When can I return a lamp?
  - Are you open on Sunday?
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make what GitHub checks out of a pull request that changes the system prompt: its merge into main."""
    folder = tmp_path / "checkout"
    (folder / "scenarios").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "bot.py").write_text(BOT)
    (folder / "README").write_text("A shop.\n")
    commit(folder, "Begin")
    (folder / "scenarios/returns.yaml").write_text(SCENARIO.format(days=30))
    commit(folder, "Ask about returns")
    git(folder, "checkout", "-q", "-b", "shorter")
    (folder / "scenarios/returns.yaml").write_text(SCENARIO.format(days=14))
    commit(folder, "Shorten the time")
    git(folder, "checkout", "-q", "main")
    (folder / "README").write_text("A shop of lamps.\n")
    commit(folder, "Say what is sold")
    git(folder, "checkout", "-q", "--detach")
    git(folder, "merge", "-q", "--no-ff", "-m", "Merge", "shorter")
    return folder


def commit(folder: Path, subject: str) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", subject)


def pull_request(checkout: Path) -> Runner:
    event = {"pull_request": {"number": 5, "base": {"sha": git(checkout, "rev-parse", "main~1")}}}
    variables = {"GITHUB_REF": "refs/pull/5/merge", "GITHUB_SHA": git(checkout, "rev-parse", "HEAD")}
    return Runner(checkout, event, variables)


def github(request: Received) -> Wire:
    """Answer as GitHub does for a pull request without comments."""
    return answer([]) if request.method == "GET" else answer({"html_url": "https://github.example/1"}, 201)


def write_wheel(folder: Path) -> None:
    """Make a dialogs-cli 7.1 that pip can install, and which knows its version."""
    info = "dialogs_cli-7.1.dist-info"
    files = {
        "dialogs_of_a_test.py": "def main():\n    print('dialogs 7.1')\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: dialogs-cli\nVersion: 7.1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ndialogs = dialogs_of_a_test:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / "dialogs_cli-7.1-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


def test_a_pull_request_is_compared_with_its_base_and_gets_a_comment(checkout: Path) -> None:
    runner = pull_request(checkout)
    with serve(github) as server:
        runner.variables["GITHUB_API_URL"] = server.origin
        ran = runner.run(command=str(runner.installed()), endpoint="bot:answer")

    listed, written = server.requests
    assert (ran.code, ran.outputs["play"]["exit-code"]) == (1, "1")
    assert f"--against git:{git(checkout, 'rev-parse', 'main')}" in ran.log
    assert "::error file=scenarios/returns.yaml,line=1" in ran.log
    assert "## 1 of 1 dialogue differs" in ran.summary
    assert "To accept" not in ran.log + ran.summary
    assert listed.target == "/repos/acme/shop/issues/5/comments?per_page=100&page=1"
    assert written.json["body"].startswith("<!-- dialogs: dialogs -->\n## 1 of 1 dialogue differs\n")
    assert written.headers["authorization"] == "Bearer ghs_of_the_workflow"
    assert {name for name in ran.outputs["play"] if (checkout / ran.outputs["play"][name]).is_file()} == {
        "transcripts",
        "report",
        "page",
        "junit",
    }


def test_what_differs_passes_where_the_workflow_says_so(checkout: Path) -> None:
    runner = pull_request(checkout)

    ran = runner.run(command=str(runner.installed()), endpoint="bot:answer", fail_on="none", comment="false")

    assert (ran.code, ran.outputs["play"]["exit-code"]) == (0, "0")
    assert "::warning file=scenarios/returns.yaml" in ran.log


def test_a_baseline_of_the_repository_goes_before_the_base(checkout: Path) -> None:
    runner = Runner(checkout, {"pull_request": {"number": 5, "base": {"sha": "0" * 40}}})
    command = str(runner.installed())
    runner.run(command=command, endpoint="bot:answer", against="none", output="main.jsonl", comment="false")

    ran = runner.run(command=command, endpoint="bot:answer", baseline="main.jsonl", comment="false")

    assert (ran.code, "--against" in ran.log) == (0, False)
    assert "::notice title=dialogs diff::1 dialogue: 1 same" in ran.log


def test_the_annotations_are_made_under_the_rules_of_the_further_flags(checkout: Path) -> None:
    runner = pull_request(checkout)
    (checkout / "shop.yaml").write_text("ignore: [nothing]\n")
    flags = "--config shop.yaml --max-requests 50\n--ignore='Within 14|Within 30'"

    ran = runner.run(command=str(runner.installed()), endpoint="bot:answer", flags=flags, comment="false")

    assert ran.code == 0
    assert "diff --format github --config shop.yaml '--ignore=Within 14|Within 30' -- outputs" in ran.log
    assert "::notice title=dialogs diff::1 dialogue: 1 same" in ran.log


def test_a_push_is_played_without_a_comparison_and_without_a_comment(checkout: Path) -> None:
    runner = Runner(checkout, {"ref": "refs/heads/main"})

    ran = runner.run(command=str(runner.installed()), endpoint="bot:answer")

    assert ran.code == 0
    assert "nothing to compare with: this is no pull request" in ran.log
    assert "No comment: this is no pull request." in ran.log


def test_the_first_scenarios_of_a_repository_have_nothing_to_be_compared_with(checkout: Path) -> None:
    runner = Runner(checkout, {"pull_request": {"number": 5, "base": {"sha": git(checkout, "rev-parse", "main~2")}}})

    ran = runner.run(command=str(runner.installed()), endpoint="bot:answer", comment="false")

    assert ran.code == 0
    assert "the base, has none of scenarios" in ran.log


def test_a_checkout_without_the_base_says_what_to_fetch(checkout: Path) -> None:
    shallow = checkout.parent / "shallow"
    git(checkout, "branch", "-q", "merged")
    git(checkout.parent, "clone", "-q", "--depth=1", "--branch=merged", f"file://{checkout}", "shallow")
    event = {"pull_request": {"number": 5, "base": {"sha": git(checkout, "rev-parse", "main")}}}
    head = git(shallow, "rev-parse", "HEAD")
    runner = Runner(shallow, event, {"GITHUB_REF": "refs/pull/5/merge", "GITHUB_SHA": head})

    ran = runner.run(command=str(runner.installed()), endpoint="bot:answer")

    assert ran.code == 2
    assert "give actions/checkout `fetch-depth: 2`" in ran.log


def test_what_cannot_be_played_is_told_in_place_of_an_old_report(checkout: Path) -> None:
    runner = pull_request(checkout)
    (checkout / "outputs").mkdir()
    (checkout / "outputs/candidate.md").write_text("of yesterday")

    ran = runner.run(command=str(runner.installed()), endpoint="bot:nothing", comment="false")

    assert ran.code == 2
    assert "could not be played or compared (exit code 2)" in ran.summary
    assert "of yesterday" not in ran.summary


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"baseline": "a.jsonl", "against": "git:main"}, "baseline, against: only one of them"),
        ({"output": "out.txt"}, "output: wanted one file that ends in .jsonl, found 'out.txt'"),
        ({"flags": "--tag 'slow"}, "flags: No closing quotation"),
        (
            {"flags": "--junit=a.xml"},
            "flags: --junit=a.xml is what the action gives by itself; wanted the input `output`",
        ),
        ({"flags": "-j 2\n--baseline a.jsonl"}, "flags: --baseline is what the action gives by itself"),
    ],
)
def test_an_input_that_cannot_be_is_named(checkout: Path, inputs: dict[str, str], message: str) -> None:
    runner = pull_request(checkout)

    ran = runner.run(command=str(runner.installed()), **inputs)

    assert ran.code == 2
    assert message in ran.log


HOSTILE = "$(touch pwned); `touch pwned`; ' \" && touch pwned #"


def test_no_input_is_read_by_a_shell(checkout: Path) -> None:
    runner = pull_request(checkout)
    texts = {"paths": HOSTILE, "model": HOSTILE, "endpoint": HOSTILE, "fail_on": HOSTILE, "against": HOSTILE}

    ran = runner.run(command=str(runner.installed()), output=f"{HOSTILE}.jsonl", **texts)

    assert ran.code == 2
    assert list(checkout.parent.rglob("pwned")) == []


@pytest.mark.parametrize("name", ["version", "extras"])
def test_what_is_no_version_never_reaches_pip(checkout: Path, name: str) -> None:
    ran = pull_request(checkout).run(**{name: "1.0 --index-url=http://127.0.0.1:9 evil"})

    assert ran.code == 2
    assert f"{name}: 1.0 --index-url=http://127.0.0.1:9 evil" in ran.log


def test_a_version_is_installed_into_an_environment_of_the_job(checkout: Path, tmp_path: Path) -> None:
    write_wheel(tmp_path)
    runner = pull_request(checkout)
    runner.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PYTHONWARNINGS": ""}

    ran = runner.run(version="7.1", comment="false")

    assert "dialogs 7.1\n" in ran.log
    assert ran.outputs["install"]["command"] == str(runner.temp / "dialogs-venv/bin/dialogs")


def test_the_token_is_given_to_the_comment_alone() -> None:
    with_token = [step["name"] for step in ACTION["runs"]["steps"] if "inputs.token" in json.dumps(step)]

    assert with_token == ["Comment"]


def test_every_input_is_passed_on_and_every_file_is_there() -> None:
    text = json.dumps(ACTION["runs"])

    assert [name for name in ACTION["inputs"] if f"inputs.{name} " not in text] == []
    assert [each for each in ("install.sh", "play.py", "comment.py") if not (ROOT / "action" / each).is_file()] == []
