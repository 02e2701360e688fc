import subprocess
import sys
from pathlib import Path

import pytest

from command import dialogs
from dialogs.errors import WrongUseError
from dialogs.exporting_spans import export_spans
from servers import answer, serve


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "bot.py").write_text("def answer(messages):\n    return 'Hi.'\n")
    (tmp_path / "talk.yaml").write_text("turns: [Hello?]\n")
    return tmp_path


def test_a_run_sends_its_spans_where_the_environment_says(project: Path) -> None:
    with serve(lambda _request: answer(b"", headers=[("content-type", "application/x-protobuf")])) as server:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": server.origin, "PYTHONWARNINGS": ""}
        done = dialogs("run", "talk.yaml", "--endpoint", "bot:answer", "--otel", cwd=project, variables=variables)
        bodies = [request.body for request in server.requests if request.target == "/v1/traces"]

    assert done.code == 0, done.stderr
    assert any(b"invoke_workflow talk" in body and b"chat bot:answer" in body for body in bodies)


def test_spans_can_be_looked_at_on_stderr(project: Path) -> None:
    variables = {"OTEL_TRACES_EXPORTER": "console", "PYTHONWARNINGS": ""}
    done = dialogs("run", "talk.yaml", "--endpoint", "bot:answer", "--otel", cwd=project, variables=variables)

    assert '"name": "turn 1"' in done.stderr
    assert '"service.name": "dialogs"' in done.stderr


def test_without_the_flag_there_are_none(project: Path) -> None:
    variables = {"OTEL_TRACES_EXPORTER": "console"}
    done = dialogs("run", "talk.yaml", "--endpoint", "bot:answer", cwd=project, variables=variables)

    assert "turn 1" not in done.stderr


def test_an_exporter_that_there_is_not_is_refused() -> None:
    with pytest.raises(WrongUseError, match="OTEL_TRACES_EXPORTER is zipkin; wanted otlp, console or none"):
        export_spans({"OTEL_TRACES_EXPORTER": "zipkin"})


def test_a_program_that_has_set_up_an_sdk_gets_spans_unasked(project: Path) -> None:
    (project / "program.py").write_text(
        "import sys\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor\n"
        "import dialogs\n"
        "provider = TracerProvider()\n"
        "exporter = ConsoleSpanExporter(formatter=lambda span: span.name + '\\n')\n"
        "provider.add_span_processor(SimpleSpanProcessor(exporter))\n"
        "trace.set_tracer_provider(provider)\n"
        "def agent(messages):\n"
        "    with trace.get_tracer('agent').start_as_current_span('look up') as span:\n"
        "        return span.parent and 'Hi.'\n"
        "dialogs.play('talk.yaml', agent)\n"
    )
    done = subprocess.run([sys.executable, "program.py"], cwd=project, capture_output=True, text=True, check=True)

    assert done.stdout.split("\n") == ["look up", "chat agent", "turn 1", "invoke_workflow talk", ""]
