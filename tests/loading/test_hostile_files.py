"""Files made to break the reader, and files broken in the many ways that files are: each is told with its place.

Most stand in hostile_files.txt; here are those that no text file can hold.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from command import dialogs
from dialogs.errors import InvalidFilesError
from dialogs.loading import load_scenarios

TABLE = (Path(__file__).parent / "hostile_files.txt").read_text(encoding="utf-8")
SECTION = re.compile(r"=== (?P<name>.+)\n(?P<files>(?:.*\n)+?)-->\n(?P<faults>(?:.+\n)+)")
FILE = re.compile(r"--- (\S+)\n((?:(?!--- ).*\n)*)")

PNG = b"\x89PNG\r\n\x1a\n"
CSV = b"cases: {file: cases.csv}\nturns: [hi]\n"
JSONL = b"cases: {file: cases.jsonl}\nturns: [hi]\n"
IMAGE = b"turns:\n  - user: [{image: a.png}]\n"
BOMB_OF_LISTS = b"[" * 60 + b"]" * 60
CELLS_WANTED = "wanted cells with commas between, or quotes around them"
LEADS_OUT = "a symbolic link that leads out of its folder; wanted a file inside"
PICTURES_WANTED = "wanted a file .png, .jpg, .jpeg, .gif or .webp"

SECTIONS = [pytest.param(found["files"], found["faults"], id=found["name"]) for found in SECTION.finditer(TABLE)]
BYTES = [
    ("talk.yaml", b"turns: [h\0i]\n", "1:10: a NUL character: no text file; wanted YAML text"),
    ("talk.yaml", "turns: [hi]".encode("utf-16"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
    ("talk.yaml", "turns: [hi]".encode("utf-16-be"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
    ("talk.yaml", "turns: [hi]".encode("utf-32"), "1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
    ("talk.yaml", b"turns:\r\n  - caf\xe9\r\n", "2:8: byte 0xe9 is not UTF-8; wanted UTF-8 text"),
    ("talk.yaml", b"turns:\n- \x1b[m\n", '2:3: U+001B stands here as it is; wanted "\\x1b" inside double quotes'),
    ("talk.yaml", "- \u2028".encode(), '1:3: U+2028 stands here as it is; wanted "\\u2028" inside double quotes'),
    ("talk.yaml", b"turns:\r\n  - usr: hi\r\n", '2:5: unknown key "usr" in a turn; did you mean "user"?'),
    ("talk.yaml", b"\xef\xbb\xbfturn: [hi]", '1:1: unknown key "turn" in a scenario; did you mean "turns"?'),
    ("talk.yaml", b"\xef\xbb\xbf\xef\xbb\xbf", "1:1: an empty file; wanted a scenario: a mapping with turns"),
    ("talk.yaml", bytes(range(256)), "3:115: byte 0x80 is not UTF-8; wanted UTF-8 text"),
    ("talk.yaml", PNG, "1:1: byte 0x89 is not UTF-8; wanted UTF-8 text"),
    ("talk.yaml", b"turns: " + BOMB_OF_LISTS, "1:57: nested more than 50 deep; wanted at most 50 levels"),
    ("talk.yaml", b"vars: {x: " + BOMB_OF_LISTS, "1:59: nested more than 50 deep; wanted at most 50 levels"),
    ("talk.yaml", b"[" * 100_000, "1:51: nested more than 50 deep; wanted at most 50 levels"),
    (
        "talk.yaml",
        b"params: {seed: " + b"9" * 5000 + b"}\nturns: [hi]\n",
        f'1:16: "{"9" * 39}…" is not a number that JSON can hold; wanted a finite one',
    ),
]
BESIDE = [
    (CSV, "cases.csv", b"shop\n" + b"x" * 200_000,
     f"cases.csv:2:1: no CSV: field larger than field limit (131072); {CELLS_WANTED}"),
    (CSV, "cases.csv", b"shop\n" + b"x\n" * 100_001,
     'talk.yaml:1:15: file "cases.csv": more than 100,000 cases; wanted at most that many'),
    (CSV, "cases.csv", b"x," * 999 + b"x\n", "cases.csv:1:1: 1,000 columns; wanted at most 100"),
    (CSV, "cases.csv", b"shop\na\0b\n", 'talk.yaml:1:15: file "cases.csv": holds NUL characters; wanted a text file'),
    (CSV, "cases.csv", "shop\na\n".encode("utf-16"),
     'talk.yaml:1:15: file "cases.csv" at 1:1: UTF-16 or UTF-32 text; wanted UTF-8'),
    (CSV, "cases.csv", b"shop\n\xff\n",
     'talk.yaml:1:15: file "cases.csv" at 2:1: byte 0xff is not UTF-8; wanted UTF-8 text'),
    (JSONL, "cases.jsonl", b'{"shop": ' + b"[" * 100_000,
     "cases.jsonl:1:1: no JSON: JSON nested too deeply; wanted one JSON object a line"),
    (IMAGE, "a.png", b"", f'talk.yaml:2:20: file "a.png": an empty file; {PICTURES_WANTED}'),
    (IMAGE, "a.png", b"GIF89a",
     f'talk.yaml:2:20: file "a.png": no PNG inside, whatever its name says; {PICTURES_WANTED}'),
    (IMAGE, "a.png", PNG + bytes(20 << 20), 'talk.yaml:2:20: file "a.png": larger than 20 MB; wanted a smaller file'),
]  # fmt: skip


def faults(path: str = "talk.yaml") -> str:
    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios([path], environ={"HOME": "/"})
    assert caught.value.exit_code == 2
    return str(caught.value)


def link_to(target: str) -> Callable[[str], None]:
    return lambda name: Path(name).symlink_to(target)


def test_the_table_is_read_whole() -> None:
    assert len(SECTIONS) == TABLE.count("\n=== ") > 100


@pytest.mark.parametrize(("files", "expected"), SECTIONS)
def test_a_hostile_file_is_told_with_its_place(files: str, expected: str) -> None:
    for name, text in FILE.findall(files):
        Path(name).write_text(text, encoding="utf-8")

    assert faults() == expected.removesuffix("\n")


@pytest.mark.parametrize(("name", "data", "expected"), BYTES)
def test_a_file_of_odd_bytes_is_told_with_its_place(name: str, data: bytes, expected: str) -> None:
    Path(name).write_bytes(data)

    assert faults() == f"{name}:{expected}"


@pytest.mark.parametrize(("scenario", "name", "data", "expected"), BESIDE)
def test_a_file_that_a_scenario_names_may_be_hostile_too(
    scenario: bytes, name: str, data: bytes, expected: str
) -> None:
    Path("talk.yaml").write_bytes(scenario)
    Path(name).write_bytes(data)

    assert faults() == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (os.mkfifo, "a FIFO; wanted a regular file"),
        (os.mkdir, "a folder; wanted a regular file"),
        (link_to("/etc/passwd"), LEADS_OUT),
        (link_to("/dev/zero"), LEADS_OUT),
        (link_to("gone"), "cannot be read: No such file or directory; wanted a file in the scenario's folder"),
    ],
)
@pytest.mark.parametrize(
    ("scenario", "name", "place"),
    [
        (IMAGE, "a.png", "2:20"),
        (CSV, "cases.csv", "1:15"),
        (b"tools: {file: tools.json}\nturns: [hi]\n", "tools.json", "1:15"),
        (b"params: {response_format: {json_schema: {file: a.json}}}\nturns: [hi]\n", "a.json", "1:48"),
    ],
)
def test_what_is_no_file_of_the_folder_is_refused_without_waiting(
    scenario: bytes, name: str, place: str, make: Callable[[str], None], expected: str
) -> None:
    Path("talk.yaml").write_bytes(scenario)
    make(name)

    assert faults() == f'talk.yaml:{place}: file "{name}": {expected}'


def test_only_so_many_faults_are_told() -> None:
    Path("talk.yaml").write_text("turns:\n" + "  - usr: a\n" * 3000)

    told = faults().splitlines()

    assert len(told) == 1001
    assert told[-1] == "talk.yaml: 2000 more faults; mend those above first"


@pytest.mark.parametrize(
    "name", ["template-class", "billion-laughs-in-vars", "matrix-explosion", "csv-open-quote", "parts-out", "tab"]
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_the_command_tells_the_same_and_ends_with_2(folder: Path, command: str, name: str) -> None:
    (section,) = (found for found in SECTION.finditer(TABLE) if found["name"] == name)
    for file, text in FILE.findall(section["files"]):
        (folder / file).write_text(text, encoding="utf-8")

    ended = dialogs(command, "talk.yaml", cwd=folder)

    assert (ended.code, ended.stdout, ended.stderr) == (2, "", section["faults"])
