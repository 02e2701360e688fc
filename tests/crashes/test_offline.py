"""What was recorded is replayed byte for byte where there is no network, and whatever the wall clock says."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command import dialogs, environment
from embedded_model import needs_embedded
from servers import Received, Wire, completion, serve

FAKETIME = shutil.which("faketime")
UNSHARE = shutil.which("unshare")
SCRIPT = "params: {temperature: 0, max_tokens: 8}\nturns: [When was Microsoft founded?, Who founded it?]\n"


def can_unshare() -> bool:
    if UNSHARE is None:
        return False
    return subprocess.run([UNSHARE, "-rn", "true"], capture_output=True, check=False).returncode == 0


def record(folder: Path, model: str, variables: dict[str, str]) -> bytes:
    for name in ("a", "b", "c"):
        (folder / f"{name}.yaml").write_text(SCRIPT)
    flags = ("-o", "out.jsonl", "--stable", "--record", "tape.jsonl")
    ended = dialogs("run", ".", "-m", model, *flags, cwd=folder, variables=variables)
    assert ended.code == 0, ended.stderr
    return (folder / "out.jsonl").read_bytes()


def replay(folder: Path, model: str, places: int, *prefix: str) -> bytes:
    flags = ("-o", f"again-{places}.jsonl", "--stable", "--replay", "tape.jsonl", "-j", str(places))
    command = [*prefix, sys.executable, "-m", "dialogs", "run", ".", "-m", model, *flags]
    ended = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return (folder / f"again-{places}.jsonl").read_bytes()


def numbered(request: Received) -> Wire:
    return completion(f"{len(request.body)} {request.last_user_text}")


@pytest.mark.skipif(not can_unshare(), reason="needs `unshare -rn`: Linux with user namespaces")
@pytest.mark.parametrize("places", [1, 64])
def test_a_replay_needs_no_network(places: int, tmp_path: Path) -> None:
    with serve(numbered) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        recorded = record(tmp_path, "m", variables)

    assert recorded == replay(tmp_path, "m", places, str(UNSHARE), "-rn")


@needs_embedded
@pytest.mark.skipif(not can_unshare(), reason="needs `unshare -rn`: Linux with user namespaces")
def test_what_the_embedded_model_said_is_replayed_without_network(tmp_path: Path) -> None:
    recorded = record(tmp_path, "embedded", {})

    assert recorded == replay(tmp_path, "embedded", 64, str(UNSHARE), "-rn")


@pytest.mark.skipif(FAKETIME is None, reason="needs faketime: apt-get install faketime")
@pytest.mark.parametrize("offset", ["+2h", "-2h"])
def test_a_wall_clock_that_is_off_changes_nothing(offset: str, tmp_path: Path) -> None:
    with serve(numbered) as server:
        variables = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test-0123456789"}
        recorded = record(tmp_path, "m", variables)
        prefix = ("/usr/bin/env", "FAKETIME_DONT_FAKE_MONOTONIC=1", str(FAKETIME), "-f", offset)

        assert recorded == replay(tmp_path, "m", 4, *prefix)
        live = [*prefix, sys.executable, "-m", "dialogs", "run", ".", "-m", "m", "-o", "live.jsonl", "--stable"]
        subprocess.run(live, cwd=tmp_path, env=environment(variables), capture_output=True, timeout=120, check=True)

    assert recorded == (tmp_path / "live.jsonl").read_bytes()
