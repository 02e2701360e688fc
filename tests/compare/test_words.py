import pytest

from dialogs.compare.words import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't stop, it's 3.5!", ["Don't", "stop", ",", "it's", "3.5", "!"]),
        ("  two\n words ", ["two", "words"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("나는 학교에 갔다.", ["나는", "학교에", "갔다", "."]),
        ("ฉันรักประเทศไทย", ["ฉัน", "รัก", "ประเทศไทย"]),
        ("我喜欢吃苹果。", ["我", "喜欢", "吃", "苹果", "。"]),
        ("私は学生です", ["私", "は", "学生", "です"]),
        ("\ud800 ไทย", ["\N{REPLACEMENT CHARACTER}", "ไทย"]),
        ("", []),
    ],
)
def test_words_are_found_in_every_script(text: str, found: list[str]) -> None:
    assert words(text) == found
