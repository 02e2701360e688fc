import re
from typing import get_args

import pytest

from dialogs.cli.report_flags import FailOn, labels_to_fail_on
from dialogs.compare import FAILING, Label
from dialogs.errors import WrongUseError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (None, FAILING),
        ([], FAILING),
        (["none"], set()),
        (["changed, knock-on", "fix"], {Label.CHANGED, Label.KNOCK_ON, Label.FIX}),
    ],
)
def test_labels_are_given_in_a_list_or_one_by_one(words: list[str] | None, expected: set[Label]) -> None:
    assert labels_to_fail_on(words) == expected


def test_the_help_names_the_labels_that_fail_by_default() -> None:
    (option,) = get_args(FailOn)[1:]

    assert set(option.show_default.split(",")) == FAILING


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("chnaged", '--fail-on: "chnaged" is no label; did you mean "changed"?'),
        ("zzz", '--fail-on: "zzz" is no label; wanted same, masked, '),
        ("none,changed", "--fail-on: none stands alone; wanted it, or labels"),
    ],
)
def test_what_is_no_label_is_wrong_use(word: str, message: str) -> None:
    with pytest.raises(WrongUseError, match=f"^{re.escape(message)}"):
        labels_to_fail_on([word])
