"""dialogs.yaml: what it may hold, and where it is found."""

from pathlib import Path

import pytest

from dialogs.configuration import Configuration, JudgeConfiguration, ModelConfiguration, Prices, RateLimits
from dialogs.errors import InvalidFilesError, Place
from dialogs.loading import load_configuration


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, below the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return project


def configure(content: bytes | str) -> Configuration:
    Path("dialogs.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_configuration(["."])


def faults_of(content: bytes | str) -> str:
    with pytest.raises(InvalidFilesError) as caught:
        configure(content)
    return str(caught.value).replace("dialogs.yaml:", "")


def model(written: str) -> ModelConfiguration:
    return configure(f"models: {{fast: {{{written}}}}}\n").models["fast"]


def test_a_configuration_is_read_whole() -> None:
    configuration = configure(
        "model: fast\n"
        "params: {temperature: 0}\n"
        "concurrency: 8\n"
        "timeout_s: 60.5\n"
        "models:\n"
        "  fast:\n"
        "    model: gpt-4o-mini\n"
        "    base_url: https://api.example.com/v1\n"
        "    key_env: EXAMPLE_KEY\n"
        "    organization: org-1\n"
        "    project: proj-1\n"
        "    headers: {X-Team: support, X-Number: 12}\n"
        "    timeout_s: 30\n"
        "    params: {temperature: 1}\n"
        "    extra_body: {top_k: 20}\n"
        "    concurrency: 2\n"
        "  ours: {endpoint: azure, api_version: 2024-10-21}\n"
        "  small: {endpoint: embedded, weights: models/small.gguf, threads: 2}\n"
    )

    assert configuration == Configuration(
        path=Path("dialogs.yaml"),
        default_model="fast",
        params={"temperature": 0},
        concurrency=8,
        timeout_s=60.5,
        models={
            "fast": ModelConfiguration(
                name="fast",
                model="gpt-4o-mini",
                base_url="https://api.example.com/v1",
                key_env="EXAMPLE_KEY",
                organization="org-1",
                project="proj-1",
                headers={"X-Team": "support", "X-Number": "12"},
                timeout_s=30,
                params={"temperature": 1},
                extra_body={"top_k": 20},
                concurrency=2,
                place=Place("dialogs.yaml", 7, 5),
            ),
            "ours": ModelConfiguration(
                name="ours", kind="azure", api_version="2024-10-21", place=Place("dialogs.yaml", 17, 9)
            ),
            "small": ModelConfiguration(
                name="small",
                kind="embedded",
                weights="models/small.gguf",
                threads=2,
                place=Place("dialogs.yaml", 18, 10),
            ),
        },
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("gpt-4o", JudgeConfiguration("gpt-4o")),
        ("{model: gpt-4o, params: {seed: 1}}", JudgeConfiguration("gpt-4o", params={"seed": 1})),
        ("{embedding_model: e}", JudgeConfiguration(embedding_model="e")),
    ],
)
def test_a_judge_is_a_name_or_a_mapping(written: str, expected: JudgeConfiguration) -> None:
    assert configure(f"judge: {written}\n").judge == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[gpt-4o]", "1:8: judge is a list; wanted a model's name, or {model: ..., embedding_model: ...}"),
        ("{}", "1:8: judge is an empty mapping; wanted a model's name, or {model: ..., embedding_model: ...}"),
        ("{modl: a}", '1:9: unknown key "modl" in judge; did you mean "model"?'),
        ("{embeddings: a}", '1:9: unknown key "embeddings" in judge; did you mean "embedding_model"?'),
        ("{model: a, params: {sed: 1}}", '1:28: unknown parameter "sed"; did you mean "seed"?'),
    ],
)
def test_a_malformed_judge_is_refused(written: str, expected: str) -> None:
    assert faults_of(f"judge: {written}\n").removesuffix(" If not, it goes under extra_body") == expected


