"""What a belief takes in memory, known before it is made.

Counted are numbers of eight bytes: those of the masses (K, S, G), and the most that are held at once
while they are computed.  `BUDGET` is what a computation may take in all.
"""

from __future__ import annotations

from dataclasses import dataclass

BUDGET = 2 * 1024**3  # bytes
RUNNING = 200e6  # bytes that Python and its libraries take
AFFORDED = int((BUDGET - RUNNING) / 8)  # numbers


@dataclass(frozen=True, slots=True)
class Cost:
    """The size of a belief.

    Attributes
    ----------
    nodes : int
        K.
    kept : int
        Numbers that its masses come to.
    peak : int
        Numbers held at most while it is made.
    """

    nodes: int
    kept: int
    peak: int


def updated(before: Cost, full: int, beside: int = 0) -> Cost:
    """Return the cost of a belief that is updated by Bayes' rule.

    Parameters
    ----------
    before : Cost
    full : int
        S * G, numbers of a node whose strata differ.
    beside : int
        Further numbers a node that are held at once.
    """
    kept = before.nodes * full
    peak = before.kept + kept + before.nodes * beside
    return Cost(before.nodes, kept, max(before.peak, peak))


def crossed(first: Cost, second: Cost, n_strata: int, full: int) -> Cost:
    """Return the cost of two beliefs that are mixed stratum by stratum, their nodes crossed."""
    nodes = first.nodes * second.nodes
    kept = nodes * full
    beside = (2 * nodes + second.nodes) * full // n_strata  # of one stratum at a time
    peak = first.kept + second.kept + kept + beside
    return Cost(nodes, kept, max(first.peak, second.peak + first.kept, peak))


def words(numbers: float) -> str:
    """Return the memory that numbers take, as it is told."""
    return f"{(8 * numbers + RUNNING) / 1024**3:.1f} GB"
