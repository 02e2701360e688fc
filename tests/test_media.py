import hashlib
from base64 import b64encode
from dataclasses import replace

import pytest

from builders import PLACE, dialogue, in_turn, play, sent
from dialogs.encoding import JsonObject, JsonValue
from dialogs.media import content_text, has_reference, hashed_form
from dialogs.scenario import Content, Dialogue, Media, MediaPart, TextPart, UserTurn
from dialogs.talk import Talk
from dialogs.verifying import verify

PICTURE = Media("pictures/lamp.png", "image/png", b"\x89PNG")
DOCUMENT = Media("terms.pdf", "application/pdf", b"%PDF")
SOUND = Media("hum.wav", "audio/wav", b"RIFF")
SHOWN: Content = (
    TextPart("Look, {{ shop }}"),
    MediaPart("image", PICTURE, detail="low"),
    MediaPart("file", DOCUMENT),
    MediaPart("audio", SOUND),
    MediaPart("image", url="https://example.com/lamp.png"),
)
LINK: JsonObject = {"type": "image_url", "image_url": {"url": "https://example.com/lamp.png"}}


def base64(media: Media) -> str:
    return b64encode(media.data).decode()


def sha256(media: Media) -> str:
    return f"sha256:{hashlib.sha256(media.data).hexdigest()}"


def showing() -> Dialogue:
    return dialogue(UserTurn(SHOWN, PLACE), "Two", templated=True, variables={"shop": "Acme"})


def test_media_go_out_as_the_api_wants_them() -> None:
    _, requests = play(showing(), in_turn("1", "2"))

    assert sent(requests[0])[0]["content"] == [  # type: ignore[index]
        {"type": "text", "text": "Look, Acme"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64(PICTURE)}", "detail": "low"}},
        {
            "type": "file",
            "file": {"filename": "terms.pdf", "file_data": f"data:application/pdf;base64,{base64(DOCUMENT)}"},
        },
        {"type": "input_audio", "input_audio": {"data": base64(SOUND), "format": "wav"}},
        LINK,
    ]


def test_a_transcript_keeps_references_to_media() -> None:
    transcript, _ = play(showing(), in_turn("1", "2"))

    assert transcript.messages[0]["content"] == [
        {"type": "text", "text": "Look, Acme"},
        {
            "type": "image_url",
            "image_url": {"url": f"{sha256(PICTURE)};image/png", "detail": "low", "name": PICTURE.name, "bytes": 4},
        },
        {
            "type": "file",
            "file": {
                "filename": "terms.pdf",
                "file_data": f"{sha256(DOCUMENT)};application/pdf",
                "name": "terms.pdf",
                "bytes": 4,
            },
        },
        {
            "type": "input_audio",
            "input_audio": {"data": sha256(SOUND), "format": "wav", "name": "hum.wav", "bytes": 4},
        },
        LINK,
    ]


def test_inline_media_keep_what_was_sent() -> None:
    transcript, requests = play(showing(), in_turn("1", "2"), inline_media=True)

    assert transcript.messages[0] == sent(requests[0])[0]


def test_a_history_has_one_hash_whether_media_are_kept_or_referred_to() -> None:
    short, requests = play(showing(), in_turn("1", "2"))
    whole, others = play(showing(), in_turn("1", "2"), inline_media=True)

    assert [request.key("here") for request in requests] == [request.key("here") for request in others]
    assert (verify(short), verify(whole)) == (None, None)


@pytest.mark.parametrize("inline_media", [False, True])
def test_another_picture_is_another_history(inline_media: bool) -> None:  # noqa: FBT001
    transcript, _ = play(showing(), in_turn("1", "2"), inline_media=inline_media)
    other = dialogue(UserTurn((MediaPart("image", Media("x", "image/png", b"other")), *SHOWN[2:]), PLACE), "Two")
    changed, _ = play(other, in_turn("1", "2"), inline_media=inline_media)

    assert verify(replace(transcript, messages=(changed.messages[0], *transcript.messages[1:]))) is not None


def test_a_message_without_media_is_hashed_as_it_is() -> None:
    plain: JsonObject = {"role": "user", "content": [{"type": "text", "text": "data:image/png;base64,AAAA"}, LINK]}

    assert hashed_form(plain) is plain


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,%%%"}},
        {"type": "image_url", "image_url": "https://example.com"},
        {"type": "image_url"},
        {"type": "input_audio", "input_audio": {"data": "é"}},
        {"type": 7, "file": {}},
        "text",
        None,
    ],
)
def test_parts_of_no_known_form_are_hashed_as_they_are(part: JsonObject) -> None:
    message: JsonObject = {"role": "user", "content": [part]}

    assert hashed_form(message) is message
    assert not has_reference(message)


def test_a_message_with_a_reference_lacks_what_was_sent() -> None:
    transcript, _ = play(showing(), in_turn("1", "2"))

    assert has_reference(transcript.messages[0])
    assert not has_reference(transcript.messages[1])


def test_content_is_written_for_people() -> None:
    transcript, _ = play(showing(), in_turn("1", "2"))
    text = content_text(transcript.messages[0]["content"])

    assert text is not None
    assert text.splitlines() == [
        "Look, Acme",
        f"[image pictures/lamp.png (image/png, 4 bytes, sha256 {sha256(PICTURE)[7:19]}…)]",
        f"[file terms.pdf (application/pdf, 4 bytes, sha256 {sha256(DOCUMENT)[7:19]}…)]",
        f"[audio hum.wav (wav, 4 bytes, sha256 {sha256(SOUND)[7:19]}…)]",
        "[image https://example.com/lamp.png]",
    ]


@pytest.mark.parametrize("content", ["text", None, [], [{"type": "other"}], [{"type": "text", "text": "a"}, 1]])
def test_what_is_no_list_of_known_parts_has_no_such_text(content: JsonValue) -> None:
    assert content_text(content) is None


def test_dialogues_at_the_same_time_share_the_bytes_of_a_message() -> None:
    one, other = (Talk(showing(), "m").next_request() for _ in range(2))

    assert one is not None
    assert other is not None
    assert one.messages[0] is other.messages[0]
