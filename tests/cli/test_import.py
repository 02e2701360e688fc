"""`dialogs import` on small files of each format, and on files that are none."""

import json
from pathlib import Path

import pytest

from command import Ended, dialogs
from dialogs.cli.formats import SourceFormat
from dialogs.encoding import JsonValue
from dialogs.formats.catalogue import FORMATS

TALK: dict[str, JsonValue] = {
    "id": "greeting",
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Bye"},
        {"role": "assistant", "content": "Bye!"},
    ],
}
HI: JsonValue = {"from": "human", "value": "Hi"}
LAMP: JsonValue = {"eval_id": "lamp", "conversation": [{"user_content": {"parts": [{"text": "On"}]}}]}
FILES = {
    "openai.jsonl": json.dumps(TALK),
    "questions.jsonl": '{"question_id": 1, "category": "math", "turns": ["2 + 2?", "Double it."]}',
    "answers.jsonl": '{"question_id": 1, "model_id": "m", "choices": [{"index": 0, "turns": ["4", "8"]}]}',
    "sharegpt.json": json.dumps([{"id": "s", "conversations": [HI, {"from": "gpt", "value": "Ho"}]}]),
    "promptfooconfig.yaml": "prompts: [file://chat.json]\nproviders: [openai:gpt-4o]\ntests: [{vars: {q: Hi}}]\n",
    "chat.json": '[{"role": "user", "content": "{{ q }}"}]',
    "suite.yaml": "tests:\n  - id: sum\n    input: 2 + 2?\n    assert: [{type: contains, value: '4'}]\n",
    "stories.yml": "stories:\n- story: bye\n  steps:\n  - user: bye\n",
    "lamp.test.json": json.dumps({"eval_cases": [LAMP]}),
    "hello.convo.txt": "hello\n\n#me\nUTT_HI\n\n#bot\nHello\n",
    "hi.utterances.txt": "UTT_HI\nhi\n",
}


def imported(tmp_path: Path, *arguments: str, **files: str | bytes) -> Ended:
    for name, content in files.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return dialogs("import", "in", "-o", "out", *arguments, cwd=tmp_path)


def test_each_format_is_guessed_and_what_is_made_of_it_can_be_played(tmp_path: Path) -> None:
    ended = imported(tmp_path, "--baseline", "base.jsonl", **FILES)

    assert ended.code == 0
    assert "11 files: 11 whole\n" in ended.stderr
    assert {f" {name.value} (guessed)" in ended.stderr for name in SourceFormat} == {True}
    assert dialogs("check", "out", cwd=tmp_path).stdout == "8 scenarios, 8 dialogues, 10 turns: no faults\n"
    assert dialogs("verify", "base.jsonl", cwd=tmp_path).stdout.endswith("3 dialogues, 5 histories: all as sent\n")


def test_the_files_that_were_written_are_named_for_a_program(tmp_path: Path) -> None:
    ended = imported(tmp_path, "--baseline", "base.jsonl", **{"a.jsonl": json.dumps(TALK)})

    assert ended.stdout == "out/a.yaml\nbase.jsonl\n"
    assert (tmp_path / "out/a.yaml").read_text() == "id: greeting\nturns:\n  - Hi\n  - Bye\n"


def test_replies_that_go_nowhere_are_counted(tmp_path: Path) -> None:
    ended = imported(tmp_path, **{"a.jsonl": json.dumps(TALK)})

    assert "2 replies in the files; --baseline FILE keeps them\n" in ended.stderr


def test_replies_stay_in_the_script_where_told_to(tmp_path: Path) -> None:
    imported(tmp_path, "--scripted", **{"a.jsonl": json.dumps(TALK)})

    assert "  - user: Hi\n    assistant: Hello!\n  - Bye\n" in (tmp_path / "out/a.yaml").read_text()


def test_the_model_of_replies_can_be_named(tmp_path: Path) -> None:
    imported(tmp_path, "--baseline", "base.jsonl", "-m", "gpt-4o", **{"a.jsonl": json.dumps(TALK)})

    assert json.loads((tmp_path / "base.jsonl").read_text())["id"] == "greeting@gpt-4o#0"


