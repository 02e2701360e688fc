"""Typed access to one JSON object of a file, with faults that name the field."""

from collections.abc import Sequence

from dialogs.encoding import JsonObject, JsonValue, encode_line

_EXCERPT = 60


class RecordError(ValueError):
    """A record that is not what its format says: the field, what was found, what was wanted."""


def excerpt(value: JsonValue) -> str:
    """Show a value in a message, cut to a readable length."""
    text = encode_line(value)
    return text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"


class Record:
    """Reads the fields of one JSON object, and remembers which are known."""

    def __init__(self, value: JsonValue, where: str = "") -> None:
        """Take `value`, which stands at `where` in its file ("" for the whole line)."""
        if not isinstance(value, dict):
            raise RecordError(f"{where or 'the line'} is {excerpt(value)}; wanted an object")
        self._data = value
        self._where = where
        self._read: set[str] = set()

    @property
    def data(self) -> JsonObject:
        """The object itself."""
        return self._data

    def _name(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def value(self, key: str) -> JsonValue:
        """Return any value; None where it is absent."""
        self._read.add(key)
        value: JsonValue = self._data.get(key)
        return value

    def _wrong(self, key: str, value: JsonValue, wanted: str) -> RecordError:
        found = excerpt(value) if key in self._data else "missing"
        return RecordError(f'"{self._name(key)}" is {found}; wanted {wanted}')

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.value(key)
        if not isinstance(value, str):
            raise self._wrong(key, value, "text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where it is absent or null."""
        value = self.value(key)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(key, value, "text")

    def integer(self, key: str, default: int | None = None) -> int:
        """Return a whole number; an absent or null one is `default` where that is given."""
        value = self.value(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, value, "a whole number")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number; an absent or null one is `default` where that is given."""
        value = self.value(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong(key, value, "a number")
        return value

    def boolean(self, key: str) -> bool:
        """Return true or false; absent or null is false."""
        value = self.value(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def mapping(self, key: str) -> JsonObject:
        """Return an object; an absent or null one is empty."""
        value = self.value(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(key, value, "an object")
        return value

    def items(self, key: str) -> Sequence[JsonValue]:
        """Return a list; an absent or null one is empty."""
        value = self.value(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(key, value, "a list")
        return value

    def records(self, key: str) -> list["Record"]:
        """Return the objects of a list."""
        return [Record(item, f"{self._name(key)}[{index}]") for index, item in enumerate(self.items(key))]

    def record(self, key: str) -> "Record":
        """Return an object to read further; an absent or null one is empty."""
        return Record(dict(self.mapping(key)), self._name(key))

    def unknown(self) -> JsonObject:
        """Return the fields that nobody has read yet, to be kept."""
        return {key: value for key, value in self._data.items() if key not in self._read}
