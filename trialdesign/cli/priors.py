"""`priors`: the published evidence and what it says."""

from __future__ import annotations

from ._shell import LazyGroup

COMMANDS = {
    "list": ("priors_list", "List the evidence that comes with trialdesign."),
    "show": ("priors_show", "Show one evidence file: counts, citation, note, overlaps."),
}

command = LazyGroup("priors", table=COMMANDS, help="Published evidence, and what it says.")
