"""The command `dialogs`: its subcommands, and the one place where an error becomes text and an exit code."""

import sys
from typing import Annotated, Final, NoReturn

import typer

from dialogs import __version__
from dialogs.cli.accept import accept
from dialogs.cli.cassette import cassette_app
from dialogs.cli.chat import chat
from dialogs.cli.check import check
from dialogs.cli.diff import diff
from dialogs.cli.export import export
from dialogs.cli.grade import grade
from dialogs.cli.import_ import import_
from dialogs.cli.init import init
from dialogs.cli.merge import merge
from dialogs.cli.models import models_app
from dialogs.cli.report import report
from dialogs.cli.review import review
from dialogs.cli.run import run
from dialogs.cli.schema import schema
from dialogs.cli.show import show
from dialogs.cli.verify import verify
from dialogs.errors import DialogsError, InvalidFilesError

_BUG: Final = 70
_INTERRUPTED: Final = 130

app = typer.Typer(
    name="dialogs",
    help="Replay scripted conversations against any ChatCompletions endpoint, and see what changed.",
    epilog="Exit codes: 0 all well, 1 something differs or is unmet, 2 wrong use, 3 some dialogues could not be "
    "completed, 4 nothing selected, 70 a bug, 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(check)
app.command()(diff)
app.command()(accept)
app.command()(show)
app.command()(report)
app.command()(review)
app.command()(chat)
app.command()(verify)
app.command()(grade)
app.command()(schema)
app.command()(init)
app.command("import")(import_)
app.command()(export)
app.command()(merge)
app.add_typer(models_app, name="models")
app.add_typer(cassette_app, name="cassette")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dialogs {__version__}")
        raise typer.Exit


@app.callback()
def _dialogs(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        app(prog_name="dialogs")
    except DialogsError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the boundary: what reaches it is a bug of ours
        _complain(_bug_report(error))
        sys.exit(_BUG)
    sys.exit(0)


def _complain(error: DialogsError | str) -> None:
    prefix = "" if isinstance(error, InvalidFilesError) else "dialogs: "  # editors read file:line:column at the start
    sys.stderr.write(f"{prefix}{error}\n")


def _bug_report(error: Exception) -> str:
    # Imported here, since every command would wait for them.
    import tempfile  # noqa: PLC0415
    import traceback  # noqa: PLC0415

    with tempfile.NamedTemporaryFile(
        "w", prefix="dialogs-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(f"dialogs {__version__}, Python {sys.version}\n\n")
        file.writelines(traceback.format_exception(error))
    return (
        f"this is a bug in dialogs: {type(error).__name__}. Nothing that was paid for is lost by it.\n"
        f"The details are in {file.name}; please report it with that file (CONTRIBUTING.md says where)."
    )
