"""Keeps secrets out of what is written: keys, authorization headers, credentials in URLs.

A secret is found by its value, also where it stands in JSON, in a URL or in base64, and its name is written instead:
`{env:OPENAI_API_KEY}`.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

from dialogs.chat import Fault
from dialogs.configuration import ModelConfiguration
from dialogs.encoding import JsonValue
from dialogs.errors import WrongUseError
from dialogs.scenario import Scenario

if TYPE_CHECKING:
    import re2

_SHORTEST: Final = 8
_PLAIN_WORDS: Final = re.compile(r"[a-z _-]{0,15}")
_KEY_VARIABLES: Final = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_CLIENT_SECRET")
_URL_VARIABLES: Final = (
    "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
    "http_proxy", "https_proxy", "all_proxy",
)  # fmt: skip
_HEADERS_VARIABLE: Final = "OPENAI_CUSTOM_HEADERS"
_SECRET_HEADER: Final = re.compile(r"auth|key|token|secret|cookie|credential", re.IGNORECASE)
_IN_FAULTS: Final = (
    re.compile(r"(?i)\b(?:bearer|basic) +[\w.~+/=-]{8,}"),
    re.compile(r"\bsk-[\w-]{16,}"),
    re.compile(r"(?<=://)[^\s/@\"']+:[^\s/@\"']+(?=@)"),
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that may stand in no file, and the name that is written instead: `env:OPENAI_API_KEY`."""

    name: str
    value: str


class Redactor:
    """Replaces secrets in texts, quickly where there are none.

    Values that cannot be told from ordinary words are no secrets: those under 8 characters, and lower-case words under
    16, as servers without keys are given (`not-needed`).
    """

    def __init__(self, secrets: Iterable[Secret] = (), patterns: Sequence[str] = ()) -> None:
        """Look for the values of `secrets`, and in what servers say also for what the RE2 expressions `patterns` match.

        Raises:
            WrongUseError: a pattern is no regular expression of RE2.
        """
        forms = {form: f"{{{secret.name}}}" for secret in secrets for form in _forms(secret.value.strip())}
        self._forms = dict(sorted(forms.items(), key=lambda item: -len(item[0])))
        self._encoded = [form.encode("utf-8", "surrogateescape") for form in self._forms]
        self._patterns = [compiled(pattern) for pattern in patterns]

    def text(self, text: str) -> str:
        """Return `text` without the values of secrets."""
        for form, name in self._forms.items():
            if form in text:
                text = text.replace(form, name)
        return text

    def said(self, value: JsonValue) -> JsonValue:
        """Return what a server said, all texts in it, without the values of secrets and without what patterns match."""
        match value:
            case str():
                return self._said(value)
            case Mapping():
                return {key: self.said(item) for key, item in value.items()}
            case list() | tuple():
                return [self.said(item) for item in value]
            case _:
                return value

    def _said(self, text: str) -> str:
        text = self.text(text)
        for pattern in self._patterns:
            text = pattern.sub("{redacted}", text)
        return text

    @property
    def has_patterns(self) -> bool:
        """Whether more is looked for than values."""
        return bool(self._patterns)

    def data(self, data: bytes) -> bytes:
        """Return encoded text without secrets: the same object where there are none."""
        if not self._holds_secret(data):
            return data
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def _holds_secret(self, data: bytes) -> bool:
        for form in self._encoded:  # noqa: SIM110 - any() takes five times as long here, and each record comes by
            if form in data:
                return True
        return False

    def fault(self, fault: Fault) -> Fault:
        """Return a fault without secrets, and without what looks like one: no model said it, so nothing is lost."""
        body = self._strictly(fault.body.decode("utf-8", "surrogateescape"))
        return replace(fault, message=self._strictly(fault.message), body=body.encode("utf-8", "surrogateescape"))

    def _strictly(self, text: str) -> str:
        text = self._said(text)
        for pattern in _IN_FAULTS:
            text = pattern.sub("{redacted}", text)
        return text


def compiled(pattern: str) -> "re2._Regexp[str]":
    """Compile an RE2 expression: its time grows with the text, whatever a pattern or a reply holds.

    Raises:
        WrongUseError: it is none.
    """
    import re2  # noqa: PLC0415 - few runs have patterns

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise WrongUseError(f"redaction pattern {pattern!r}: {reason}; wanted a regular expression of RE2") from None


def is_plain(value: str) -> bool:
    """Say whether a value cannot be told from ordinary words, so that a text which has it is left as it is."""
    return len(value) < _SHORTEST or bool(_PLAIN_WORDS.fullmatch(value))


def _forms(value: str) -> Iterator[str]:
    """Give the value as it may stand in a text: plain, in JSON, in JSON within JSON, in a URL, in base64."""
    if is_plain(value):
        return
    for plain in {value, unquote(value)}:
        yield from {plain, quote(plain, safe=""), quote(plain), quote_plus(plain)}
        yield from _json_forms(plain)
        yield from _base64_forms(plain.encode("utf-8", "surrogateescape"))


def _json_forms(value: str) -> Iterator[str]:
    for ensure_ascii in (True, False):
        once = json.dumps(value, ensure_ascii=ensure_ascii)[1:-1]
        for form in (once, once.replace("/", "\\/")):
            yield from (form, json.dumps(form)[1:-1])


def _base64_forms(value: bytes) -> Iterator[str]:
    """Give the characters of base64 that depend on the value alone, for each of its three positions in a text."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value).decode()
        first = (0, 2, 3)[before]
        last = len(encoded) if (before + len(value)) % 3 == 0 else encoded.index("=") - 1
        yield encoded[first:last]
        yield encoded[first:last].replace("+", "-").replace("/", "_")


def secrets_of(
    models: Iterable[ModelConfiguration], environ: Mapping[str, str], declared: Iterable[str] = ()
) -> tuple[Secret, ...]:
    """Collect what a run knows of secrets: keys, secret headers, credentials in URLs, and the `declared` variables."""
    models = tuple(models)
    variables = {*_KEY_VARIABLES, *(model.key_env for model in models if model.key_env), *declared}
    found = [Secret(f"env:{name}", environ[name]) for name in sorted(variables) if environ.get(name)]
    for name in _URL_VARIABLES:
        found += _url_secrets(f"env:{name}", environ.get(name, ""))
    custom = dict(line.split(":", 1) for line in environ.get(_HEADERS_VARIABLE, "").split("\n") if ":" in line)
    found += [Secret(f"env:{_HEADERS_VARIABLE}", value) for _name, value in _header_values(custom)]
    for model in models:
        found += _url_secrets(f"{model.name}.base_url", model.base_url or "")
        found += [Secret(f"{model.name}.headers.{name}", value) for name, value in _header_values(model.headers)]
    return tuple(found)


def secrets_of_variables(scenarios: Iterable[Scenario]) -> tuple[Secret, ...]:
    """Collect the values that scenarios take from the environment, each once."""
    found = {
        Secret(f"env:{of_environment}", str(scenario.variables[name]))
        for scenario in scenarios
        for name, of_environment in scenario.secret_variables.items()
    }
    return tuple(sorted(found, key=lambda secret: (secret.name, secret.value)))


def _header_values(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if _SECRET_HEADER.search(name):
            yield name, value.strip().rpartition(" ")[2]


def _url_secrets(name: str, url: str) -> Iterator[Secret]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if parts.password:
        yield Secret(name, parts.password)
        yield Secret(name, f"{parts.username}:{parts.password}")
    elif parts.username:
        yield Secret(name, parts.username)
