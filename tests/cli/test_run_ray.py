"""What `dialogs run --engine ray` says before any cluster is asked for anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command import dialogs
from servers import Received, Server, Wire, completion, serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk.yaml").write_text("turns: [Hello]\n", encoding="utf-8")
    (tmp_path / "old.jsonl").write_text("", encoding="utf-8")
    return tmp_path


def yes(_request: Received) -> Wire:
    return completion("Yes")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--replay", "c.jsonl"), "--engine ray and --replay exclude each other: a cassette needs no cluster"),
        (("--record", "c.jsonl"), "--engine ray and --record exclude each other: play with --workers"),
        (("--against", "git:HEAD"), "--engine ray and --against exclude each other: play both versions"),
        (("--otel",), "--engine ray and --otel exclude each other"),
        (("--workers", "2"), "--engine ray and --workers exclude each other"),
        (("--executor", "batch"), "--executor batch and --engine ray exclude each other"),
        (("-o", "s3://b/o.jsonl", "--junit", "j.xml"), "--junit exclude each other: it reads the output"),
        (("-o", "s3://b/o.jsonl", "--baseline", "old.jsonl"), "--baseline exclude each other: it reads the output"),
        (("-o", "odd://b/o.jsonl"), "odd://b/o.jsonl.parts: "),
    ],
)
def test_what_no_cluster_does_is_refused_with_what_to_do_instead(
    folder: Path, flags: tuple[str, ...], message: str
) -> None:
    ended = dialogs("run", "talk.yaml", "-m", "embedded", "--engine", "ray", *flags, cwd=folder)

    assert ended.code == 2
    assert message in ended.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["old.jsonl", "talk.yaml"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--ray-address", "localhost:1"), "--ray-address names the cluster of --engine ray; wanted both or none"),
        (("-o", "s3://b/o.jsonl"), "is a URL, which --engine ray alone writes to; wanted a path"),
    ],
)
def test_what_only_a_cluster_does_is_refused_without_one(folder: Path, flags: tuple[str, ...], message: str) -> None:
    ended = dialogs("run", "talk.yaml", "-m", "embedded", *flags, cwd=folder)

    assert (ended.code, ended.stdout) == (2, "")
    assert message in ended.stderr


def test_a_missing_package_is_named_with_the_command_that_brings_it(folder: Path) -> None:
    (folder / "ray.py").write_text("raise ImportError\n", encoding="utf-8")
    with serve(yes) as server:
        ended = run_on_ray(folder, server)

    assert ended == (2, "dialogs: --engine ray needs Ray: pip install 'dialogs-cli[ray]'\n")


def run_on_ray(folder: Path, server: Server) -> tuple[int, str]:
    """Run with the folder's own modules before all others."""
    environment = {**os.environ, "OPENAI_BASE_URL": server.base_url}
    command = [sys.executable, "-m", "dialogs", "run", "talk.yaml", "-m", "m", "--engine", "ray"]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stderr


def test_a_run_of_one_process_that_did_not_finish_is_not_overwritten(folder: Path) -> None:
    (folder / "out.jsonl.journal").write_text("", encoding="utf-8")
    with serve(yes) as server:
        flags = ("--engine", "ray", "--ray-address", "local", "-o", "out.jsonl")
        ended = dialogs(
            "run", "talk.yaml", "-m", "m", *flags, cwd=folder, variables={"OPENAI_BASE_URL": server.base_url}
        )

    assert ended.code == 2
    assert "out.jsonl.journal is of a run without a cluster that did not finish" in ended.stderr


def test_the_run_of_a_cluster_that_did_not_finish_is_found_without_its_name(folder: Path) -> None:
    parts = folder / "outputs" / "20260102T000000Z.jsonl.parts"
    parts.mkdir(parents=True)
    (parts / "run.json").write_text("{}", encoding="utf-8")
    (folder / "outputs" / "20260101T000000Z.jsonl.journal").write_text("", encoding="utf-8")
    with serve(yes) as server:
        variables = {"OPENAI_BASE_URL": server.base_url}
        ended = dialogs("run", "talk.yaml", "-m", "m", "--resume", cwd=folder, variables=variables)

    assert ended.code == 2
    assert "outputs/20260102T000000Z.jsonl.parts holds the parts of a run on a cluster" in ended.stderr
    assert "--engine ray --resume goes on with it, --fresh throws it away" in ended.stderr


def test_what_is_whole_is_not_paid_for_again(folder: Path) -> None:
    with serve(yes) as server:
        flags = ("--engine", "ray", "--resume", "-o", "old.jsonl")
        ended = dialogs(
            "run", "talk.yaml", "-m", "m", *flags, cwd=folder, variables={"OPENAI_BASE_URL": server.base_url}
        )

    assert ended.code == 2
    assert "old.jsonl is there, and no run of it is unfinished: nothing to go on with" in ended.stderr
    assert server.requests == []
