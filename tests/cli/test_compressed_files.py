"""Every command on compressed files does what it does on plain ones."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builders import transcript
from command import Ended, dialogs
from dialogs.journal.files import replacing
from dialogs.opened_files import decompressed, is_compressed
from dialogs.transcript import Outcome
from dialogs.transcript_files import read_transcripts, write_transcripts

BOT = "def answer(messages):\n    return f'{len(messages)} messages, {messages[0][\"content\"]}'\n"
TALK = """cases: {file: FILE}
turns: ["Hello {{ name }}?", {user: And then?, expect: [{contains: 3 messages}]}]
"""
NAMES = ("Ann", "Ben", "Cy", "Dee")
INPUTS = ["a.jsonl", "b.jsonl", "c.jsonl", "p1.jsonl", "p2.jsonl", "chat.jsonl"]
COMMANDS = [
    "run talks --endpoint bot:answer --stable -o new.jsonl{z}",
    "run talks --endpoint bot:answer --stable -o new.jsonl{z} --record made.jsonl{z}",
    "run talks --endpoint bot:answer --stable -o new.jsonl{z} --record c.jsonl{z}",
    "run talks --stable -o new.jsonl{z} --replay c.jsonl{z}",
    "run talks --stable -o new.jsonl{z} --replay c.jsonl{z} --baseline a.jsonl{z} --workers 2",
    "run talks --endpoint bot:answer --stable -o new.jsonl{z} --baseline a.jsonl{z} --junit report.xml",
    "run talks --endpoint bot:answer --stable -o new.jsonl{z} --rerun-failed b.jsonl{z}",
    "diff a.jsonl{z} b.jsonl{z}",
    "diff a.jsonl{z} b.jsonl{z} --format html -o page.html",
    "diff a.jsonl{z} b.jsonl{z} --format junit -o report.xml{z}",
    "accept a.jsonl{z} new/main.jsonl{z}",
    "accept a.jsonl{z} b.jsonl{z} --prune",
    "show a.jsonl{z}",
    "show a.jsonl{z} talk[Ann]@function:bot:answer#0",
    "show a.jsonl{z} --request talk[Ann]@function:bot:answer#0:2",
    "show --textconv a.jsonl{z}",
    "verify a.jsonl{z} b.jsonl{z}",
    "verify a.jsonl{z} --baseline b.jsonl{z}",
    "grade a.jsonl{z} talks -o new.jsonl{z} --stable",
    "report a.jsonl{z} --html page.html",
    "merge p1.jsonl{z} p2.jsonl{z} -o new.jsonl{z}",
    "export a.jsonl{z} --to openai -o new.jsonl{z}",
    "import chat.jsonl{z} -o scripts --baseline new.jsonl{z}",
    "cassette prune c.jsonl{z} b.jsonl{z}",
    "check talks",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that the commands read, plain: transcripts, parts of a run, a cassette, another program's dialogues."""
    folder = tmp_path_factory.mktemp("made")
    prepare(folder, "cases.jsonl")
    (folder / "talks" / "cases.jsonl").write_text("".join(f'{{"name": "{name}"}}\n' for name in NAMES))
    run = ("run", "talks", "--endpoint", "bot:answer", "-o")
    for output, *flags in (
        ("a.jsonl", "--record", "c.jsonl"),
        ("p1.jsonl", "--shard=1/2"),
        ("p2.jsonl", "--shard=2/2"),
    ):
        assert dialogs(*run, output, *flags, cwd=folder).code == 0
    first, second, *_others = read_transcripts(folder / "a.jsonl")
    stopped = replace(second, outcome=Outcome.INTERRUPTED)
    write_transcripts(folder / "b.jsonl", [first, stopped, transcript("other", "Hello", "Hi")])
    chat = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    (folder / "chat.jsonl").write_text(f"{json.dumps(chat)}\n")
    return {name: (folder / name).read_bytes() for name in (*INPUTS, "talks/cases.jsonl")}


def prepare(folder: Path, cases: str) -> None:
    (folder / "bot.py").write_text(BOT)
    (folder / "talks").mkdir(parents=True)
    (folder / "talks" / "talk.yaml").write_text(TALK.replace("FILE", cases))


def run_on(suffix: str, command: str, folder: Path, made: dict[str, bytes]) -> tuple[Ended, dict[str, bytes]]:
    """Run a command on files with this suffix; return what it said and every file then there, without compression."""
    folder.mkdir()
    prepare(folder, f"cases.jsonl{suffix}")
    for name, data in made.items():
        write(folder / f"{name}{suffix}", data)
    ended = dialogs(*command.format(z=suffix).split(), cwd=folder)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    named = {name: data for name, data in files.items() if "__pycache__" not in name}
    assert all(is_compressed(data) for name, data in named.items() if name.endswith(".zst"))
    plain = {
        name.removesuffix(".zst"): decompressed(data, 1 << 24) if is_compressed(data) else data
        for name, data in named.items()
    }
    said = Ended(ended.code, ended.stdout.replace(".zst", ""), ended.stderr.replace(".zst", ""))
    return said, plain


def write(path: Path, data: bytes) -> None:
    with replacing(path) as add:
        add(data)


def timeless(ended: Ended) -> Ended:
    return replace(ended, stderr=re.sub(r"in [\d.]+ s", "in N s", ended.stderr))


