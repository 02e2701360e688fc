import re
from pathlib import Path

import pytest
import yaml

from command import dialogs
from dialogs.first_project import TEXTCONV
from embedded_model import needs_embedded
from servers import completion, serve

FILES = {
    "scenarios/first.yaml",
    "dialogs.yaml",
    ".dialogs/scenario.schema.json",
    ".dialogs/config.schema.json",
    ".github/workflows/dialogs.yml",
    "baselines/.gitattributes",
    "outputs/.gitignore",
}


def files_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_project_is_written_that_has_no_faults(tmp_path: Path) -> None:
    ended = dialogs("init", cwd=tmp_path)

    assert (ended.code, ended.stderr, set(files_in(tmp_path))) == (0, "", FILES)
    assert dialogs("check", "scenarios", cwd=tmp_path).stdout == (
        "1 scenario, 1 dialogue, 2 turns, dialogs.yaml: no faults\n"
    )
    assert "  dialogs run scenarios -o outputs/first.jsonl\n" in ended.stdout
    assert f"  {TEXTCONV}\n" in ended.stdout


def test_the_commands_that_it_names_work_one_after_the_other(tmp_path: Path) -> None:
    commands = re.findall(r"^  dialogs (.*)$", dialogs("init", "shop", cwd=tmp_path).stdout, re.MULTILINE)
    with serve(lambda _request: completion("Within 30 days, with the receipt.")) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-canary-0123456789"}
        arguments = [command.replace("run scenarios", "run scenarios -m m").split() for command in commands]
        codes = [dialogs(*each, cwd=tmp_path / "shop", variables=variables).code for each in arguments]

    assert codes == [0, 0, 0]
    assert dialogs("diff", "baselines/main.jsonl", "outputs/first.jsonl", cwd=tmp_path / "shop").code == 0


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "dialogs.yaml").write_text("model: ours\n")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "first.yaml").symlink_to("elsewhere.yaml")

    ended = dialogs("init", cwd=tmp_path)

    assert ended.code == 0
    assert "kept   dialogs.yaml as it is, which is not what this version writes\n" in ended.stdout
    assert (tmp_path / "dialogs.yaml").read_text() == "model: ours\n"
    assert not (tmp_path / "scenarios" / "elsewhere.yaml").exists()


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    dialogs("init", cwd=tmp_path)
    before = files_in(tmp_path)

    ended = dialogs("init", cwd=tmp_path)

    assert files_in(tmp_path) == before
    assert {line.split()[0] for line in ended.stdout.splitlines()[: len(FILES)]} == {"kept"}
    assert "which is not" not in ended.stdout


@pytest.mark.parametrize("blocked", ["scenarios", ".github"])
def test_a_file_where_a_folder_is_wanted_is_told(tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).write_text("")

    ended = dialogs("init", cwd=tmp_path)

    assert ended.code == 2
    assert blocked in ended.stderr


def test_the_workflow_is_yaml_that_installs_this_version_and_keeps_its_rights_small(tmp_path: Path) -> None:
    dialogs("init", cwd=tmp_path)

    text = (tmp_path / ".github/workflows/dialogs.yml").read_text()
    workflow = yaml.safe_load(text)

    assert workflow["permissions"] == {"contents": "read"}
    assert re.search(r'pip install "dialogs-cli==\d', text)
    assert "${{ secrets.OPENAI_API_KEY }}" in text


@needs_embedded
def test_the_scenario_plays_on_the_embedded_model(tmp_path: Path) -> None:
    dialogs("init", cwd=tmp_path)

    ended = dialogs("run", "scenarios", "-o", "outputs/first.jsonl", cwd=tmp_path, timeout_s=300)

    assert ended.code == 0
    assert "1 dialogue: 1 completed" in ended.stderr
