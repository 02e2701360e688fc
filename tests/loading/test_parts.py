"""Content parts under `user`."""

from pathlib import Path

import pytest

from dialogs.scenario import Media, MediaPart, ScriptedExchange, TextPart, UserTurn
from scenario_files import faults_of, load

PNG = b"\x89PNG\r\n\x1a\n..."


def test_parts_are_read_in_order_with_the_bytes_of_their_files() -> None:
    Path("pictures").mkdir()
    Path("pictures/lamp.png").write_bytes(PNG)

    (scenario,) = load(
        "turns:\n  - user:\n      - text: What is wrong?\n      - image: pictures/lamp.png\n        detail: low\n"
        "      - image: https://example.com/lamp.png?size=1\n"
    )

    (turn,) = scenario.entries
    assert isinstance(turn, UserTurn)
    assert turn.content == (
        TextPart("What is wrong?"),
        MediaPart("image", media=Media("pictures/lamp.png", "image/png", PNG), detail="low"),
        MediaPart("image", url="https://example.com/lamp.png?size=1"),
    )


@pytest.mark.parametrize(
    ("kind", "name", "data", "media_type"),
    [
        ("image", "a.png", PNG, "image/png"),
        ("image", "a.JPG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("image", "a.jpeg", b"\xff\xd8\xff\xe1", "image/jpeg"),
        ("image", "a.gif", b"GIF89a", "image/gif"),
        ("image", "a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ("file", "a.pdf", b"%PDF-1.7", "application/pdf"),
        ("audio", "a.wav", b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        ("audio", "a.mp3", b"ID3\x03", "audio/mpeg"),
        ("audio", "b.mp3", b"\xff\xfb\x90\x00", "audio/mpeg"),
    ],
)
def test_a_format_is_known_by_its_name_and_its_first_bytes(kind: str, name: str, data: bytes, media_type: str) -> None:
    Path(name).write_bytes(data)

    (scenario,) = load(f"turns:\n  - user: [{{{kind}: {name}}}]\n")

    (turn,) = scenario.entries
    assert isinstance(turn, UserTurn)
    assert turn.content == (MediaPart(kind, media=Media(name, media_type, data)),)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "name"), [("audio", "a.wav"), ("image", "a.webp")])
def test_what_begins_alike_is_told_apart(kind: str, name: str) -> None:
    Path(name).write_bytes(b"RIFF\x10\0\0\0AVI LIST")

    (fault,) = faults_of(f"turns:\n  - user: [{{{kind}: {name}}}]\n")

    assert "inside, whatever its name says" in fault


def test_a_scripted_exchange_may_show_something_too() -> None:
    (scenario,) = load("turns:\n  - user: [{text: a}]\n    assistant: b\n  - Hi\n")

    assert isinstance(scenario.entries[0], ScriptedExchange)
    assert scenario.entries[0].user == (TextPart("a"),)


def test_a_picture_that_many_scenarios_show_is_held_once() -> None:
    Path("a.png").write_bytes(PNG)

    scenarios = load("id: a\nturns: [{user: [{image: a.png}]}]\n---\nid: b\nturns: [{user: [{image: ./a.png}]}]\n")

    first, second = (scenario.entries[0].content[0].media.data for scenario in scenarios)  # type: ignore[union-attr]
    assert first is second
