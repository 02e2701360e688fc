"""What holds for every test: no socket leaves the machine, no setting of the user's comes in."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

# No verdict of a test hangs on how busy the machine is.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# A shell's background jobs, and what some CI systems begin, have it ignored, which programs inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


# Whatever a variable of these changes, it is a setting: of endpoints, of the network, of a terminal, of a CI.
_SETTINGS = ("OPENAI_", "AZURE_", "OTEL_", "GIT_", "GITHUB_")
_ENDS_OF_SETTINGS = ("_PROXY", "_COLOR", "_COLOR_FORCE", "_COLORS")
_SETTING_NAMES = {"COLUMNS", "LINES", "TERM", "PAGER", "LESS", "BROWSER", "CI", "PYTHONWARNINGS", "PYTHONIOENCODING"}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        upper = name.upper()
        if upper.startswith(_SETTINGS) or upper.endswith(_ENDS_OF_SETTINGS) or upper in _SETTING_NAMES:
            monkeypatch.delenv(name)
