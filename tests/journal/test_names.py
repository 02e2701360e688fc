from dialogs.journal.names import Names


def test_a_name_is_held_or_not() -> None:
    names = Names(f"talk-{number}@m#0" for number in range(1_000))

    assert all(f"talk-{number}@m#0" in names for number in range(1_000))
    assert not any(f"talk-{number}@m#1" in names for number in range(1_000))
    assert "talk-0@m#0" not in Names()


def test_names_are_held_in_place_of_others() -> None:
    names = Names(["a"])
    names.hold(["b"])

    assert ["a" in names, "b" in names] == [False, True]
