"""The exception tree.

TrialDesignError
├── SpecificationError    the user's input is wrong (exit status 2)
└── ConvergenceError      a stated accuracy or convergence target was missed (exit status 3)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class TrialDesignError(Exception):
    """Base of every error that this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input, and where.

    Attributes
    ----------
    path : tuple of str and int
        Keys and positions from the top of the document to the value.
    message : str
        ``KEY must be RULE; got VALUE. REMEDY.``
    """

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        where = ".".join(str(part) for part in self.path)
        return f"{where}: {self.message}" if where else self.message


class SpecificationError(TrialDesignError):
    """The input breaks a rule; ``str()`` has one line a problem."""

    def __init__(self, problems: str | Iterable[str | Problem]) -> None:
        listed = [problems] if isinstance(problems, str) else list(problems)
        self.problems = tuple(listed)
        super().__init__("\n".join(str(problem) for problem in listed))


class ConvergenceError(TrialDesignError):
    """A stated accuracy or convergence target was missed."""
