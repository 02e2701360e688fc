"""Parameters by name, type and range."""

import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsBase, CompletionCreateParamsNonStreaming

from dialogs.loading.parameters import PARAMETERS
from scenario_files import faults_of, load

MALFORMED = [
    pytest.param(
        "params: [a]\nturns: [hi]\n", "1:9: params is a list; wanted a mapping of parameters", id="params-list"
    ),
    pytest.param(
        "params:\nturns: [hi]\n", "1:8: params is nothing; wanted a mapping of parameters", id="params-nothing"
    ),
    pytest.param(
        "params: {temperature: hot}\nturns: [hi]\n",
        '1:23: temperature is "hot"; wanted a number from 0 to 2',
        id="temp-text",
    ),
    pytest.param(
        "params: {temperature: 2.5}\nturns: [hi]\n",
        "1:23: temperature is 2.5; wanted a number from 0 to 2",
        id="temp-range",
    ),
    pytest.param(
        "params: {temperature: '0'}\nturns: [hi]\n",
        '1:23: temperature is "0"; wanted a number from 0 to 2',
        id="temp-quoted",
    ),
    pytest.param(
        "params: {temperature: true}\nturns: [hi]\n",
        "1:23: temperature is true; wanted a number from 0 to 2",
        id="temp-bool",
    ),
    pytest.param(
        "params: {top_p: -0.1}\nturns: [hi]\n", "1:17: top_p is -0.1; wanted a number from 0 to 1", id="top_p"
    ),
    pytest.param("params: {seed: 1.5}\nturns: [hi]\n", "1:16: seed is 1.5; wanted an integer", id="seed-float"),
    pytest.param(
        "params: {logprobs: yes}\nturns: [hi]\n", '1:20: logprobs is "yes"; wanted true or false', id="logprobs-yes"
    ),
    pytest.param(
        "params: {stop: [a, 1]}\nturns: [hi]\n", '1:16: stop is ["a",1]; wanted text or a list of texts', id="stop-list"
    ),
    pytest.param(
        "params: {response_format: json}\nturns: [hi]\n",
        '1:27: response_format is "json"; wanted a mapping',
        id="format-text",
    ),
    pytest.param(
        "params: {response_format: {type: json_schem}}\nturns: [hi]\n",
        '1:34: type is "json_schem"; wanted one of text, json_object, json_schema',
        id="format-type",
    ),
    pytest.param(
        "params: {response_format: {type: json_schema}}\nturns: [hi]\n",
        "1:34: type json_schema and no schema; wanted json_schema beside it",
        id="format-without-schema",
    ),
    pytest.param(
        "tools: [{name: f}]\nparams: {tool_choice: f}\nturns: [hi]\n",
        '2:23: tool_choice is "f"; wanted {type: function, function: {name: f}}, or auto, required or none',
        id="tool-choice-name",
    ),
    pytest.param(
        "params: {logit_bias: {1: x}}\nturns: [hi]\n",
        '1:22: logit_bias is {"1":"x"}; wanted a mapping of tokens to numbers',
        id="logit_bias",
    ),
    pytest.param(
        "params: {metadata: {a: 1}}\nturns: [hi]\n",
        '1:20: metadata is {"a":1}; wanted a mapping of names to texts',
        id="metadata",
    ),
    pytest.param(
        "params: {temprature: 1}\nturns: [hi]\n",
        '1:10: unknown parameter "temprature"; did you mean "temperature"? If not, it goes under extra_body',
        id="unknown-param",
    ),
    pytest.param(
        "params: {top_k: 1, mirostat: 2}\nturns: [hi]\n",
        '1:10: unknown parameter "top_k"; wanted it under extra_body, if the server knows it\n'
        '1:20: unknown parameter "mirostat"; wanted it under extra_body, if the server knows it',
        id="server-param",
    ),
    pytest.param(
        "params: {n: 2, stream: true, stream_options: {}, messages: [], model: x, tools: []}\nturns: [hi]\n",
        '1:10: "n" is no parameter of a scenario; wanted `dialogs run --samples`\n'
        '1:16: "stream" is no parameter of a scenario; wanted `dialogs run --stream`\n'
        '1:30: "stream_options" is no parameter of a scenario; wanted `dialogs run --stream`\n'
        '1:50: "messages" is no parameter of a scenario; wanted the messages under turns (and system)\n'
        '1:64: "model" is no parameter of a scenario; wanted it under model\n'
        '1:74: "tools" is no parameter of a scenario; wanted it under tools, beside params',
        id="refused-params",
    ),
    pytest.param(
        "extra_body: {n: 2, messages: []}\nturns: [hi]\n",
        '1:14: "n" does not go into extra_body; wanted `dialogs run --samples`\n'
        '1:20: "messages" does not go into extra_body; wanted the messages under turns (and system)',
        id="extra-refused",
    ),
    pytest.param("extra_body: [1]\nturns: [hi]\n", "1:13: extra_body is a list; wanted a mapping", id="extra-list"),
]


@pytest.mark.parametrize(("content", "expected"), MALFORMED)
def test_a_wrong_parameter_is_refused_with_its_place(content: str, expected: str) -> None:
    assert "\n".join(faults_of(content)) == expected


def test_every_parameter_of_the_openai_library_is_known() -> None:
    theirs = set(CompletionCreateParamsNonStreaming.__annotations__) | set(CompletionCreateParamsBase.__annotations__)
    told_elsewhere = {"messages", "model", "n", "stream", "stream_options"}
    later = {"functions", "function_call", "tools"}

    assert theirs - told_elsewhere - later == set(PARAMETERS)


@pytest.mark.parametrize(
    "written",
    [
        "temperature: 0",
        "temperature: 2",
        "temperature: 1e-1",
        "temperature: null",
        "seed: -1",
        "max_tokens: -1",
        "stop: END",
        "stop: [END, '###']",
        "reasoning_effort: none",
        "response_format: {type: json_object}",
        "tool_choice: auto",
        "logit_bias: {50256: -100}",
        "logprobs: true",
    ],
)
def test_a_fitting_parameter_is_taken(written: str) -> None:
    (scenario,) = load(f"params: {{{written}}}\nturns: [hi]\n")

    assert list(scenario.params) == [written.partition(":")[0]]


def test_extra_body_may_hold_any_json() -> None:
    (scenario,) = load("extra_body: {top_k: 20, guided: {a: [1, null]}, temperature: 9}\nturns: [hi]\n")

    assert scenario.extra_body == {"top_k": 20, "guided": {"a": [1, None]}, "temperature": 9}
