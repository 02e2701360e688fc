"""Sets up OpenTelemetry for a run of the command line, by its own environment variables."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dialogs.errors import WrongUseError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SERVICE = "dialogs"


def export_spans(environ: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Export the spans of this process; what is returned sends what is left, and is to be called at the end.

    `OTEL_TRACES_EXPORTER` is `otlp` (over HTTP, the default), `console` (to stderr) or `none`. Where something else has
    set up an SDK already, as `opentelemetry-instrument` does, that goes on as it is.

    Raises:
        WrongUseError: the extra `otel` is not installed, or another exporter is wanted.
    """
    try:
        from opentelemetry import trace  # noqa: PLC0415 - of an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise WrongUseError(f"--otel: {error.name} is not installed; pip install 'dialogs-cli[otel]'") from None
    there = trace.get_tracer_provider()
    if isinstance(there, TracerProvider):
        return lambda: _flush(there)
    is_named = "OTEL_SERVICE_NAME" in environ or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = TracerProvider(resource=Resource.create({} if is_named else {"service.name": _SERVICE}))
    _add_exporter(provider, environ.get("OTEL_TRACES_EXPORTER") or "otlp")
    trace.set_tracer_provider(provider)
    return lambda: _flush(provider)


def _flush(provider: "TracerProvider") -> None:
    provider.force_flush()


def _add_exporter(provider: "TracerProvider", name: str) -> None:
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415 - of an extra
        BatchSpanProcessor,
        ConsoleSpanExporter,
        SimpleSpanProcessor,
    )

    if name == "otlp":
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise WrongUseError(f"--otel: {error.name} is not installed; pip install 'dialogs-cli[otel]'") from None
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    elif name == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    elif name != "none":
        raise WrongUseError(
            f"--otel: OTEL_TRACES_EXPORTER is {name}; wanted otlp, console or none, or opentelemetry-instrument"
        )
