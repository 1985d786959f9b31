"""What all commands share: import on demand, exit statuses, and errors a user can act on.

Exit status: 0 done; 2 the user's input is wrong; 3 done, but a stated accuracy or convergence target
was missed; 1 anything else; 130 interrupted.
"""

from __future__ import annotations

import io
import os
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from trialdesign.errors import ConvergenceError, SpecificationError
from trialdesign.specification.wording import clean_lines

FAILED, WRONG_INPUT, MISSED_TARGET, INTERRUPTED = 1, 2, 3, 130
LOCATED = re.compile(r".+:\d+:\d+: ")  # file:line:column
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run; help needs the table alone.

    Parameters
    ----------
    name : str
    table : mapping of str to (module, help)
        Modules of this package, each with a ``command``, and one line of help each.
    """

    def __init__(self, name: str, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(name, context_settings=SETTINGS, no_args_is_help=True, **settings)
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        return import_module(f"trialdesign.cli.{self.table[name][0]}").command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list:
        from click.shell_completion import CompletionItem

        begun = [(name, text) for name, (_, text) in self.table.items() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in begun), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]):
        name = args[0]
        if name not in self.table and not name.startswith("-") and not ctx.resilient_parsing:
            close = get_close_matches(name, self.table, n=1)
            remedy = f"Did you mean `{close[0]}`?" if close else f"Known are {', '.join(self.table)}."
            raise click.UsageError(f"there is no command `{name}`. {remedy}", ctx)
        return super().resolve_command(ctx, args)

    def main(self, args=None, prog_name=None, standalone_mode: bool = True, **extra: Any):
        """Run a command; with ``standalone_mode``, exit with its status."""
        arguments = sys.argv[1:] if args is None else list(args)
        if args is None:
            _prepare_process("--debug" in arguments)
        run = super().main
        status = guarded(
            lambda: run(arguments, prog_name or self.name, standalone_mode=False, **extra),
            debug="--debug" in arguments,
        )
        if standalone_mode:
            sys.exit(status)
        return status


def _prepare_process(debug: bool) -> None:
    """Leave nothing but the command's own words on the terminal, in whatever letters it has."""
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")  # Python's own; the commands tell those of trialdesign
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def guarded(run: Callable[[], int | None], debug: bool = False) -> int:
    """Return the exit status of a command; what went wrong is told on standard error."""
    try:
        status = run() or 0
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        say(text.getvalue(), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted: no file was written.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; nor must Python's own flush at exit meet the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        if debug:
            import traceback

            say(traceback.format_exc(), err=True, nl=False)
        return _tell(error)


def _tell(error: Exception) -> int:
    """Print what an exception means to the user and return the exit status."""
    if isinstance(error, SpecificationError):
        for problem in error.problems:
            complain(str(problem))
        return WRONG_INPUT
    if isinstance(error, ConvergenceError):
        complain(str(error))
        return MISSED_TARGET
    if isinstance(error, (OSError, MemoryError)):
        reason = getattr(error, "strerror", None) or str(error) or "out of memory"
        about = f"{error.filename}: " if getattr(error, "filename", None) else ""
        complain(f"{about}{reason}.")
    else:
        what = f"{type(error).__name__}: {error}"
        complain(f"{what}\nThis is a defect of trialdesign; --debug shows where it arose.")
    return FAILED


def complain(text: str) -> None:
    """Print an error; one that has a place starts with it, so that editors can jump there."""
    say(text if LOCATED.match(text) else f"Error: {text}", err=True)


def say(text: str, err: bool = False, nl: bool = True) -> None:
    """Print a text which, whatever it quotes, neither moves the terminal's cursor nor hides a part."""
    click.echo(clean_lines(text), err=err, nl=nl)


def show_version() -> click.Option:
    """Return the option ``--version``."""

    def show(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            say(f"trialdesign {version()}")
            ctx.exit()

    return click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show,
        help="Show the version and exit.",
    )  # fmt: skip


def version() -> str:
    """Return the version of the installed package."""
    from trialdesign import __version__

    return __version__
