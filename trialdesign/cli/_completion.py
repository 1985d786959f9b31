"""What a shell offers where an argument is typed: names of shipped designs and evidence, and files.

The names are looked up when a shell asks for them, so that no command is slower to start.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def designs(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the shipped designs whose name begins so; a shell adds its files."""
    from trialdesign.design.library import shipped_names

    return _files_and(shipped_names(), incomplete)


def templates(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the shipped designs whose name begins so, and no file."""
    from trialdesign.design.library import shipped_names

    return _beginning(shipped_names(), incomplete)


def sources(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the evidence of the library whose name begins so; a shell adds its files."""
    from trialdesign.design.library import evidence_names

    return _files_and(evidence_names(), incomplete)


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the mark by which a shell offers its files."""
    return _files_and((), incomplete)


def _files_and(names: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    # The mark comes first: bash empties its list where it meets it.
    return [CompletionItem(incomplete, type="file"), *_beginning(names, incomplete)]


def _beginning(names: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