def test_nothing_is_replaced_unless_by_force(tmp_path: Path) -> None:
    imported(tmp_path, **{"a.jsonl": json.dumps(TALK)})
    (tmp_path / "out/a.yaml").write_text("mine")
    again = imported(tmp_path)

    assert (again.code, again.stderr) == (2, "dialogs: out/a.yaml is there already; --force replaces it\n")
    assert (tmp_path / "out/a.yaml").read_text() == "mine"
    assert imported(tmp_path, "--force").code == 0
    assert (tmp_path / "out/a.yaml").read_text() != "mine"


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    imported(tmp_path, **{"a.jsonl": f"{json.dumps(TALK)}\n\n{json.dumps(TALK)}\n", "b.json": json.dumps(TALK)})

    ended = dialogs("check", "out", cwd=tmp_path)
    assert ended.stdout == "3 scenarios, 3 dialogues, 6 turns: no faults\n"
    assert "id: greeting-2\n" in (tmp_path / "out/a.yaml").read_text()


def test_a_conversation_without_name_is_numbered_in_its_file(tmp_path: Path) -> None:
    imported(tmp_path, **{"a.jsonl": json.dumps({"messages": TALK["messages"]})})

    assert (tmp_path / "out/a.yaml").read_text().startswith("id: a-1\n")


def test_what_is_made_of_a_long_file_is_parted_so_that_it_can_be_loaded(tmp_path: Path) -> None:
    record = json.dumps({"messages": [{"role": "user", "content": "x" * 300_000}]})
    ended = imported(tmp_path, **{"a.jsonl": "\n".join([record] * 7)})

    assert ended.stdout == "out/a.yaml\nout/a.part2.yaml\nout/a.part3.yaml\n"
    assert dialogs("check", "out", cwd=tmp_path).stdout == "7 scenarios, 7 dialogues, 7 turns: no faults\n"


