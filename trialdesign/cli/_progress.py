"""A progress bar on standard error, for work that turns out to be long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0  # seconds before a bar appears


@contextmanager
def progress(label: str, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Give a function that is told the fraction of the work that is done, from 0 to 1.

    The bar appears after two seconds, and only where standard error is a terminal.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    bar = _Bar(label)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """Rich's bar, imported and drawn when patience ends; it leaves no trace."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.started = time.perf_counter()
        self.drawn = None

    def __call__(self, done: float) -> None:
        if self.drawn is None and time.perf_counter() - self.started > PATIENCE:
            from rich.console import Console
            from rich.progress import Progress

            self.drawn = Progress(console=Console(stderr=True), transient=True)
            self.task = self.drawn.add_task(self.label, total=1.0)
            self.drawn.start()
        if self.drawn is not None:
            self.drawn.update(self.task, completed=done)

    def close(self) -> None:
        if self.drawn is not None:
            self.drawn.stop()