def timeless_data(data: bytes) -> bytes:
    return re.sub(rb'("(crc32|latency_ms|at)":)[^,}]+', rb"\1", data.replace(b".zst", b""))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_the_same_on_compressed_files(command: str, made: dict[str, bytes], tmp_path: Path) -> None:
    plain, files = run_on("", command, tmp_path / "plain", made)
    packed, unpacked = run_on(".zst", command, tmp_path / "packed", made)

    assert plain.code in {0, 1}, plain.stderr
    assert timeless(packed) == timeless(plain)
    assert unpacked.keys() == files.keys()
    assert {name for name in files if timeless_data(unpacked[name]) != timeless_data(files[name])} == set()


@pytest.mark.parametrize(
    "command",
    [
        "diff a.jsonl.zst cut.jsonl.zst",
        "accept cut.jsonl.zst new.jsonl.zst",
        "accept a.jsonl.zst cut.jsonl.zst",
        "show cut.jsonl.zst",
        "show --textconv cut.jsonl.zst",
        "verify cut.jsonl.zst",
        "grade cut.jsonl.zst talks",
        "report cut.jsonl.zst --html page.html",
        "merge cut.jsonl.zst a.jsonl.zst -o new.jsonl.zst",
        "export cut.jsonl.zst --to csv -o new.csv",
        "import cut.jsonl.zst -o scripts",
        "cassette stats cut.jsonl.zst",
        "cassette prune cut.jsonl.zst a.jsonl.zst",
        "run talks --replay cut.jsonl.zst -o new.jsonl.zst",
        "run talks --endpoint bot:answer --record cut.jsonl.zst -o new.jsonl.zst",
        "run talks --endpoint bot:answer --baseline cut.jsonl.zst -o new.jsonl.zst",
        "run cutcases.yaml --endpoint bot:answer -o new.jsonl.zst",
    ],
)
def test_a_command_names_the_file_that_is_cut_off(command: str, made: dict[str, bytes], tmp_path: Path) -> None:
    prepare(tmp_path, "cases.jsonl")
    (tmp_path / "cutcases.yaml").write_text("cases: {file: cut.jsonl.zst}\nturns: [Hi]\n")
    (tmp_path / "talks" / "cases.jsonl").write_bytes(made["talks/cases.jsonl"])
    write(tmp_path / "a.jsonl.zst", made["a.jsonl"])
    data = (tmp_path / "a.jsonl.zst").read_bytes()
    (tmp_path / "cut.jsonl.zst").write_bytes(data[:-10])
    ended = dialogs(*command.split(), cwd=tmp_path)

    assert ended.code == 2
    assert re.search(r"cut\.jsonl\.zst.* its zstd data is cut off after [\d,]+ bytes", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr
    assert (tmp_path / "cut.jsonl.zst").read_bytes() == data[:-10]
    assert not (tmp_path / "new.jsonl.zst").exists()


def test_a_run_goes_on_where_its_compressed_output_ended(tmp_path: Path) -> None:
    prepare(tmp_path, "cases.jsonl")
    (tmp_path / "talks" / "cases.jsonl").write_text('{"name": "Ann"}\n{"name": "Ben"}\n')
    run = ("run", "talks", "--endpoint", "bot:answer", "-o", "outputs/x.jsonl.zst")
    stopped = dialogs(*run, "--max-requests", "2", cwd=tmp_path)
    resumed = dialogs("run", "talks", "--endpoint", "bot:answer", "--resume", cwd=tmp_path)

    assert stopped.code == 3
    assert resumed.code == 0, resumed.stderr
    assert "x.jsonl.zst" in resumed.stderr
    assert [each.outcome for each in read_transcripts(tmp_path / "outputs/x.jsonl.zst")] == [Outcome.COMPLETED] * 2


def test_standard_input_may_be_compressed(made: dict[str, bytes], tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl.zst", made["a.jsonl"])
    command = [sys.executable, "-m", "dialogs", "verify", "-"]
    with (tmp_path / "a.jsonl.zst").open("rb") as file:
        ended = subprocess.run(command, stdin=file, capture_output=True, text=True, check=False)

    assert ended.stdout == "-: 4 dialogues, 8 histories: all as sent\n"


def test_damaged_lines_leave_a_compressed_cassette(made: dict[str, bytes], tmp_path: Path) -> None:
    write(tmp_path / "c.jsonl.zst", made["c.jsonl"].replace(b"Hello Ann?", b"Hello Joe?", 1) + b'{"crc32":"torn')
    ended = dialogs("cassette", "prune", "--damaged", "c.jsonl.zst", cwd=tmp_path)
    stats = dialogs("cassette", "stats", "c.jsonl.zst", cwd=tmp_path)

    assert ended.stdout == "c.jsonl.zst: 2 damaged lines moved to c.jsonl.zst.damaged\n"
    assert stats.stdout.startswith("c.jsonl.zst: 7 recordings of 4 dialogues in ")


def test_a_torn_compressed_cassette_is_not_added_to(made: dict[str, bytes], tmp_path: Path) -> None:
    prepare(tmp_path, "cases.jsonl")
    (tmp_path / "talks" / "cases.jsonl").write_bytes(made["talks/cases.jsonl"])
    write(tmp_path / "c.jsonl.zst", made["c.jsonl"] + b'{"crc32":"torn')
    ended = dialogs("run", "talks", "--endpoint", "bot:answer", "--record", "c.jsonl.zst", cwd=tmp_path)

    assert ended.code == 2
    assert "c.jsonl.zst: its last record is torn; `dialogs cassette prune --damaged c.jsonl.zst`" in ended.stderr
