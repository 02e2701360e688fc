import pytest

from dialogs.endpoints.events import Event, EventReader


def read(*pieces: bytes) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)] + list(reader.end())


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\ndata: b\n\n", [Event(b"a"), Event(b"b")]),
        (b"data:a\n\ndata:  b\n\n", [Event(b"a"), Event(b" b")]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [Event(b"a"), Event(b"b")]),
        (b"data: a\r\rdata: b\r\r", [Event(b"a"), Event(b"b")]),
        (b"data: a\ndata: b\n\n", [Event(b"a\nb")]),
        (b": ping\n\n: OPENROUTER PROCESSING\n\ndata: a\n\n", [Event(b"a")]),
        (b"event: error\nid: 7\nretry: 10\ndata: a\n\ndata: b\n\n", [Event(b"a", "error"), Event(b"b")]),
        (b'error: {"code": 500}\n\n', [Event(b'{"code": 500}', "error")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event(b"a")]),
        (b"data: a\n", [Event(b"a")]),
        (b"data: a", [Event(b"a")]),
        (b"event: nothing\n\ndata\n\ndata: a\n\n", [Event(b"a")]),
        (b"", []),
        ("data: Größe 🦊\u2028\x85\n\n".encode(), [Event("Größe 🦊\u2028\x85".encode())]),
    ],
)
def test_events_are_the_same_however_they_are_cut(stream: bytes, expected: list[Event]) -> None:
    assert read(stream) == expected
    assert read(*(bytes([byte]) for byte in stream)) == expected
    assert read(*(stream[start : start + 3] for start in range(0, len(stream), 3))) == expected


def test_an_event_is_there_as_soon_as_its_blank_line_is() -> None:
    reader = EventReader()

    assert list(reader.feed(b"data: a\n")) == []
    assert list(reader.feed(b"\nda")) == [Event(b"a")]
