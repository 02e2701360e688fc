"""`cases`, `matrix`, and the names of what has no id."""

from pathlib import Path

import pytest

from dialogs.encoding import JsonValue
from dialogs.errors import InvalidFilesError
from dialogs.loading import load_scenarios
from dialogs.loading.case_names import case_name
from dialogs.scenario import Case
from scenario_files import faults_of, load


def cases_of(text: str) -> tuple[Case, ...]:
    (scenario,) = load(f"{text}\nturns: [Hi]\n")
    assert scenario.templated
    return scenario.cases


def test_each_row_is_a_case() -> None:
    assert cases_of("cases:\n  - {id: acme, shop: Acme, n: 1}\n  - {shop: Globex, n: 2}") == (
        Case("acme", {"shop": "Acme", "n": 1}),
        Case("Globex-2", {"shop": "Globex", "n": 2}),
    )


def test_what_a_row_lacks_may_stand_under_vars() -> None:
    assert len(cases_of("vars: {lang: en}\ncases: [{shop: a}, {shop: b, lang: de}]")) == 2


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"a": "Acme", "b": "en"}, "Acme-en"),
        ({"a": 1.5, "b": True, "c": None}, "1.5-true-null"),
        ({"a": "Where is it?"}, "Where-is-it"),
        ({"a": "-1"}, "-1"),
        ({"a": "Où est-ce ?"}, "O-est-ce-2051c54b"),
        ({"a": "你好"}, "0696eb01"),
        ({"a": ""}, "258555fe"),
        ({"a": ["x", 1]}, "x-1-78f7a26a"),
        ({"a": "When can I return a lamp that I bought in May?"}, "When-can-I-return-a-lamp-that-I-dd51fe62"),
        ({f"v{n}": "value" for n in range(50)}, "value-value-value-value-value-value-value-value-value-value-ab379883"),
    ],
)
def test_a_case_is_named_by_its_values(values: dict[str, JsonValue], name: str) -> None:
    assert case_name(values) == name


def test_names_of_long_texts_differ_as_the_texts_do() -> None:
    first, second = (case_name({"a": "x" * 1000 + end}) for end in "ab")

    assert first != second
    assert max(len(first), len(second)) <= 100


def test_a_matrix_is_a_product_in_order() -> None:
    assert [case.name for case in cases_of("matrix: {shop: [Acme, Globex], lang: [en, de]}")] == [
        "Acme-en",
        "Acme-de",
        "Globex-en",
        "Globex-de",
    ]


def test_what_is_excluded_is_no_case() -> None:
    text = "matrix:\n  shop: [Acme, Globex]\n  n: [1, 2]\n  exclude: [{shop: Acme, n: 1}, {n: 2}]"

    assert cases_of(text) == (Case("Globex-1", {"shop": "Globex", "n": 1}),)


def test_the_largest_matrix_is_read() -> None:
    numbers = ", ".join(map(str, range(100)))

    assert len(cases_of(f"matrix: {{a: [{numbers}], b: [{numbers}], c: [{numbers[:28]}]}}")) == 100_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cases.csv", 'id,shop,words\n\nacme,Acme,"a, ""b""\nc"\n,Globex,=1+1\n'),
        ("cases.csv", '\ufeffid,shop,words\r\nacme,Acme,"a, ""b""\nc"\r\n,Globex,=1+1'),
        (
            "cases.jsonl",
            '{"id": "acme", "shop": "Acme", "words": "a, \\"b\\"\\nc"}\n\n{"shop": "Globex", "words": "=1+1"}\n',
        ),
    ],
)
def test_rows_may_stand_in_a_file(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8", newline="")

    assert cases_of(f"cases: {{file: {name}}}") == (
        Case("acme", {"shop": "Acme", "words": 'a, "b"\nc'}),
        Case("Globex-1-1", {"shop": "Globex", "words": "=1+1"}),
    )


def test_cells_are_text_and_json_has_types() -> None:
    Path("cases.csv").write_text("n,yes\n007,true\n")
    Path("cases.jsonl").write_text('{"id": 7, "n": 7, "yes": true, "o": {"x": [1]}}\n')

    assert cases_of("cases: {file: cases.csv}")[0].values == {"n": "007", "yes": "true"}
    assert cases_of("cases: {file: cases.jsonl}") == (Case("7", {"n": 7, "yes": True, "o": {"x": [1]}}),)


def test_a_row_of_a_file_that_is_there_twice_is_told_at_its_line() -> None:
    Path("cases.csv").write_text('id,x\na,"1\n2"\nb,3\na,4\n')

    assert faults_of("cases: {file: cases.csv}\nturns: [Hi]\n") == [
        'cases.csv:5:1: case "a" stands twice, first at 2:1; wanted an id of its own for each'
    ]


def test_scenarios_that_name_one_file_share_its_rows() -> None:
    Path("cases.csv").write_text("shop\nAcme\nGlobex\n")
    for name in "ab":
        Path(f"{name}.yaml").write_text("cases: {file: cases.csv}\nturns: ['{{ shop }}?']\n")
    first, second = load_scenarios(["a.yaml", "b.yaml"])

    assert len(first.cases) == 2
    assert first.cases is second.cases


def test_what_a_shared_row_lacks_must_stand_in_each_scenario() -> None:
    Path("cases.jsonl").write_text('{"shop": "Acme", "lang": "de"}\n{"shop": "Globex"}\n')
    whole = "cases: {file: cases.jsonl}\nvars: {lang: en}\nturns: [Hi]\n"
    Path("a.yaml").write_text(whole)
    Path("b.yaml").write_text(whole.replace("vars: {lang: en}\n", ""))

    assert load_scenarios(["a.yaml"])[0].cases[1].values == {"shop": "Globex"}
    with pytest.raises(InvalidFilesError, match=r'^cases.jsonl:2:1: a row without "lang", which other rows have'):
        load_scenarios(["a.yaml", "b.yaml"])


def test_a_shared_file_with_faults_is_told_for_each_scenario() -> None:
    Path("cases.csv").write_text("shop\nAcme\nAcme\n")
    for name in "ab":
        Path(f"{name}.yaml").write_text("cases: {file: cases.csv}\nturns: [Hi]\n")

    with pytest.raises(InvalidFilesError) as caught:
        load_scenarios(["a.yaml", "b.yaml"])
    assert len(str(caught.value).splitlines()) == 2
