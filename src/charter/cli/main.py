"""`charter`: the program. Imports are lazy, so that help and errors come at once.

Exit codes: 0 fine; 1 the content is wrong (errors found, tests failed); 2 the call is wrong; 3 the world failed, trying
again may help; 4 refused; 70 a defect of Charter; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from charter.errors import CharterError

EXIT_CONTENT, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_REFUSED, EXIT_DEFECT, EXIT_INTERRUPTED = 1, 2, 3, 4, 70, 130


def application() -> typer.Typer:
    """Answers the whole command line, with every command registered."""
    import typer

    from charter.cli import change, close, draft, export, intake, match, measure, model, setup, suspects, tasks, upkeep

    app = typer.Typer(
        name="charter",
        help="The operating model of B2B commerce, as code: declare, check, take in, measure, explain.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
        if version:
            from charter import __version__

            print(f"charter {__version__}")
            raise typer.Exit

    for part in (setup, model, change, draft, intake, match, measure, suspects, close, tasks, export, upkeep):
        part.register(app)
    return app


def exit_code(error: CharterError) -> int:
    """Answers the exit code for an error, by what the caller can do about it."""
    from charter.errors import ContentError, RefusedError, UnavailableError

    if isinstance(error, ContentError):
        return EXIT_CONTENT
    if isinstance(error, UnavailableError):
        return EXIT_UNAVAILABLE
    return EXIT_REFUSED if isinstance(error, RefusedError) else EXIT_USAGE


def main() -> None:
    """Runs the command line and leaves with its exit code; users never see a stack trace."""
    from charter.errors import CharterError

    try:
        application()()
    except CharterError as error:
        print(error, file=sys.stderr)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        print("interrupted; nothing that was not committed has taken effect", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("CHARTER_DEBUG"):
            raise
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"error APP900 a defect of Charter: {told}", file=sys.stderr)
        print("  hint: run again with CHARTER_DEBUG=1 and report what it prints", file=sys.stderr)
        sys.exit(EXIT_DEFECT)


if __name__ == "__main__":
    main()
