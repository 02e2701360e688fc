import pytest

from dialogs.errors import WrongUseError
from dialogs.sharding import Shard, parse_shard, shard_number


def test_each_dialogue_belongs_to_exactly_one_shard() -> None:
    shards = [Shard(number, 5) for number in range(1, 6)]

    assert all(sum(shard.holds(f"talk-{n}@gpt-x#0") for shard in shards) == 1 for n in range(200))


def test_the_shards_are_of_about_the_same_size() -> None:
    sizes = [sum(Shard(number, 4).holds(f"talk-{n}@gpt-x#0") for n in range(4_000)) for number in range(1, 5)]

    assert all(900 < size < 1_100 for size in sizes)


def test_all_samples_of_a_dialogue_are_in_the_same_shard() -> None:
    assert len({shard_number(f"talk[a#b]@gpt-x#{sample}", 7) for sample in range(20)}) == 1


def test_a_dialogue_stays_in_its_shard_for_ever() -> None:
    assert [shard_number(f"talk-{n}@gpt-x#0", 5) for n in range(8)] == [1, 4, 2, 2, 2, 5, 4, 3]


def test_a_shard_is_read_as_the_flag_has_it() -> None:
    assert parse_shard("2/5") == Shard(2, 5)
    assert str(parse_shard(" 2/5 ")) == "2/5"


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "2/0", "/5", "a/b", "-1/5", "1/5/2", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(WrongUseError, match="wanted NUMBER/COUNT"):
        parse_shard(text)
