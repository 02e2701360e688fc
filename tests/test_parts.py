from collections.abc import Iterable
from pathlib import Path

import pytest

from dialogs.encoding import encode_line
from dialogs.errors import UnreadableTranscriptError
from dialogs.parts import merged_lines, part_of_journal, part_path
from dialogs.sharding import Part, parts

IDS = [f"talk-{number}[“a”]@m#{sample}" for number in range(40) for sample in range(2)]


def line(name: str) -> bytes:
    return f"{encode_line({'format': 1, 'id': name, 'more': 1})}\n".encode()


def files(ids: Iterable[str], count: int) -> list[list[bytes]]:
    names = list(ids)
    return [[line(name) for index, name in enumerate(names) if part.holds(index)] for part in parts(count)]


def test_the_lines_of_parts_come_in_the_order_of_the_run() -> None:
    assert list(merged_lines(IDS, files(IDS, 3))) == [line(name) for name in IDS]


def test_dialogues_that_were_not_begun_are_passed_over() -> None:
    begun = IDS[::3]

    assert list(merged_lines(IDS, files(begun, 3))) == [line(name) for name in begun]


def test_an_id_that_begins_like_another_is_not_taken_for_it() -> None:
    names = ["a@m#1", "a@m#10"]

    assert list(merged_lines(names, [[line("a@m#10")]])) == [line("a@m#10")]


def test_a_line_that_belongs_elsewhere_is_not_lost_in_silence() -> None:
    with pytest.raises(UnreadableTranscriptError, match="the line of a dialogue that does not belong there"):
        list(merged_lines(["a@m#0"], [[line("b@m#0")]]))


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_each_dialogue_goes_to_one_part_and_all_parts_have_as_many(count: int) -> None:
    dealt = [[index for index in range(24 * count) if part.holds(index)] for part in parts(count)]

    assert sorted(index for each in dealt for index in each) == list(range(24 * count))
    assert {len(each) for each in dealt} == {24}


def test_what_is_of_every_second_dialogue_is_no_matter_of_one_part() -> None:
    assert 400 < sum(Part(1, 2).holds(index) for index in range(0, 2_000, 2)) < 600


def test_a_part_is_known_by_the_name_of_its_journal() -> None:
    output = Path("outputs/a.jsonl")

    assert part_path(output, Part(2, 8)) == Path("outputs/a.jsonl.parts/2-of-8.jsonl")
    assert part_of_journal(Path("outputs/a.jsonl.parts/2-of-8.jsonl.journal")) == Part(2, 8)
    assert part_of_journal(Path("notes.txt")) is None
