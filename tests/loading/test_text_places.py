"""Places inside of texts, whatever style YAML wrote them in."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.loading.documents import MappingNode, TextNode, read_documents
from dialogs.loading.faults import Faults
from dialogs.loading.text_places import place_of

MARK = "@"
TEXTS = st.text(st.sampled_from("ab'\"\\ \n\té😀#:-{}|>\xa0"), max_size=40)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("style", [None, "'", '"', "|", ">"])
@settings(max_examples=40, deadline=None)
@given(before=TEXTS, after=TEXTS, width=st.integers(5, 100))
def test_a_character_is_found_where_the_file_has_it(
    style: str | None, before: str, after: str, width: int, *, ascii_only: bool
) -> None:
    text = f"{before}{MARK}{after}"
    source = yaml.safe_dump({"x": text}, default_style=style, width=width, allow_unicode=not ascii_only)
    (root,) = read_documents(source, Faults("talk.yaml", source))
    assert isinstance(root, MappingNode)
    node = root.entries["x"][1]
    assert isinstance(node, TextNode)

    line, column = place_of(node.text.index(MARK), node, source)

    assert source.split("\n")[line - 1][column - 1] == MARK
