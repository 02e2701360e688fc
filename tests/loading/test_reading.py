import os
import signal
import threading
import time
from pathlib import Path

import pytest

from dialogs.errors import FileFault, Place
from dialogs.loading.paths import ScenarioFile, find_files
from dialogs.loading.reading import Ahead, Reading, spare_processes
from dialogs.loading.scenarios import ScenarioReader
from dialogs.scenario import Scenario

FILES = 300
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="one process reads here"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),  # the test runner has threads
]


def found_in(folder: Path) -> tuple[ScenarioFile | FileFault, ...]:
    return tuple(find_files([str(folder)]))


def write(folder: Path, texts: dict[int, str] | None = None) -> None:
    for number in range(FILES):
        text = (texts or {}).get(number, f"vars: {{v{number % 7}: 1}}\nturns: [Say {number}]\n")
        (folder / f"{number:03}.yaml").write_text(text, encoding="utf-8")


def both(files: tuple[ScenarioFile | FileFault, ...]) -> tuple[Reading, Reading]:
    return read(files), read(files, helpers=2)


def read(
    files: tuple[ScenarioFile | FileFault, ...], reader: type[ScenarioReader] = ScenarioReader, *, helpers: int = 0
) -> Reading:
    with Ahead(files, reader, helpers=helpers) as ahead:
        return ahead.finish()


def known(reading: Reading) -> tuple[object, ...]:
    reader = reading.reader
    return reading.scenarios, reading.faults, reader.taken, reader.declared


def test_several_processes_read_what_one_reads(tmp_path: Path) -> None:
    write(tmp_path, {5: "turns: []\n", 100: "turn: [x]\n", 299: "turns: [}\n"})
    files = list(found_in(tmp_path))
    files.insert(150, FileFault(Place("gone.yaml"), "is not there"))
    alone, together = both(tuple(files))

    assert known(together) == known(alone)
    assert len(alone.faults) >= 4
    assert alone.reader.declared == {f"v{number}" for number in range(7)}


@pytest.mark.parametrize(("first", "second"), [(3, 4), (2, 290)])
def test_an_id_that_is_taken_twice_is_told_as_by_one(tmp_path: Path, first: int, second: int) -> None:
    write(tmp_path, dict.fromkeys((first, second), "id: same\nturns: [x]\n"))
    alone, together = both(found_in(tmp_path))

    assert known(together) == known(alone)
    assert [str(fault.place) for fault in alone.faults] == [f"{tmp_path}/{second:03}.yaml:1:5"]


def test_rows_of_one_table_are_held_once(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,n\na,1\nb,2\n", encoding="utf-8")
    write(tmp_path, dict.fromkeys((1, 299), "cases: {file: rows.csv}\nturns: ['{{ n }}']\n"))
    alone, together = both(found_in(tmp_path))

    assert known(together) == known(alone)
    assert together.scenarios[1].cases[0].values is together.scenarios[299].cases[0].values


def test_what_a_lost_process_does_not_bring_is_read_here(tmp_path: Path) -> None:
    write(tmp_path)
    here = os.getpid()

    class Mortal(ScenarioReader):
        def read(self, file: ScenarioFile) -> object:  # type: ignore[override]
            if os.getpid() != here:
                os._exit(9)
            return super().read(file)

    files = found_in(tmp_path)
    assert known(read(files, Mortal, helpers=2)) == known(read(files))


def test_other_processes_bring_what_they_have_read(tmp_path: Path) -> None:
    write(tmp_path)
    here = os.getpid()
    read_here: list[str] = []

    class SlowHere(ScenarioReader):
        def read(self, file: ScenarioFile) -> tuple[list[Scenario], list[FileFault]]:
            if os.getpid() == here:
                read_here.append(file.name)
                time.sleep(0.01)
            return super().read(file)

    files = found_in(tmp_path)
    assert known(read(files, SlowHere, helpers=2)) == known(read(files))
    assert len(read_here) < FILES


def test_where_the_system_forgets_how_processes_ended_this_one_reads_all(tmp_path: Path) -> None:
    write(tmp_path)
    files = found_in(tmp_path)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert known(read(files, helpers=2)) == known(read(files))
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_few_files_need_no_other_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.delattr(os, "fork")

    assert len(read(found_in(tmp_path)[:200], helpers=2).scenarios) == 200


def test_what_is_not_wanted_any_more_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    here, fork = os.getpid(), os.fork
    others: list[int] = []

    def noted_fork() -> int:
        others.append(fork())
        return others[-1]

    monkeypatch.setattr(os, "fork", noted_fork)

    class Slow(ScenarioReader):
        def read(self, file: ScenarioFile) -> object:  # type: ignore[override]
            if os.getpid() != here:
                time.sleep(60)
            return super().read(file)

    began = time.monotonic()
    with Ahead(found_in(tmp_path), Slow, helpers=2) as ahead:
        assert ahead.is_begun
    assert time.monotonic() - began < 30
    assert len(others) == 2
    for pid in others:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_where_processes_cannot_be_made_this_one_reads_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    write(tmp_path)
    monkeypatch.setattr(os, "fork", refuse)
    assert len(read(found_in(tmp_path), helpers=2).scenarios) == FILES


def test_a_process_with_threads_is_not_divided() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert spare_processes() == 0
    finally:
        ended.set()
        thread.join()
