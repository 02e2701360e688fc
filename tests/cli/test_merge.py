import json
from pathlib import Path

import pytest

from command import Ended, dialogs

BOT = "def answer(messages):\n    return str(len(messages))\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ten scenarios of three samples each, played whole and in three shards."""
    folder = tmp_path_factory.mktemp("shards")
    folder.joinpath("bot.py").write_text(BOT)
    folder.joinpath("talks").mkdir()
    for number in range(10):
        folder.joinpath("talks", f"talk-{number}.yaml").write_text("turns: [Hello?]\n")
    run(folder, "whole.jsonl")
    for number in (1, 2, 3):
        run(folder, f"part{number}.jsonl", "--shard", f"{number}/3")
    return folder


def run(folder: Path, output: str, *flags: str) -> Ended:
    done = dialogs("run", "talks", "--endpoint", "bot:answer", "--samples", "3", "-o", output, *flags, cwd=folder)
    assert done.code == 0, done.stderr
    return done


def stable(path: Path) -> list[dict[str, object]]:
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: value for key, value in record.items() if key != "run"} for record in records]


def test_the_shards_together_are_the_whole_run_in_its_order(folder: Path) -> None:
    done = dialogs("merge", "part3.jsonl", "part1.jsonl", "part2.jsonl", "-o", "merged.jsonl", cwd=folder)

    assert done.code == 0, done.stderr
    assert done.stderr == "30 dialogues of 3 shards in merged.jsonl\n"
    assert stable(folder / "merged.jsonl") == stable(folder / "whole.jsonl")
    assert "position" not in folder.joinpath("merged.jsonl").read_text()


def test_stable_shards_follow_each_other_as_given(folder: Path) -> None:
    parts = []
    for number in (1, 2, 3):
        parts.append(f"stable{number}.jsonl")
        run(folder, parts[-1], "--shard", f"{number}/3", "--stable")
    done = dialogs("merge", *parts, "-o", "stable.jsonl", cwd=folder)

    assert "the parts are stable transcripts, which know no order" in done.stderr
    ids = [str(record["id"]) for record in stable(folder / "stable.jsonl")]
    assert sorted(ids) == sorted(str(record["id"]) for record in stable(folder / "whole.jsonl"))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("part1.jsonl", "part2.jsonl"), "it is no part of a run in 2; wanted every part of one run"),
        (("part1.jsonl", "part2.jsonl", "copy1.jsonl"), "copy1.jsonl and part1.jsonl hold dialogues of the same shard"),
        (("part1.jsonl", "part2.jsonl", "whole.jsonl"), "whole.jsonl holds dialogues of the shards 1/3, 2/3, 3/3"),
        (("part1.jsonl", "part1.jsonl"), "part1.jsonl is given twice"),
        (("part1.jsonl", "-"), "wanted files, not standard input"),
        (("out.jsonl", "part1.jsonl"), "out.jsonl is one of the parts"),
        (("gone.jsonl", "part1.jsonl"), "gone.jsonl: No such file or directory"),
    ],
)
def test_parts_that_do_not_make_a_whole_are_refused(folder: Path, parts: tuple[str, ...], message: str) -> None:
    folder.joinpath("copy1.jsonl").write_bytes(folder.joinpath("part1.jsonl").read_bytes())
    done = dialogs("merge", *parts, "-o", "out.jsonl", cwd=folder)

    assert (done.code, folder.joinpath("out.jsonl").exists()) == (2, False)
    assert message in done.stderr


def test_a_shard_without_a_dialogue_is_an_empty_part(tmp_path: Path) -> None:
    tmp_path.joinpath("bot.py").write_text(BOT)
    tmp_path.joinpath("talks").mkdir()
    tmp_path.joinpath("talks", "talk.yaml").write_text("turns: [Hello?]\n")
    for number in (1, 2):
        run(tmp_path, f"part{number}.jsonl", "--shard", f"{number}/2")
    sizes = sorted(tmp_path.joinpath(f"part{number}.jsonl").stat().st_size > 0 for number in (1, 2))
    done = dialogs("merge", "part1.jsonl", "part2.jsonl", "-o", "all.jsonl", cwd=tmp_path)

    assert sizes == [False, True]
    assert (done.code, done.stderr) == (0, "3 dialogues of 2 shards in all.jsonl\n")


def test_a_wrong_shard_is_refused_before_anything_is_asked(folder: Path) -> None:
    done = dialogs("run", "talks", "--endpoint", "bot:answer", "--shard", "4/3", "-o", "wrong.jsonl", cwd=folder)

    assert (done.code, done.stderr) == (
        2,
        "dialogs: --shard 4/3: wanted NUMBER/COUNT, from 1/COUNT to COUNT/COUNT, as 2/5\n",
    )
