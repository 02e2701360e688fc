import subprocess
import sys
from pathlib import Path

import pytest

from dialogs.baseline_lock import locked_folder, state_of

HOLD = """
import sys
from pathlib import Path
from dialogs.baseline_lock import locked_folder
with locked_folder(Path(sys.argv[1]), lambda: print("waits", flush=True)):
    print("holds", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_a_second_writer_says_that_it_waits_and_goes_on_when_the_first_has_ended(tmp_path: Path) -> None:
    waited: list[str] = []
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "holds\n"

        def release() -> None:
            assert other.stdin is not None
            waited.append("waited")
            other.stdin.close()

        with locked_folder(tmp_path, release):
            assert waited == ["waited"]


def test_a_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    with locked_folder(tmp_path, lambda: None):
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_written_anew_has_another_state(tmp_path: Path) -> None:
    path = tmp_path / "main.jsonl"
    states = [state_of(path)]
    for text in ("one", "other"):
        path.write_text(text)
        states.append(state_of(path))

    assert states[0] is None
    assert len(set(states)) == 3
