"""docs/comparing.md names only flags, labels and fields that there are."""

import json
import re
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
HELP = "\n".join(
    (ROOT / "tests" / "golden" / "help" / f"{command}.txt").read_text(encoding="utf-8")
    for command in ("run", "diff", "accept", "show")
)


def test_every_flag_is_one_of_a_command() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))

    assert named - set(re.findall(r"--[a-z][a-z-]+", HELP)) == set()


def test_every_form_of_a_report_is_in_the_table() -> None:
    forms = re.search(r"--format <([a-z|]+)>", HELP)

    assert forms is not None
    assert set(re.findall(r"^\| `([a-z]+)` \|", TEXT, re.MULTILINE)) >= set(forms[1].split("|"))


def test_every_field_of_the_json_is_named() -> None:
    schema = resources.files("dialogs.reports").joinpath("comparison.schema.json").read_text(encoding="utf-8")
    record = json.loads(schema)
    fields = {*record["properties"], *record["$defs"]["dialogue"]["properties"], *record["$defs"]["turn"]["properties"]}

    assert fields - set(re.findall(r"`([a-z_]+)`", TEXT)) == set()