def test_what_may_not_be_written_is_named() -> None:
    configuration = configure("secrets: [CUSTOMER_TOKEN]\nredact: ['ACME-\\d+', '[a-z]+@example']\n")

    assert configuration.secrets == ("CUSTOMER_TOKEN",)
    assert configuration.redact == ("ACME-\\d+", "[a-z]+@example")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("secrets: [sk-123]\n", "1:10: secrets holds what is no name of a variable"),
        ("secrets: TOKEN\n", '1:10: secrets is "TOKEN"; wanted a list of names of environment variables'),
        ("ignore: ['(']\n", '1:9: ignore: "(" is no regular expression: missing ): ('),
        ("ignore: ['$[']\n", '1:9: ignore: "$[" is no JSON path'),
        ("redact: ['(']\n", "1:9: redaction pattern '(': missing ): (; wanted a regular expression of RE2"),
    ],
)
def test_what_cannot_be_kept_out_is_a_fault(content: str, message: str) -> None:
    assert faults_of(content).startswith(message)


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "---\n", "{}\n"])
def test_an_empty_file_is_an_empty_configuration(content: str) -> None:
    assert configure(content) == Configuration(path=Path("dialogs.yaml"))


def test_a_client_certificate_lies_beside_the_configuration(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("models: {m: {client_cert: tls/me.pem, client_key: /keys/me.key}}\n")

    found = load_configuration(["scenarios"], "../project/dialogs.yaml").models["m"]
    assert (found.client_cert, found.client_key) == ("../project/tls/me.pem", "/keys/me.key")


def test_weights_lie_beside_the_configuration(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("models: {m: {endpoint: embedded, weights: w.gguf}}\n")
    (folder / "scenarios").mkdir()

    assert load_configuration(["scenarios"], "../project/dialogs.yaml").models["m"].weights == "../project/w.gguf"


@pytest.mark.parametrize(
    ("written", "expected"), [("/srv/w.gguf", "/srv/w.gguf"), ("~/w.gguf", "{home}/w.gguf"), ("../w.gguf", "../w.gguf")]
)
def test_weights_may_lie_elsewhere(written: str, expected: str) -> None:
    assert model(f"endpoint: embedded, weights: {written}").weights == expected.format(home=Path.home())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "hello\n",
            "1:1: text; wanted a configuration: a mapping with model, models, params, concurrency or timeout_s",
        ),
        (
            "- a\n",
            "1:1: a list; wanted a configuration: a mapping with model, models, params, concurrency or timeout_s",
        ),
        (
            "password: hunter2\n",
            (
                "1:1: a mapping without any key of a configuration; "
                "wanted a configuration: a mapping with model, models, params, concurrency or timeout_s"
            ),
        ),
        (
            "root:x:0:0:root:/root:/bin/bash\n",
            "1:1: text; wanted a configuration: a mapping with model, models, params, concurrency or timeout_s",
        ),
        (
            "model: a\n---\nmodel: b\n",
            "3:1: a second document; wanted all of the configuration in one",
        ),
        (
            "modl: a\nmodels: {}\n",
            '1:1: unknown key "modl" in the configuration; did you mean "model"?',
        ),
        (
            "limits: {}\nprices: {}\nmodel: a\n",
            (
                '1:1: unknown key "limits" in the configuration; wanted it in the entry of a model under models\n'
                '2:1: unknown key "prices" in the configuration; wanted it in the entry of a model under models'
            ),
        ),
        (
            "base_url: http://x\nmodel: a\n",
            '1:1: unknown key "base_url" in the configuration; wanted it in the entry of a model under models',
        ),
        (
            "api_key: sk-abcdefgh\nmodel: a\n",
            (
                '1:1: unknown key "api_key" in the configuration; '
                "wanted key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "model: [a]\n",
            "1:8: model is a list; wanted a model's name",
        ),
        (
            "model: ''\n",
            '1:8: model is ""; wanted a model\'s name',
        ),
        (
            "models: [a]\n",
            "1:9: models is a list; wanted a mapping of names to models",
        ),
        (
            "models: {a: b}\n",
            '1:13: model "a" is "b"; wanted a mapping with endpoint, model, base_url, key_env ...',
        ),
        (
            "models: {a: }\n",
            '1:13: model "a" is nothing; wanted a mapping with endpoint, model, base_url, key_env ...',
        ),
        (
            "models: {' a': {}}\n",
            '1:10: a model\'s name is " a"; wanted one without invisible characters',
        ),
        (
            "models: {a: {endpoint: aws}}\n",
            '1:24: endpoint is "aws"; wanted one of openai, azure, embedded, function',
        ),
        (
            "models: {a: {endpoint: [x]}}\n",
            "1:24: endpoint is a list; wanted one of openai, azure, embedded, function",
        ),
        (
            "models: {a: {endpont: azure}}\n",
            '1:14: unknown key "endpont" in a model; did you mean "endpoint"?',
        ),
        (
            "models: {a: {key: sk-abcdefgh}}\n",
            (
                '1:14: unknown key "key" in a model; '
                "wanted key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {api_key: sk-abcdefgh}}\n",
            (
                '1:14: unknown key "api_key" in a model; '
                "wanted key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {prices: {}}}\n",
            "1:22: prices is an empty mapping; wanted a mapping with input and output, in dollars for a million tokens",
        ),
        (
            "models: {a: {key_env: sk-proj-abcdefgh}}\n",
            (
                "1:23: key_env holds what is no name of a variable; "
                "wanted the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {key_env: [x]}}\n",
            "1:23: key_env is a list; wanted the name of the environment variable that holds the key",
        ),
        (
            "models: {a: {base_url: api.example.com}}\n",
            '1:24: base_url is "api.example.com"; wanted a URL, as https://api.example.com/v1',
        ),
        (
            "models: {a: {base_url: 'https://me:secret@host/v1'}}\n",
            (
                "1:24: base_url holds a name or a password; "
                "wanted it without, and key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {base_url: 'http://[::1'}}\n",
            '1:24: base_url is "http://[::1"; wanted a URL, as https://api.example.com/v1',
        ),
        (
            "models: {a: {base_url: 'me:secret@host/v1'}}\n",
            (
                "1:24: base_url holds a name or a password; "
                "wanted it without, and key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {base_url: 'file:///x'}}\n",
            '1:24: base_url is "file:///x"; wanted a URL, as https://api.example.com/v1',
        ),
        (
            "models: {a: {base_url: [x]}}\n",
            "1:24: base_url is a list; wanted a URL",
        ),
        (
            "models: {a: {weights: w.gguf, threads: 2}}\n",
            (
                "1:14: weights at the endpoint openai; wanted `endpoint: embedded` beside it, or weights left out\n"
                "1:31: threads at the endpoint openai; wanted `endpoint: embedded` beside it, or threads left out"
            ),
        ),
        (
            "models: {a: {endpoint: embedded, base_url: 'http://x', key_env: K, headers: {}}}\n",
            (
                "1:34: base_url at the endpoint embedded; wanted `endpoint: openai` beside it, or base_url left out\n"
                "1:56: key_env at the endpoint embedded; wanted `endpoint: openai` beside it, or key_env left out\n"
                "1:68: headers at the endpoint embedded; wanted `endpoint: openai` beside it, or headers left out"
            ),
        ),
        (
            "models: {a: {endpoint: azure, organization: o, project: p}}\n",
            (
                "1:31: organization at the endpoint azure; "
                "wanted `endpoint: openai` beside it, or organization left out\n"
                "1:48: project at the endpoint azure; wanted `endpoint: openai` beside it, or project left out"
            ),
        ),
        (
            "models: {a: {api_version: 2024-10-21}}\n",
            "1:14: api_version at the endpoint openai; wanted `endpoint: azure` beside it, or api_version left out",
        ),
        (
            "models: {a: {headers: {Authorization: Bearer sk-abc, Api-Key: x}}}\n",
            (
                '1:24: header "Authorization" holds a secret; '
                "wanted key_env, the name of the environment variable that holds the key\n"
                '1:54: header "Api-Key" holds a secret; '
                "wanted key_env, the name of the environment variable that holds the key"
            ),
        ),
        (
            "models: {a: {headers: {'X Y': a}}}\n",
            '1:24: a header\'s name is "X Y"; wanted letters, digits and hyphens',
        ),
        (
            "models: {a: {headers: {X: [a]}}}\n",
            '1:27: header "X" is a list; wanted text',
        ),
        (
            'models: {a: {headers: {X: "a\\r\\nY: b"}}}\n',
            '1:27: header "X" has characters that headers cannot have; wanted ASCII',
        ),
        (
            "models: {a: {headers: {X: é}}}\n",
            '1:27: header "X" has characters that headers cannot have; wanted ASCII',
        ),
        (
            "models: {a: {headers: [X]}}\n",
            "1:23: headers is a list; wanted a mapping of names to texts",
        ),
        (
            "concurrency: 0\n",
            "1:14: concurrency is 0; wanted a positive integer",
        ),
        (
            "concurrency: 1.5\n",
            "1:14: concurrency is 1.5; wanted a positive integer",
        ),
        (
            "concurrency: many\n",
            '1:14: concurrency is "many"; wanted a positive integer',
        ),
        (
            "concurrency: true\n",
            "1:14: concurrency is true; wanted a positive integer",
        ),
        (
            "timeout_s: -1\n",
            "1:12: timeout_s is -1; wanted a positive number",
        ),
        (
            "timeout_s: 0\n",
            "1:12: timeout_s is 0; wanted a positive number",
        ),
        (
            "timeout_s: 1e999\n",
            '1:12: "1e999" is not a number that JSON can hold; wanted a finite one',
        ),
        (
            "models: {a: {endpoint: embedded, threads: 0}}\n",
            "1:43: threads is 0; wanted a positive integer",
        ),
        (
            "models: {a: {client_key: me.key}}\n",
            "1:14: client_key without a certificate; wanted client_cert beside it",
        ),
        (
            "models: {a: {endpoint: embedded, weights: ~nobody-here/w}}\n",
            '1:43: weights is "~nobody-here/w"; wanted a path that does not begin with an unknown user\'s home',
        ),
        (
            "params: {temperature: 3}\n",
            "1:23: temperature is 3; wanted a number from 0 to 2",
        ),
        (
            "models: {a: {params: {sed: 1}}}\n",
            '1:23: unknown parameter "sed"; did you mean "seed"? If not, it goes under extra_body',
        ),
        (
            "models: {a: {extra_body: {messages: []}}}\n",
            '1:27: "messages" does not go into extra_body; wanted the messages under turns (and system)',
        ),
        (
            "model: a\nmodel: b\n",
            '2:1: key "model" stands twice, first at 1:1; wanted it once',
        ),
        (
            "model: *a\n",
            "1:8: an alias; wanted what it stands for, or quotes around a text that begins with *",
        ),
        (
            "model: a\n\tparams: {}\n",
            "2:1: a tab in the indentation; wanted spaces",
        ),
    ],
)
def test_a_malformed_configuration_is_refused_with_each_place(content: str, expected: str) -> None:
    assert faults_of(content) == expected


def test_a_key_in_the_file_is_never_quoted() -> None:
    assert "hunter2" not in faults_of(
        "api_key: hunter2\nmodels: {a: {key: hunter2, key_env: 'hunter2!', base_url: 'http://x:hunter2@y', "
        "headers: {Authorization: hunter2}}}\n"
    )


def test_what_is_no_configuration_is_not_quoted() -> None:
    assert "hunter2" not in faults_of("hunter2: a\nhunter2: b\n")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], "project"),
        (["scenarios"], "scenarios"),
        (["scenarios/talk.yaml"], "scenarios"),
        (["scenarios/*.yaml"], "scenarios"),
        (["scenarios/**/*.yaml"], "scenarios"),
        (["scenarios/a/talk.yaml", "scenarios/b"], "scenarios"),
        (["scenarios/../other/talk.yaml"], "project"),
        (["scenarios", "other"], "project"),
        (["gone/talk.yaml"], "project"),
        (["../x.yaml", "scenarios"], "home"),
    ],
)
def test_the_search_begins_in_the_common_folder_and_goes_up(folder: Path, paths: list[str], expected: str) -> None:
    for path, name in ((folder.parent, "home"), (folder, "project"), (folder / "scenarios", "scenarios")):
        path.mkdir(exist_ok=True)
        (path / "dialogs.yaml").write_text(f"model: {name}\n")

    assert load_configuration(paths).default_model == expected


def test_the_search_ends_at_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "dialogs.yaml").write_text("model: above\n")
    monkeypatch.setenv("HOME", str(folder))

    assert load_configuration(["."]) == Configuration()


