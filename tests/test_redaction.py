import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from dialogs.chat import Billing, Fault, FaultKind
from dialogs.configuration import ModelConfiguration
from dialogs.errors import WrongUseError
from dialogs.redaction import Redactor, Secret, is_plain, secrets_of

KEY = "sk-canary-0123456789abcdef"
AWKWARD = 'pa+ss/wörd "\\ \N{KEY}?&='


def redactor(value: str = KEY) -> Redactor:
    return Redactor([Secret("env:API_KEY", value)])


@pytest.mark.parametrize("value", [KEY, AWKWARD])
@pytest.mark.parametrize(
    "written",
    [
        str,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps(json.dumps({"key": value})),
        lambda value: json.dumps(value).replace("/", "\\/"),
        quote,
        lambda value: quote(value, safe=""),
        quote_plus,
    ],
)
def test_a_secret_is_found_in_every_form(value: str, written: Callable[[str], str]) -> None:
    text = written(value)
    inner = text.strip('"')

    assert redactor(value).text(f"before {inner} after") in {
        "before {env:API_KEY} after",
        'before {\\"key\\": \\"{env:API_KEY}\\"} after',
    }


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "a", "ab", "user:"])
@pytest.mark.parametrize("after", ["", "a", "ab", "abc"])
def test_nothing_of_a_secret_is_left_in_base64(encode: Callable[[bytes], bytes], before: str, after: str) -> None:
    text = encode(f"{before}{AWKWARD}{after}".encode()).decode()
    redacted = redactor(AWKWARD).text(text)

    assert "{env:API_KEY}" in redacted
    assert len(redacted) <= len("{env:API_KEY}") + 8 + len(before) + len(after)


def test_what_holds_no_secret_is_the_same_object() -> None:
    data = b"nothing here"

    assert redactor().data(data) is data


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    assert redactor().data(b"\xff" + KEY.encode() + b"\xfe") == b"\xff{env:API_KEY}\xfe"


def test_a_secret_is_stripped_before_it_is_looked_for() -> None:
    assert redactor(f" {KEY}\n").text(KEY) == "{env:API_KEY}"


def test_a_longer_secret_goes_before_its_part() -> None:
    both = Redactor([Secret("short", KEY), Secret("long", f"{KEY}-more")])

    assert both.text(f"{KEY}-more {KEY}") == "{long} {short}"


@pytest.mark.parametrize("word", ["", "x", "EMPTY", "ollama", "not-needed", "no-key-required", "assistant"])
def test_a_word_that_stands_for_no_key_is_left_in_texts(word: str) -> None:
    assert redactor(word).text(f"The assistant says: {word}") == f"The assistant says: {word}"


def test_what_a_configured_pattern_matches_is_taken_out() -> None:
    assert Redactor(patterns=[r"ACME-\d+"]).said("ticket ACME-123, ACME-x") == "ticket {redacted}, ACME-x"
    assert Redactor(patterns=["ö+"]).said(["schöön", {"a": 1}]) == ["sch{redacted}n", {"a": 1}]


def test_a_pattern_that_is_none_is_wrong_use() -> None:
    with pytest.raises(WrongUseError, match=r"redaction pattern '\(': .*; wanted a regular expression"):
        Redactor(patterns=["("])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Authorization: Bearer abc.def-123456", "Authorization: {redacted}"),
        ("wrong key sk-abcdefghijklmnop1234", "wrong key {redacted}"),
        ("https://ann:hunter2@proxy:8080 refused", "https://{redacted}@proxy:8080 refused"),
        ("a basic mistake in the bearer", "a basic mistake in the bearer"),
    ],
)
def test_a_fault_says_nothing_that_looks_like_a_secret(message: str, expected: str) -> None:
    fault = Fault(FaultKind.AUTHENTICATION, message, billing=Billing.NO, body=message.encode())

    redacted = Redactor().fault(fault)
    assert (redacted.message, redacted.body) == (expected, expected.encode())


def test_a_models_own_words_are_left_to_it() -> None:
    said = "Send Bearer abc.def-123456 to https://ann:hunter2@proxy"

    assert redactor().text(said) == said


def test_the_secrets_of_a_run_are_its_keys_its_secret_headers_and_its_urls_credentials() -> None:
    model = ModelConfiguration(
        "m",
        key_env="MY_KEY",
        base_url="https://ann:hunter2%21aa@host/v1",
        headers={"X-Api-Key": "header-key-1", "Authorization": "Bearer token-1", "X-Title": "dialogs"},
    )
    environ = {
        "MY_KEY": "my-key-1",
        "OPENAI_API_KEY": "openai-key-1",
        "HTTPS_PROXY": "http://token-2@proxy:80",
        "A": "b",
    }

    assert {secret.value for secret in secrets_of([model], environ)} == {
        "my-key-1", "openai-key-1", "header-key-1", "token-1", "token-2", "hunter2%21aa", "ann:hunter2%21aa",
    }  # fmt: skip


def test_credentials_of_a_url_are_found_as_they_are_and_unquoted() -> None:
    found = Redactor(secrets_of([ModelConfiguration("m", base_url="https://ann:hunter2%21aa@host/v1")], {}))

    assert found.text("hunter2!aa hunter2%21aa") == "{m.base_url} {m.base_url}"


@pytest.mark.parametrize("url", ["", "nonsense", "http://[", "https://host/v1"])
def test_a_url_without_credentials_has_no_secret(url: str) -> None:
    assert secrets_of([ModelConfiguration("m", base_url=url)], {"OPENAI_BASE_URL": url}) == ()


@pytest.mark.parametrize(
    ("value", "plain"), [("lamp", True), ("hunter2", True), ("not-needed", True), ("hunter22", False), (KEY, False)]
)
def test_a_value_that_is_like_a_word_cannot_be_told_from_one(value: str, plain: bool) -> None:  # noqa: FBT001
    assert is_plain(value) is plain
    assert (Redactor([Secret("x", value)]).text(f"say {value}") == f"say {value}") is plain
