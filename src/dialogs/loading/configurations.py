"""dialogs.yaml to a configuration."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args
from urllib.parse import urlsplit

from dialogs.configuration import Configuration, EndpointKind, ModelConfiguration
from dialogs.encoding import JsonValue
from dialogs.errors import FileFault, WrongUseError
from dialogs.loading.allowances import read_limits, read_prices
from dialogs.loading.documents import MappingNode, TextNode, describe, read_documents
from dialogs.loading.faults import Faults, quoted
from dialogs.loading.fields import Fields, Keys
from dialogs.loading.files import MAX_BYTES, Unreadable, read_yaml_text
from dialogs.loading.finding import ConfigurationFile
from dialogs.loading.judges import read_judge
from dialogs.loading.parameters import Parameter, read_extra_body, read_params, read_value

_KINDS: Final[tuple[EndpointKind, ...]] = get_args(EndpointKind)
_WANTED: Final = "wanted a configuration: a mapping with model, models, params, concurrency or timeout_s"
_KEY_ENV_WANTED: Final = "key_env, the name of the environment variable that holds the key"
_KEYS_THEMSELVES: Final = dict.fromkeys(
    ("key", "api_key", "apikey", "api-key", "token", "secret", "password"),
    f"wanted {_KEY_ENV_WANTED}",
)
_IN_A_MODEL: Final = "wanted it in the entry of a model under models"
KEYS: Final = Keys(
    "the configuration",
    known=("model", "models", "params", "concurrency", "timeout_s", "secrets", "redact", "judge", "ignore"),
    elsewhere={
        **_KEYS_THEMSELVES,
        **dict.fromkeys(
            (
                "limits",
                "prices",
                "endpoint",
                "base_url",
                "key_env",
                "headers",
                "client_cert",
                "weights",
                "threads",
                "extra_body",
            ),
            _IN_A_MODEL,
        ),
    },
)
MODEL_KEYS: Final = Keys(
    "a model",
    known=(
        "endpoint",
        "model",
        "base_url",
        "key_env",
        "organization",
        "project",
        "api_version",
        "headers",
        "client_cert",
        "client_key",
        "timeout_s",
        "threads",
        "weights",
        "function",
        "params",
        "extra_body",
        "concurrency",
        "prices",
        "limits",
    ),
    elsewhere={**_KEYS_THEMSELVES, "kind": 'did you mean "endpoint"?', "url": 'did you mean "base_url"?'},
)
_ONLY_FOR: Final[Mapping[str, tuple[EndpointKind, ...]]] = {
    "base_url": ("openai", "azure"),
    "key_env": ("openai", "azure"),
    "headers": ("openai", "azure"),
    "client_cert": ("openai", "azure"),
    "client_key": ("openai", "azure"),
    "organization": ("openai",),
    "project": ("openai",),
    "api_version": ("azure",),
    "threads": ("embedded",),
    "weights": ("embedded",),
    "function": ("function",),
}
_POSITIVE_INTEGER: Final = Parameter(
    "a positive integer", lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0
)
_POSITIVE_NUMBER: Final = Parameter(
    "a positive number", lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value > 0
)
_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION: Final = re.compile(r"[\w.]+:[\w.]+")
_FUNCTION_WANTED: Final = "a Python function, as package.module:name"
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"})


def read_configuration(file: ConfigurationFile) -> tuple[Configuration, list[FileFault]]:
    """Return the configuration of a file and its faults in order; with faults, the configuration is not to be used."""
    faults = Faults(file.name)
    text = read_yaml_text(file.real_path, MAX_BYTES)
    if isinstance(text, Unreadable):
        faults.add_at(text.line, text.column, text.message)
        return Configuration(), faults.in_order()
    root = _root(text, faults)
    if root is None:
        return Configuration(file.path), faults.in_order()
    return _configuration(Fields(root, KEYS, faults), file.path), faults.in_order()


def _root(text: str, faults: Faults) -> MappingNode | None:
    """Return the one mapping of the file; a file with nothing in it is an empty configuration."""
    roots = []
    for root in read_documents(text, faults):
        if isinstance(root, TextNode) and root.is_nothing:
            continue
        if not isinstance(root, MappingNode):
            faults.forget(0)
            faults.add(root, f"{'text' if isinstance(root, TextNode) else describe(root)}; {_WANTED}")
        elif root.entries and not any(key in KEYS for key in root.entries):
            faults.forget(0)  # what is no configuration is not quoted
            faults.add(root, f"a mapping without any key of a configuration; {_WANTED}")
        else:
            roots.append(root)
    for root in roots[1:]:
        faults.add(root, "a second document; wanted all of the configuration in one")
    return roots[0] if roots else None


def _configuration(fields: Fields, path: Path) -> Configuration:
    return Configuration(
        path=path,
        models=_models(fields, path.parent),
        default_model=fields.word("model", "a model's name"),
        params=read_params(fields),
        concurrency=_integer(fields, "concurrency"),
        timeout_s=_number(fields, "timeout_s"),
        secrets=_variables(fields),
        redact=_patterns(fields),
        judge=read_judge(fields),
        ignore=_ignored(fields),
    )


def _variables(fields: Fields) -> tuple[str, ...]:
    names = fields.words("secrets", "a list of names of environment variables")
    for name in names:
        if not _ENVIRONMENT_NAME.fullmatch(name):
            fields.faults.add(
                fields.value("secrets") or fields.node,
                "secrets holds what is no name of a variable; wanted names of variables, never their values",
            )
    return names


def _patterns(fields: Fields) -> tuple[str, ...]:
    patterns = fields.words("redact", "a list of regular expressions")
    if not patterns:
        return ()
    from dialogs.redaction import compiled  # noqa: PLC0415 - few configurations have patterns

    for pattern in patterns:
        try:
            compiled(pattern)
        except WrongUseError as error:
            fields.faults.add(fields.value("redact") or fields.node, str(error))
    return patterns


def _ignored(fields: Fields) -> tuple[str, ...]:
    rules = fields.words("ignore", "a list of regular expressions and JSON paths")
    if not rules:
        return ()
    from dialogs.patterns import PatternError, parse_json_path, parse_regex  # noqa: PLC0415 - few have rules

    for rule in rules:
        try:
            parse_json_path(rule) if rule.startswith("$") else parse_regex(rule)
        except PatternError as error:
            what = "JSON path" if rule.startswith("$") else "regular expression"
            fields.faults.add(fields.value("ignore") or fields.node, f"ignore: {quoted(rule)} is no {what}: {error}")
    return rules


def _models(fields: Fields, folder: Path) -> dict[str, ModelConfiguration]:
    node = fields.mapping("models", "a mapping of names to models")
    if node is None:
        return {}
    models = {}
    for name, (key, value) in node.entries.items():
        if not name.isprintable() or name != name.strip() or not name:
            fields.wrong(key, "a model's name", "one without invisible characters")
        if isinstance(value, MappingNode):
            models[name] = _model(name, Fields(value, MODEL_KEYS, fields.faults), folder)
        else:
            fields.wrong(value, f"model {quoted(name)}", "a mapping with endpoint, model, base_url, key_env ...")
    return models


def _model(name: str, fields: Fields, folder: Path) -> ModelConfiguration:
    return ModelConfiguration(
        name=name,
        kind=_kind(fields),
        model=fields.word("model", "the model's name at its endpoint"),
        base_url=_base_url(fields),
        key_env=_key_env(fields),
        organization=fields.word("organization"),
        project=fields.word("project"),
        api_version=fields.word("api_version", "an API version, as 2024-10-21"),
        headers=_headers(fields),
        client_cert=_path(fields, folder, "client_cert", "the path of a PEM file"),
        client_key=_client_key(fields, folder),
        timeout_s=_number(fields, "timeout_s"),
        threads=_integer(fields, "threads"),
        weights=_path(fields, folder, "weights", "the path of a GGUF file"),
        function=_function(fields),
        params=read_params(fields),
        extra_body=read_extra_body(fields),
        concurrency=_integer(fields, "concurrency"),
        prices=read_prices(fields),
        limits=read_limits(fields),
        place=fields.faults.place(fields.node),
    )


def _kind(fields: Fields) -> EndpointKind:
    text = fields.word("endpoint", f"one of {', '.join(_KINDS)}")
    kind = next((kind for kind in _KINDS if kind == text), None)
    node = fields.value("endpoint")
    if node is not None and kind is None:
        if text is not None:
            fields.wrong(node, "endpoint", f"one of {', '.join(_KINDS)}")
        return "openai"
    kind = kind or "openai"
    for key, kinds in _ONLY_FOR.items():
        if key in fields and kind not in kinds:
            wanted = f"wanted `endpoint: {kinds[0]}` beside it, or {key} left out"
            fields.faults.add(fields.key(key), f"{key} at the endpoint {kind}; {wanted}")
    return kind


def _base_url(fields: Fields) -> str | None:
    node, url = fields.value("base_url"), fields.word("base_url", "a URL")
    if node is None or url is None:
        return None
    if "@" in url:  # not quoted
        fields.faults.add(node, f"base_url holds a name or a password; wanted it without, and {_KEY_ENV_WANTED}")
    elif not _is_url(url):
        fields.wrong(node, "base_url", "a URL, as https://api.example.com/v1")
    return url


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # an address in brackets that is none
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _client_key(fields: Fields, folder: Path) -> str | None:
    node = fields.value("client_key")
    if node is not None and "client_cert" not in fields:
        fields.faults.add(fields.key("client_key"), "client_key without a certificate; wanted client_cert beside it")
    return _path(fields, folder, "client_key", "the path of a PEM file")


def _path(fields: Fields, folder: Path, key: str, wanted: str) -> str | None:
    """Read a path relative to the file's folder."""
    node, path = fields.value(key), fields.word(key, wanted)
    if node is None or path is None:
        return None
    try:
        return str(folder / Path(path).expanduser())
    except RuntimeError:  # no such user, or one without a home
        fields.wrong(node, key, "a path that does not begin with an unknown user's home")
        return None


