import os
from pathlib import Path

import pytest

from dialogs.cli.talk_file import TalkFile
from dialogs.errors import IncompleteError, WrongUseError
from dialogs.loading import load_scenarios
from dialogs.scenario import UserTurn


def talk_file(path: Path, *, system: str | None = None) -> TalkFile:
    return TalkFile(path, models=("m",), system=system)


def texts(path: Path) -> list[str]:
    (scenario,) = load_scenarios([str(path)])
    return [str(entry.content) for entry in scenario.entries if isinstance(entry, UserTurn)]


def test_the_talk_is_a_scenario_after_each_turn(tmp_path: Path) -> None:
    file = talk_file(tmp_path / "lamp.yaml", system="Be brief.")

    for users in (["no"], ["no", "12:30\n  second: line\n"]):
        assert file.save(users) is None
        assert texts(tmp_path / "lamp.yaml") == users

    (scenario,) = load_scenarios([str(tmp_path / "lamp.yaml")])
    assert (scenario.id, scenario.models, scenario.system) == ("lamp", ("m",), "Be brief.")
    assert file.finish(["no", "12:30\n  second: line\n"]) == f"saved: {tmp_path / 'lamp.yaml'}"
    assert os.listdir(tmp_path) == ["lamp.yaml"]  # noqa: PTH208 - names are what is asked for


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("there.yaml", r"is there already, and would be overwritten"),
        ("link.yaml", r"is there already, and would be overwritten"),
        ("none/talk.yaml", r"wanted a folder that can be written to"),
        ("talk.json", r"wanted a name like refund-policy\.yaml"),
        ("two words.yaml", r"wanted a name like refund-policy\.yaml"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused_at_the_start(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    (tmp_path / "link.yaml").symlink_to("nowhere")

    with pytest.raises(WrongUseError, match=message):
        talk_file(tmp_path / name)


def test_a_file_that_came_in_the_meantime_is_left_alone_and_the_talk_is_saved_elsewhere(tmp_path: Path) -> None:
    file = talk_file(tmp_path / "lamp.yaml")
    (tmp_path / "lamp.yaml").write_text("mine")

    assert file.save(["one"]) == (
        f"the talk could not be saved to {tmp_path / 'lamp.yaml'}: File exists; it will be tried again"
    )
    assert file.save(["one", "two"]) is None
    with pytest.raises(IncompleteError, match=r"File exists; the talk is in (?P<rescued>\S+)") as failed:
        file.finish(["one", "two"])

    rescued = Path(str(failed.value).rsplit(" ", 1)[-1])
    assert (tmp_path / "lamp.yaml").read_text() == "mine"
    assert texts(rescued) == ["one", "two"]
    rescued.unlink()


def test_a_failure_that_passes_costs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    file = talk_file(folder / "lamp.yaml")
    folder.rename(tmp_path / "elsewhere")

    assert "No such file or directory" in (file.save(["one"]) or "")
    folder.mkdir()

    assert file.finish(["one"]) == f"saved: {folder / 'lamp.yaml'}"
    assert texts(folder / "lamp.yaml") == ["one"]


def test_a_talk_without_an_answer_writes_nothing(tmp_path: Path) -> None:
    assert "was not written" in talk_file(tmp_path / "lamp.yaml").finish([])
    assert not list(tmp_path.iterdir())
