"""The lines of a batch's files."""

import io
import json

import pytest

from dialogs.endpoints.batches.lines import AnswerLine, answer_lines, custom_id, request_line


def read(*lines: bytes) -> list[AnswerLine]:
    return list(answer_lines(io.BytesIO(b"\n".join(lines))))


def test_a_request_has_a_line_of_its_own_with_its_body_as_it_is() -> None:
    line = request_line("a", "/v1/chat/completions", '{"model":"größer"}'.encode())

    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "größer"},
    }


def test_names_are_short_and_the_same_each_time() -> None:
    assert custom_id(b"key and place") == custom_id(b"key and place") != custom_id(b"another place")
    assert len(custom_id(b"key and place")) <= 64


def test_an_answer_keeps_its_body_in_the_server_s_order() -> None:
    line = (
        b'{"id":"x","custom_id":"a","response":{"status_code":200,"request_id":"r","body":{"b":1,"a":2}},"error":null}'
    )

    assert read(line) == [AnswerLine("a", 200, "r", b'{"b":1,"a":2}')]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (
            b'{"custom_id":"a","response":null,"error":{"code":"batch_expired","message":"late"}}',
            AnswerLine("a", code="batch_expired", message="late"),
        ),
        (b'{"custom_id":"a","error":{"code":7}}', AnswerLine("a")),
        (b'{"custom_id":"a","response":{"status_code":500,"body":null}}', AnswerLine("a", 500)),
        (b'{"custom_id":"a","response":{"status_code":502,"body":"<html>"}}', AnswerLine("a", 502, body=b"<html>")),
    ],
)
def test_what_is_no_completion_is_read_as_what_it_is(line: bytes, answer: AnswerLine) -> None:
    assert read(line) == [answer]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"custom_id":7,"error":{}}',
        b'{"custom_id":"a"}',
        b'{"custom_id":"a","response":{"status_code":"200","body":{}}}',
        b'{"custom_id":"a","response":{"status_code":200}}',
        b'{"custom_id":"a","response":{"status_code":200,"body":{"a"',
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_none_is_passed_over(line: bytes) -> None:
    assert [each.custom_id for each in read(line, b'{"custom_id":"b","error":{}}')] == ["b"]