def test_the_search_ends_below_a_folder_that_anyone_may_write_to(folder: Path) -> None:
    folder.parent.chmod(0o777)
    (folder.parent / "dialogs.yaml").write_text("model: a stranger's\n")

    assert load_configuration(["."]) == Configuration()


def test_a_file_that_is_named_is_read_and_no_other(folder: Path) -> None:
    (folder / "dialogs.yaml").write_text("model: found\n")
    (folder / "team.yaml").write_text("model: named\n")

    assert load_configuration(["."], "team.yaml") == Configuration(path=Path("team.yaml"), default_model="named")


def test_a_named_file_that_is_not_there_is_told() -> None:
    with pytest.raises(InvalidFilesError, match=r"^team.yaml: cannot be read: No such file or directory"):
        load_configuration(["."], "team.yaml")


def test_a_file_that_is_found_by_a_link_out_of_its_folder_is_refused(folder: Path) -> None:
    (folder.parent / "team.yaml").write_text("model: shared\n")
    (folder / "dialogs.yaml").symlink_to("../team.yaml")

    with pytest.raises(InvalidFilesError, match=r"dialogs.yaml: a symbolic link that leads out of its folder"):
        load_configuration(["."])

    assert load_configuration(["."], "dialogs.yaml").default_model == "shared"