def _function(fields: Fields) -> str | None:
    name = fields.word("function", _FUNCTION_WANTED)
    node = fields.value("function")
    if name is not None and node is not None and not _FUNCTION.fullmatch(name):
        fields.wrong(node, "function", _FUNCTION_WANTED)
    kind = fields.value("endpoint")
    if node is None and isinstance(kind, TextNode) and kind.text == "function":
        fields.faults.add(kind, f"endpoint function without the function; wanted function: {_FUNCTION_WANTED}")
    return name


def _key_env(fields: Fields) -> str | None:
    node = fields.value("key_env")
    if node is None:
        return None
    if isinstance(node, TextNode) and _ENVIRONMENT_NAME.fullmatch(node.text):
        return node.text
    # Not quoted: what is no name of a variable is probably the key itself.
    found = "holds what is no name of a variable" if isinstance(node, TextNode) else f"is {describe(node)}"
    fields.faults.add(node, f"key_env {found}; wanted the name of the environment variable that holds the key")
    return None


def _headers(fields: Fields) -> dict[str, str]:
    node = fields.mapping("headers", "a mapping of names to texts")
    if node is None:
        return {}
    headers = {}
    for name, (key, value) in node.entries.items():
        if name.lower() in _SECRET_HEADERS:
            fields.faults.add(key, f"header {quoted(name)} holds a secret; wanted {_KEY_ENV_WANTED}")
        elif not _HEADER_NAME.fullmatch(name):
            fields.wrong(key, "a header's name", "letters, digits and hyphens")
        elif (text := fields.text_of(value, f"header {quoted(name)}")) is not None:
            if not (text.isascii() and text.isprintable()):
                fields.faults.add(value, f"header {quoted(name)} has characters that headers cannot have; wanted ASCII")
            headers[name] = text
    return headers


def _integer(fields: Fields, key: str) -> int | None:
    value = _value(fields, key, _POSITIVE_INTEGER)
    return value if isinstance(value, int) else None


def _number(fields: Fields, key: str) -> float | None:
    value = _value(fields, key, _POSITIVE_NUMBER)
    return value if isinstance(value, int | float) else None


def _value(fields: Fields, key: str, parameter: Parameter) -> JsonValue:
    node = fields.value(key)
    return None if node is None else read_value(fields, node, key, parameter)
