"""docs/reference is what the code says. DIALOGS_UPDATE_GOLDENS=1 writes it anew."""

import os
from collections.abc import Callable

import pytest

from documents import DOCS
from reference_pages import commands_page, keys_page


@pytest.mark.parametrize(("name", "page"), [("commands.md", commands_page), ("keys.md", keys_page)])
def test_the_page_is_up_to_date(name: str, page: Callable[[], str]) -> None:
    path = DOCS / "reference" / name
    if os.environ.get("DIALOGS_UPDATE_GOLDENS"):
        path.write_text(page(), encoding="utf-8")

    assert path.read_text(encoding="utf-8") == page()
