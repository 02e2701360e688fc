import pytest

from dialogs.endpoints.keys import Key, read_key
from dialogs.errors import WrongUseError


@pytest.mark.parametrize("value", ["sk-abc", "  sk-abc\n", "\tsk-abc\r\n"])
def test_reads_a_key_without_the_white_space_around_it(value: str) -> None:
    assert read_key({"A_KEY": value}, "A_KEY") == Key("A_KEY", "sk-abc")


@pytest.mark.parametrize("environ", [{}, {"A_KEY": ""}, {"A_KEY": " \n"}])
def test_an_empty_variable_is_an_unset_one(environ: dict[str, str]) -> None:
    assert read_key(environ, "A_KEY") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("sk-canary\nabc", "character 10 of 13 is U+000A"),
        ("sk-canary\x00", "character 10 of 10 is U+0000"),
        ("sk-canaryé", "character 10 of 10 is U+00E9"),
        ("“sk-canary”", "character 1 of 11 is U+201C"),
        ("sk-canary\ud83d", "character 10 of 10 is U+D83D"),
    ],
)
def test_refuses_what_no_header_can_carry_without_showing_it(value: str, found: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        read_key({"A_KEY": value}, "A_KEY")

    assert str(caught.value).startswith(f"A_KEY: {found}, which no header can carry")
    assert "canary" not in str(caught.value)


def test_the_key_is_not_in_its_representation() -> None:
    assert repr(Key("A_KEY", "sk-canary")) == "Key(variable='A_KEY')"