def test_a_broken_line_is_named_and_the_others_come_over(tmp_path: Path) -> None:
    ended = imported(tmp_path, **{"a.jsonl": f'{json.dumps(TALK)}\n{{"messages": \n{{"messages": []}}'})

    assert ended.code == 0
    assert "in/a.jsonl:2:1: no JSON: " in ended.stderr
    assert "in/a.jsonl:3:1: no message of a user; wanted at least one\n" in ended.stderr
    assert ended.stderr.endswith("1 file: 1 in part\n2 replies in the files; --baseline FILE keeps them\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "", "in/a.json:1:1: an empty file; wanted conversations"),
        ("a.jsonl", "\n\n", "in/a.jsonl:1:1: an empty file; wanted conversations"),
        ("a.json", "[]", "in/a.json:1:1: an empty list; wanted conversations"),
        ("a.json", "[" * 100_000, "in/a.json:1:1: JSON too deeply nested; wanted fewer levels"),
        ("a.jsonl", "[" * 100_000, "in/a.jsonl:1:1: no JSON: "),
        ("a.json", '{"a": 1}', "in/a.json:1:1: in none of the formats that are read: openai, mt-bench"),
        ("a.txt", "Dear diary", "in/a.txt:1:1: in none of the formats that are read"),
        ("a.yaml", "stories: &a [*a]\n", "in/a.yaml:1:14: an alias of no anchor before it"),
        ("a.yaml", "stories: [1\n", "in/a.yaml:1:10: a [ that is never closed; wanted its ]"),
        ("a.yaml", "a: \0", "in/a.yaml:1:4: a NUL character: no text file"),
        ("a.json", b'\xff\xfe{\x00"\x00', "in/a.json:1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
        ("a.jsonl", b'\xff\xfe{\x00"\x00', "in/a.jsonl:1:1: UTF-16 or UTF-32 text; wanted UTF-8"),
        ("a.json", b'{"a": "\xe9"}', "in/a.json:1:8: byte 0xe9 is not UTF-8; wanted UTF-8 text"),
        ("a.jsonl", b'{"a": "\xe9"}', "in/a.jsonl:1:8: byte 0xe9 is not UTF-8; wanted UTF-8 text"),
        ("a.json", '{"messages": {"role": "user"}}', "in/a.json:1:1: in none of the formats that are read"),
        ("a.json", '{"stories": [[]]}', "in/a.json:1:14: a story is []; wanted a mapping"),
        ("a.json", '{"convos": [{"steps": [{"me": [{"a": {"b": 1}}]}]}]}', "no message of a user; wanted at least one"),
        ("a.json", '{"messages": [], "id": {"a": 1}}', "no message of a user; wanted at least one"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    ended = imported(tmp_path, **{name: content})

    assert said in ended.stderr
    assert "1 file: 1 not at all\ndialogs: nothing could be imported; the lines above say why\n" in ended.stderr
    assert (ended.code, ended.stdout) == (2, "")
    assert not list((tmp_path / "out").glob("*"))


def test_a_byte_order_mark_and_lone_surrogates_do_no_harm(tmp_path: Path) -> None:
    record = '{"messages": [{"role": "user", "content": "a\\ud800b"}, {"role": "assistant", "content": "\\udfff"}]}'
    ended = imported(tmp_path, "--baseline", "base.jsonl", **{"a.jsonl": b"\xef\xbb\xbf" + record.encode()})

    assert ended.code == 0
    assert "a\ufffdb" in (tmp_path / "out/a.yaml").read_text()
    assert dialogs("verify", "base.jsonl", cwd=tmp_path).code == 0


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    long = json.dumps({"messages": [{"role": "user", "content": "x" * 1_100_000}]})
    ended = imported(tmp_path, "--max-file-size", "1", **{"a.jsonl": f"{long}\n{json.dumps(TALK)}\n"})

    assert "in/a.jsonl:1:1: a line of more than 1,048,576 bytes; wanted shorter ones" in ended.stderr
    assert ended.code == 0


def test_another_format_than_the_file_s_gives_faults_and_no_traceback(tmp_path: Path) -> None:
    for format_ in SourceFormat:
        ended = imported(tmp_path, "--force", "--from", format_.value, **{"x.json": '[{"a": [1]}, 5, null]'})

        assert (ended.code, "nothing could be imported" in ended.stderr) == (2, True)


def test_a_missing_file_is_wrong_use(tmp_path: Path) -> None:
    ended = dialogs("import", "none.json", "-o", "out", cwd=tmp_path)

    assert ended.code == 2
    assert ended.stderr.endswith(
        "none.json: No such file or directory; wanted a conversation file, a folder or a glob\n"
    )


def test_a_folder_without_files_of_conversations_says_what_their_names_end_in(tmp_path: Path) -> None:
    ended = imported(tmp_path, **{"a.docx": "x"})

    assert ended.code == 2
    assert ended.stderr.startswith("in: no file in this folder to read; wanted one that ends in .jsonl, .ndjson,")


def test_a_baseline_that_is_a_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    ended = imported(tmp_path, "--baseline", "in", "--force", **{"a.jsonl": json.dumps(TALK)})

    assert (ended.code, ended.stderr) == (2, "dialogs: in is a folder; wanted the name of a file\n")
    assert not (tmp_path / "out").exists()


def test_utterances_that_no_convo_uses_are_not_said_to_be_used(tmp_path: Path) -> None:
    convos = "convos:\n- name: a\n  steps:\n  - me: [Hi]\n  - bot: [UTT_YES]\nutterances:\n  UTT_YES: [yes]\n"
    ended = imported(tmp_path, **{"a.yaml": convos, "b.utterances.txt": "UTT_NO\nno\n"})

    assert ended.stderr.endswith("2 files: 1 whole, 1 not at all\n")


def test_an_empty_file_is_said_to_be_empty_whatever_its_format(tmp_path: Path) -> None:
    assert (
        "in/a.jsonl:1:1: an empty file; wanted conversations\n"
        in imported(tmp_path, "--from", "openai", **{"a.jsonl": ""}).stderr
    )


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    ended = imported(tmp_path, "--force", **{"a.jsonl": json.dumps(TALK)})

    assert (ended.code, ended.stderr) == (2, "dialogs: out is a file; wanted a folder\n")
    assert (tmp_path / "out").read_text() == "mine"


def test_the_flag_names_all_formats() -> None:
    assert [format_.value for format_ in SourceFormat if format_.value not in {one.name for one in FORMATS}] == []
    assert len(SourceFormat) == len(FORMATS)


def test_a_model_that_answers_twice_has_one_baseline(tmp_path: Path) -> None:
    files = {name: content for name, content in FILES.items() if name.endswith("s.jsonl")}
    ended = imported(tmp_path, "--baseline", "base.jsonl", **files, **{"again.jsonl": FILES["answers.jsonl"]})

    assert "left out: second set of a model's replies to one script\n" in ended.stderr
    assert len((tmp_path / "base.jsonl").read_text().splitlines()) == 1
