"""Content parts: what a user shows beside text, read from files or left to the server to fetch."""

from typing import Final, Literal
from urllib.parse import urlsplit

from dialogs.loading.documents import ListNode, MappingNode, Node, TextNode
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.folders import Folder
from dialogs.loading.media import media_type, media_wanted
from dialogs.loading.templates import Templates
from dialogs.scenario import Content, Media, MediaPart, Part, TextPart

_KINDS: Final[tuple[Literal["image", "file", "audio"], ...]] = ("image", "file", "audio")
KEYS: Final = Keys(
    "a content part",
    known=("text", *_KINDS, "detail"),
    elsewhere={
        **dict.fromkeys(("image_url", "picture"), 'did you mean "image"?'),
        **dict.fromkeys(("input_audio", "sound"), 'did you mean "audio"?'),
        **dict.fromkeys(("type", "content"), "wanted the kind as the key, as in `image: lamp.png`"),
    },
)
_SCHEMES: Final = frozenset({"http", "https", "data", "file", "ftp"})
_DETAILS: Final = ("auto", "low", "high")
_WANTED: Final = "a mapping with one of text, image, file and audio"
_PATH_OR_URL: Final = "the path of a picture, or an https URL"


def read_parts(node: ListNode, fields: Fields, folder: Folder, templates: Templates) -> Content | None:
    """Read the parts under `user`; None where any is at fault."""
    if not node.items:
        fields.faults.add(node, "user is an empty list; wanted text, or content parts")
        return None
    parts = [_part(item, fields, folder, templates) for item in node.items]
    whole = tuple(part for part in parts if part)
    return whole if len(whole) == len(parts) else None


def _part(node: Node, fields: Fields, folder: Folder, templates: Templates) -> Part | None:
    if not isinstance(node, MappingNode):
        fields.wrong(node, "a content part", f"{_WANTED}, as {{text: ...}}")
        return None
    inner = Fields(node, KEYS, fields.faults)
    kinds = [key for key in ("text", *_KINDS) if key in inner]
    if len(kinds) != 1:
        if inner.complete:
            found = " and ".join(kinds) if kinds else "nothing to show"
            inner.faults.add(node, f"a content part with {found}; wanted {_WANTED}")
        return None
    if "detail" in inner and kinds != ["image"]:
        inner.faults.add(inner.key("detail"), "detail where no image stands; wanted it beside image")
    if kinds != ["text"]:
        return _media_part(inner, folder)
    text, value = inner.optional_text("text"), inner.value("text")
    if text is None or not isinstance(value, TextNode):
        return None
    templates.text(value, inner.faults)
    return TextPart(text)


def _media_part(fields: Fields, folder: Folder) -> MediaPart | None:
    kind = next(kind for kind in _KINDS if kind in fields)
    node, wanted = fields.value(kind), _PATH_OR_URL if kind == "image" else "the path of a file"
    name, detail = fields.word(kind, wanted), _detail(fields)
    if name is None or not isinstance(node, TextNode):
        return None
    if kind == "image" and name.startswith("https:"):
        return MediaPart(kind, url=name, detail=detail) if _is_url(node, fields.faults) else None
    if ":" in name and name.partition(":")[0].lower() in _SCHEMES:
        fields.wrong(node, kind, wanted)
        return None
    media = _media(kind, node, fields.faults, folder)
    return None if media is None else MediaPart(kind, media=media, detail=detail)


def _media(kind: str, node: TextNode, faults: Faults, folder: Folder) -> Media | None:
    expected = media_type(node.text, kind)
    if expected is None:
        faults.add(node, f"{kind} is {quoted(node.text)}; wanted {media_wanted(kind)}")
        return None
    data = folder.data(node, faults)
    if data is None:
        return None
    if not expected.fits(data):
        found = f"no {expected.name} inside, whatever its name says" if data else "an empty file"
        faults.add(node, f"file {quoted(node.text)}: {found}; wanted {media_wanted(kind)}")
        return None
    return Media(node.text, expected.media_type, data)


def _detail(fields: Fields) -> str | None:
    detail = fields.word("detail", f"one of {', '.join(_DETAILS)}")
    node = fields.value("detail")
    if detail is not None and node is not None and detail not in _DETAILS:
        fields.wrong(node, "detail", f"one of {', '.join(_DETAILS)}")
    return detail


def _is_url(node: TextNode, faults: Faults) -> bool:
    try:
        parts = urlsplit(node.text)
        is_url = bool(parts.hostname) and node.text.isascii() and " " not in node.text
    except ValueError:
        is_url, parts = False, None
    if parts and (parts.username or parts.password):  # not quoted
        faults.add(node, "image is a URL with a name or a password; wanted it without")
        return False
    if not is_url:
        faults.add(node, f"image is {quoted(node.text)}; wanted {_PATH_OR_URL}, in ASCII")
    return is_url
