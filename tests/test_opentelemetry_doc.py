"""docs/opentelemetry.md names the attributes that spans have, and no others."""

import re
from pathlib import Path

import dialogs.tracing

TEXT = (Path(__file__).parent.parent / "docs" / "opentelemetry.md").read_text(encoding="utf-8")
CODE = Path(dialogs.tracing.__file__).read_text(encoding="utf-8")
ATTRIBUTE = r"(?:gen_ai|dialogs|server|error)\.[a-z_.]+[a-z]"


def test_every_attribute_that_it_names_is_one_of_a_span() -> None:
    assert set(re.findall(f"`({ATTRIBUTE})`", TEXT)) - {"dialogs.play"} <= set(re.findall(f'"({ATTRIBUTE})"', CODE))


def test_every_attribute_of_a_span_is_named_but_for_most_parameters() -> None:
    found = {name for name in re.findall(f'"({ATTRIBUTE})"', CODE) if not name.startswith("gen_ai.request.")}

    assert found <= set(re.findall(f"`({ATTRIBUTE})`", TEXT))
