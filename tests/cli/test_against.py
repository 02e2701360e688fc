import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command import Ended, dialogs
from dialogs.cli.against import other_output
from dialogs.reports.commands import ComparedFiles
from servers import Received, Server, Wire, completion, error, serve


def echo(request: Received) -> Wire:
    """Answer with what the user says; where the system prompt bids it, loudly, but for a thank-you."""
    text = request.last_user_text
    is_loud = "Shout" in str(request.messages[0]["content"]) and text != "Thanks"
    return completion(text.upper() if is_loud else text)


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository whose work tree has another prompt than its last commit."""
    folder = tmp_path / "repository"
    (folder / "talks" / "prompts").mkdir(parents=True)
    (folder / "talks" / "one.yaml").write_text("system: {file: prompts/system.md}\nturns: [Hello, Thanks]\n")
    (folder / "talks" / "two.yaml").write_text("turns: [Same]\n")
    (folder / "talks" / "prompts" / "system.md").write_text("Whisper.\n")
    git(tmp_path, "init", "-q", "-b", "main", str(folder))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    (folder / "talks" / "prompts" / "system.md").write_text("Shout.\n")
    return folder


def run(server: Server, folder: Path, *flags: str) -> Ended:
    variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-1"}
    return dialogs("run", *flags, "-m", "m", "-o", "new.jsonl", cwd=folder, variables=variables)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def labels(folder: Path) -> dict[str, list[str]]:
    compared = dialogs("diff", "new.against.jsonl", "new.jsonl", "--format", "json", cwd=folder)
    return {each["id"]: [turn["label"] for turn in each["turns"]] for each in json.loads(compared.stdout)["dialogues"]}


def test_the_work_tree_is_compared_with_a_commit(repository: Path) -> None:
    with serve(echo) as server:
        ended = run(server, repository, "talks", "--against", "git:main", "--confirm", "0")

        # 3 of the commit; Hello, Thanks, and Thanks on the commit's history of the work tree
        assert len(server.requests) == 6
    assert (ended.code, ended.stdout) == (1, "new.jsonl\n")
    assert labels(repository) == {"one@m#0": ["changed", "same"], "two@m#0": ["same"]}
    assert "1 from the baseline" in ended.stderr
    assert [row["messages"][0]["content"] for row in rows(repository / "new.against.jsonl")] == ["Whisper.\n", "Same"]


def test_neither_the_work_tree_nor_the_index_is_touched(repository: Path) -> None:
    def state() -> bytes:
        command = ["git", "-C", str(repository), "status", "--porcelain", "-z", "talks"]
        return (
            subprocess.run(command, check=True, capture_output=True).stdout + (repository / ".git/index").read_bytes()
        )

    before = state()
    with serve(echo) as server:
        run(server, repository, "talks", "--against", "git:main")

    assert state() == before


def test_from_a_folder_within_the_repository_paths_mean_the_same(repository: Path) -> None:
    with serve(echo) as server:
        run(server, repository / "talks", "one.yaml", "--against", "git:main")

    assert list(labels(repository / "talks")) == ["one@m#0"]


def test_a_scenario_that_is_new_is_added(repository: Path) -> None:
    (repository / "talks" / "three.yaml").write_text("turns: [New]\n")
    with serve(echo) as server:
        run(server, repository, "talks/two.yaml", "talks/three.yaml", "--against", "git:main")

    assert labels(repository) == {"two@m#0": ["same"], "three@m#0": ["added"]}


def test_another_folder_is_another_version(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "two.yaml").write_text("turns: [Other]\n")
    with serve(echo) as server:
        ended = run(server, repository, "talks/two.yaml", "--against", str(tmp_path / "old"))

    assert (ended.code, labels(repository)) == (1, {"two@m#0": ["changed"]})


def test_samples_are_shared_each_with_its_own(repository: Path) -> None:
    numbers = iter(range(100))
    with serve(lambda _request: completion(f"{next(numbers)}")) as server:
        ended = run(server, repository, "talks/two.yaml", "--against", "git:main", "--samples", "3", "--resamples", "2")

        assert len(server.requests) == 5
    assert ended.code == 0


def test_a_run_that_was_stopped_in_the_other_version_goes_on_there(repository: Path) -> None:
    failed: list[bool] = []

    def failing_once(request: Received) -> Wire:
        if request.last_user_text == "Thanks" and not failed:
            failed.append(True)
            return error(400, "not now")
        return echo(request)

    with serve(failing_once) as server:
        first = run(server, repository, "talks", "--against", "git:main", "--confirm", "0")
        asked = len(server.requests)
        second = run(server, repository, "talks", "--against", "git:main", "--confirm", "0", "--resume")

        assert (first.code, asked, second.code, len(server.requests)) == (3, 3, 1, 7)
    assert not list(repository.glob("*.journal"))


def test_what_the_other_version_cannot_complete_by_itself_does_not_keep_this_one_from_being_played(
    repository: Path,
) -> None:
    talk = repository / "talks" / "two.yaml"
    talk.write_text('turns: [{user: Same, capture: {code: "[0-9]+"}}, "Then {{ code }}"]\n')
    git(repository, "commit", "-qam", "a capture that finds nothing")
    talk.write_text('turns: [{user: Same 7, capture: {code: "[0-9]+"}}, "Then {{ code }}"]\n')
    with serve(echo) as server:
        ended = run(server, repository, "talks/two.yaml", "--against", "git:main")

    assert (ended.code, labels(repository)) == (3, {"two@m#0": ["changed", "error"]})


def test_the_repository_is_that_of_the_scenarios(repository: Path) -> None:
    folder = repository.parent
    with serve(echo) as server:
        run(server, folder, "repository/talks/two.yaml", "--against", "git:main")

    assert labels(folder) == {"two@m#0": ["same"]}


def test_a_shallow_clone_is_told_from_a_commit_that_nobody_has(repository: Path, tmp_path: Path) -> None:
    git(repository, "commit", "-qam", "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", "clone")
    with serve(echo) as server:
        ended = run(server, tmp_path / "clone", "talks", "--against", "git:main~1")

    assert ended.code == 2
    assert (
        f"there is no commit main~1 in {tmp_path}/clone; wanted git:COMMIT, as git:main; this clone is" in ended.stderr
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--against", "git:none"], "wanted git:COMMIT, as git:main"),
        (["--against", "git:--help"], "--against git: "),
        (["--against", "nowhere"], "--against nowhere: no such folder; wanted one of scenarios, or git:COMMIT"),
        (["--against", "git:main", "--baseline", "b.jsonl"], "--against plays a baseline of its own"),
    ],
)
def test_what_is_no_version_is_refused(flags: list[str], message: str, repository: Path) -> None:
    with serve(echo) as server:
        ended = run(server, repository, "talks", *flags)

        assert (ended.code, server.requests) == (2, [])
    assert message in ended.stderr


@pytest.mark.parametrize(
    ("output", "other"),
    [
        ("outputs/new.jsonl", "outputs/new.against.jsonl"),
        ("outputs/new.jsonl.zst", "outputs/new.against.jsonl.zst"),
        ("new", "new.against.jsonl"),
    ],
)
def test_the_other_version_stands_beside_the_output(output: str, other: str) -> None:
    assert other_output(Path(output)) == Path(other)
    assert ComparedFiles(other, output).accept is None
