"""`dialogs check`, as it is run."""

from pathlib import Path

import pytest

from command import dialogs

GOOD = "turns:\n  - Hello\n  - user: When?\n    assistant: Now.\n  - And then?\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/talk.yaml").write_text(GOOD)
    return tmp_path


def test_good_scenarios_are_counted(project: Path) -> None:
    (project / "scenarios/other.yml").write_text("turns: [Hi]\n")

    ended = dialogs("check", "scenarios", cwd=project)

    assert (ended.code, ended.stdout, ended.stderr) == (0, "2 scenarios, 2 dialogues, 3 turns: no faults\n", "")


def test_the_configuration_that_was_found_is_checked_and_named(project: Path) -> None:
    (project / "dialogs.yaml").write_text("model: gpt-4o\n")

    ended = dialogs("check", "scenarios/talk.yaml", cwd=project)

    assert (ended.code, ended.stdout) == (0, "1 scenario, 1 dialogue, 2 turns, dialogs.yaml: no faults\n")


def test_faults_are_told_in_order_on_stderr(project: Path) -> None:
    (project / "scenarios/bad.yaml").write_text("modle: x\nturns:\n  - usr: Hi\n")
    (project / "dialogs.yaml").write_text("modl: x\nmodels: {}\n")

    ended = dialogs("check", "scenarios", cwd=project)

    assert (ended.code, ended.stdout, ended.stderr) == (
        2,
        "",
        (
            'scenarios/bad.yaml:1:1: unknown key "modle" in a scenario; did you mean "model"?\n'
            'scenarios/bad.yaml:3:5: unknown key "usr" in a turn; did you mean "user"?\n'
            'dialogs.yaml:1:1: unknown key "modl" in the configuration; did you mean "model"?\n'
        ),
    )


def test_a_configuration_can_be_named(project: Path) -> None:
    (project / "team.yaml").write_text("concurrency: none\n")

    ended = dialogs("check", "scenarios", "--config", "team.yaml", cwd=project)

    assert (ended.code, ended.stderr) == (2, 'team.yaml:1:14: concurrency is "none"; wanted a positive integer\n')


def test_a_large_file_needs_a_flag(project: Path) -> None:
    (project / "scenarios/talk.yaml").write_text(f"{GOOD}#{'x' * (4 << 20)}\n")

    refused = dialogs("check", "scenarios", cwd=project)
    taken = dialogs("check", "scenarios", "--max-file-size", "5", cwd=project)

    assert (refused.code, taken.code) == (2, 0)
    assert refused.stderr == (
        "scenarios/talk.yaml: larger than 4 MB; wanted a smaller file, or a larger --max-file-size\n"
    )


def test_a_folder_without_scenarios_selects_nothing(project: Path) -> None:
    (project / "empty").mkdir()

    ended = dialogs("check", "empty", cwd=project)

    assert (ended.code, ended.stderr) == (4, "dialogs: no scenario in empty; wanted files *.yaml or *.yml\n")


def test_no_argument_is_wrong_use(project: Path) -> None:
    assert dialogs("check", cwd=project).code == 2


@pytest.fixture
def templated(project: Path) -> Path:
    text = "model: [a, b]\nvars: {shop: Acme}\nmatrix: {lang: [en, de]}\nturns: ['{{ shop }} {{ lang }}']\n"
    (project / "scenarios/talk.yaml").write_text(text)
    return project


def test_dialogues_are_those_of_every_case_and_model(templated: Path) -> None:
    assert dialogs("check", "scenarios", cwd=templated).stdout == "1 scenario, 4 dialogues, 4 turns: no faults\n"


def test_a_variable_of_the_command_line_goes_over_a_matrix(templated: Path) -> None:
    ended = dialogs("check", "scenarios", "--var", "lang=fr", "--var", "shop=a=b", cwd=templated)

    assert ended.stdout == "1 scenario, 2 dialogues, 2 turns: no faults\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["shpo=x"], "--var shpo: no scenario declares it under vars, cases or matrix; did you mean shop?"),
        (["x=y"], "--var x: no scenario declares it under vars, cases or matrix; wanted one of lang, shop"),
        (["shop"], '--var "shop"; wanted NAME=VALUE'),
        (["=x"], '--var "=x"; wanted NAME=VALUE'),
        (["shop=x", "shop=y"], "--var shop is given twice; wanted it once"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_variable_that_cannot_be_given_is_wrong_use(
    templated: Path, command: str, given: list[str], expected: str
) -> None:
    flags = [word for assignment in given for word in ("--var", assignment)]

    ended = dialogs(command, "scenarios", *flags, cwd=templated)

    assert (ended.code, ended.stderr) == (2, f"dialogs: {expected}\n")


def test_a_variable_of_the_environment_must_be_set(templated: Path) -> None:
    (templated / "scenarios/talk.yaml").write_text("vars: {token: {env: SHOP_TOKEN}}\nturns: ['{{ token }}']\n")

    missing = dialogs("check", "scenarios", cwd=templated)
    present = dialogs("check", "scenarios", cwd=templated, variables={"SHOP_TOKEN": "s3cret"})

    assert (missing.code, present.code) == (2, 0)
    assert missing.stderr == (
        'scenarios/talk.yaml:1:21: environment variable "SHOP_TOKEN" is not set; '
        "wanted it set, or another value by --var\n"
    )
