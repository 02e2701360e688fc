"""What docs/ci.md says is so: its table of inputs, its workflows, and the commands of its recipes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import dialogs
from composite_action import ACTION, ROOT
from dialogs.first_project import project_files
from documents import DOCS, File, Other, Reader, blocks
from generated import generated

CI = DOCS / "ci.md"
TEXT = CI.read_text(encoding="utf-8")
TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8")
BEFORE_THE_GATE = TUTORIAL.split("\n## 7. ")[0]
INIT = next(
    file.text
    for file in project_files(version=dialogs.__version__, scenario_schema="", configuration_schema="")
    if file.path.startswith(".github/workflows/")
)


def recipe(title: str) -> str:
    """Return the first block under a heading."""
    block = next(blocks(TEXT.split(f"\n## {title}\n")[1]))
    assert isinstance(block, Other)
    return block.text


def test_its_table_names_every_input_of_the_action() -> None:
    inputs = ACTION["inputs"].items()
    defaults = {name: f"`{each['default']}`" if each["default"] else "" for name, each in inputs}
    rows = [f"| `{name}` | {each['description']} | {defaults[name]} |\n" for name, each in inputs]
    table = f"| input | is | default |\n|---|---|---|\n{''.join(rows)}"

    assert generated(CI, "inputs", table) == table


def test_it_shows_the_workflow_that_init_writes() -> None:
    block = f"```yaml\n{INIT}```\n"

    assert generated(CI, "init", block) == block


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Have followed the tutorial up to the gate, so that a baseline is there, and nothing differs."""
    reader = Reader(tmp_path, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})
    for block in blocks(BEFORE_THE_GATE):
        if isinstance(block, File):
            reader.write(block)
    reader.type("git init -q; git add .; git -c user.name=You -c user.email=you@example.org commit -qm Begin")
    reader.type("dialogs run scenarios -o outputs/first.jsonl; dialogs accept outputs/first.jsonl baselines/main.jsonl")
    return reader


def test_the_command_for_gitlab_compares_with_the_base(reader: Reader) -> None:
    reader.variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = "HEAD"
    commands = yaml.safe_load(recipe("GitLab"))["dialogs"]["script"]

    printed = reader.type(" && ".join(each for each in commands if not each.startswith("pip ")))

    assert (reader.code, "1 dialogue: 1 same" in printed) == (0, True)
    assert (reader.folder / "outputs/dialogs.xml").is_file()


def test_the_command_for_jenkins_compares_with_the_baseline(reader: Reader) -> None:
    installing, playing = re.findall(r"sh '(.+)'", recipe("Jenkins"))

    printed = reader.type(playing.removeprefix(".venv/bin/"))

    assert "pip install --quiet dialogs-cli" in installing
    assert (reader.code, "1 dialogue: 1 same" in printed) == (0, True)
    assert (reader.folder / "outputs/dialogs.xml").is_file()


def test_the_workflow_of_init_plays_and_reports(reader: Reader, tmp_path: Path) -> None:
    steps = yaml.safe_load(INIT)["jobs"]["dialogs"]["steps"]
    play, report = (step["run"] for step in steps if "name" in step)
    reader.write(File("scenarios/prompts/support.md", "Lamps can be returned within 7 days.\n"))

    reader.type(play)
    codes = [reader.code]
    printed = reader.type(f"set -e\n{report}")

    assert [*codes, reader.code] == [1, 0]
    assert any(line.startswith("::error file=scenarios/returns.yaml") for line in printed)
    assert "## 1 of 1 dialogue differs" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_the_shards_of_the_matrix_are_merged_and_compared(reader: Reader, tmp_path: Path) -> None:
    jobs = yaml.safe_load(recipe("Many dialogues: a matrix of shards"))["jobs"]
    play, merge, compare = (step["run"] for job in jobs.values() for step in job["steps"] if "name" in step)
    for shard in jobs["play"]["strategy"]["matrix"]["shard"]:
        reader.variables["SHARD"] = str(shard)
        reader.type(play)
        assert reader.code == 0
    reader.type(f"set -e\n{merge}\n{compare}")

    assert reader.code == 0
    assert "1 dialogue: nothing differs" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def program(name: str) -> str:
    """Find a program that pip installs beside Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: make test brings it (pip install --group test)")
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with every workflow that we tell people to use, and with the action."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    found = re.findall(r"^```yaml\n(name: dialogs\n.*?)^```", TEXT + TUTORIAL, re.MULTILINE | re.DOTALL)
    for number, text in enumerate([INIT, *found]):
        (workflows / f"{number}.yml").write_text(text.replace("@COMMIT", f"@{'0' * 40}"))
    shutil.copy(ROOT / "action.yml", tmp_path / "action.yml")
    assert len(found) == 3
    return tmp_path


def test_actionlint_finds_nothing(repository: Path) -> None:
    files = sorted((repository / ".github/workflows").iterdir())

    done = subprocess.run([program("actionlint"), "-no-color", *files], capture_output=True, text=True, check=False)

    assert done.stdout + done.stderr == ""


def test_zizmor_finds_nothing(repository: Path) -> None:
    command = [
        program("zizmor"),
        "--offline",
        "--no-config",
        "--no-progress",
        "--color=never",
        "--format=plain",
        str(repository),
    ]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout[:21]) == (0, "No findings to report"), done.stdout
