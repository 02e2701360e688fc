"""`dialogs export` to a file and to standard output."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from builders import transcript
from command import Ended, dialogs
from dialogs.cli.formats import TargetFormat
from dialogs.transcript import Outcome
from dialogs.transcript_files import write_transcripts


def exported(tmp_path: Path, *arguments: str) -> Ended:
    write_transcripts(tmp_path / "a.jsonl", [transcript("talk", "Hi", "=1", "Bye", "Bye!")])
    return dialogs("export", "a.jsonl", *arguments, cwd=tmp_path)


@pytest.mark.parametrize("target", [each.value for each in TargetFormat])
def test_every_format_is_the_same_in_a_file_and_on_standard_output(target: str, tmp_path: Path) -> None:
    ended = exported(tmp_path, "--to", target)
    assert (ended.code, bool(ended.stdout)) == (0, True)
    assert exported(tmp_path, "--to", target, "-o", "new/out").stderr.endswith("1 dialogue exported: new/out\n")

    if target != "inspect":  # which says when it was written
        with (tmp_path / "new/out").open(encoding="utf-8") as file:
            assert file.read() == ended.stdout


def test_what_is_left_out_is_not_counted_as_exported(tmp_path: Path) -> None:
    unmet = replace(transcript("sad", "Hi", "No"), outcome=Outcome.UNMET)
    write_transcripts(tmp_path / "a.jsonl", [transcript("talk", "Hi", "Yes"), unmet])
    ended = dialogs("export", "a.jsonl", "--to", "openai", "-o", "out", cwd=tmp_path)

    assert ended.stderr == "unmet, so left out; --all takes them too: 1\n1 of 2 dialogues exported: out\n"


def test_cells_that_were_made_harmless_are_counted(tmp_path: Path) -> None:
    ended = exported(tmp_path, "--to", "csv")

    assert "cells that begin as a formula, which got an apostrophe: 1\n" in ended.stderr
    assert "talk,,scripted,0,completed,1,Hi,,'=1,stop" in ended.stdout


def test_nothing_is_replaced_unless_by_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    ended = exported(tmp_path, "--to", "openai", "-o", "out")

    assert (ended.code, ended.stderr) == (2, "dialogs: out is there already; --force replaces it\n")
    assert exported(tmp_path, "--to", "openai", "-o", "out", "--force").code == 0
    assert json.loads((tmp_path / "out").read_text())["messages"][0] == {"role": "user", "content": "Hi"}


def test_a_broken_transcript_leaves_no_file_behind(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text("{}\n")
    ended = dialogs("export", "b.jsonl", "--to", "csv", "-o", "out", cwd=tmp_path)

    assert ended.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["b.jsonl"]


@pytest.mark.parametrize("target", ["sharegpt", "csv"])
def test_an_empty_file_has_nothing_to_export(target: str, tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text("")
    ended = dialogs("export", "b.jsonl", "--to", target, cwd=tmp_path)

    assert (ended.code, ended.stdout) == (4, "")


def test_a_folder_is_no_place_for_an_export(tmp_path: Path) -> None:
    ended = exported(tmp_path, "--to", "csv", "-o", ".", "--force")

    assert (ended.code, ended.stderr) == (2, "dialogs: . is a folder; wanted the name of a file\n")


def test_all_is_refused_where_all_are_taken_anyway(tmp_path: Path) -> None:
    ended = exported(tmp_path, "--to", "csv", "--all")

    assert (ended.code, ended.stderr) == (2, "dialogs: --all: csv takes all dialogues anyway; wanted it left out\n")


def test_what_was_exported_can_be_imported_again(tmp_path: Path) -> None:
    for target, name in (("openai", "a.json"), ("sharegpt", "b.json")):
        exported(tmp_path, "--to", target, "-o", f"in/{name}")
    ended = dialogs("import", "in", "-o", "out", "--baseline", "base.jsonl", cwd=tmp_path)

    assert "2 files: 2 whole\n" in ended.stderr
    assert dialogs("verify", "base.jsonl", cwd=tmp_path).code == 0
