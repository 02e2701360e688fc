"""Names of a source become ids."""

import pytest

from dialogs.formats.naming import Names, id_of


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("identity_0", "identity_0"),
        ("greet/bye path", "greet-bye-path"),
        ("  pay (by card)! ", "pay-by-card"),
        ("Où est-ce?", "O-est-ce"),
        ("你好", ""),
        ("../../etc", "etc"),
        ("a" * 200, "a" * 90),
    ],
)
def test_an_id_is_made_of_its_own_characters(name: str, identity: str) -> None:
    assert id_of(name) == identity


def test_a_name_that_is_taken_gets_the_next_number() -> None:
    names = Names()

    assert [names.take(name) for name in ("a", "a", "a-2", "A", "a", "b")] == ["a", "a-2", "a-2-2", "A-3", "a-4", "b"]