@pytest.mark.parametrize(
    ("content", "expected"), [(b"model: \xff\n", "1:8: byte 0xff"), (b"model: a\0\n", "1:9: a NUL")]
)
def test_bytes_that_are_no_text_are_refused(content: bytes, expected: str) -> None:
    assert faults_of(content).startswith(expected)


def test_prices_and_limits_of_a_model_are_read() -> None:
    found = model("prices: {input: 2.5, cached_input: 1.25, output: 10}, limits: {rpm: 60, tpm: 100000}")

    assert (found.prices, found.limits) == (Prices(2.5, 10, 1.25), RateLimits(60, 100_000))


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("prices: 3", 'prices is "3"; wanted a mapping with input and output, in dollars for a million tokens'),
        ("prices: {input: 3}", "prices is a mapping; wanted a mapping with input and output"),
        ("prices: {input: -1, output: 2}", "input is -1; wanted a number that is not negative"),
        ("prices: {inputs: 1, output: 2}", 'unknown key "inputs" in prices; did you mean "input"?'),
        ("limits: {rpm: 0}", "rpm is 0; wanted a positive number"),
        ("limits: {rps: 1}", 'unknown key "rps" in limits; did you mean "rpm"?'),
        ("limits: [1]", "limits is a list; wanted a mapping with rpm (requests a minute) or tpm (tokens a minute)"),
    ],
)
def test_prices_and_limits_that_are_none_are_refused(written: str, fault: str) -> None:
    assert fault in faults_of(f"models: {{fast: {{{written}}}}}\n")


def test_prices_stand_with_their_model() -> None:
    assert 'unknown key "prices" in the configuration; wanted it in the entry of a model' in faults_of(
        "prices: {}\nmodel: a\n"
    )
