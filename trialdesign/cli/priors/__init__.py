"""`priors`: the published evidence and what it says."""

from __future__ import annotations

from trialdesign.cli._shell import LazyGroup

COMMANDS = {
    "list": ("priors.list", "List the evidence that comes with trialdesign."),
    "show": ("priors.show", "Show one evidence file: counts, citation, note, overlaps."),
    "fit": ("priors.fit", "Fit the priors that a design's evidence implies."),
    "ess": ("priors.ess", "Tell what a design's priors are worth in patients."),
    "conflict": ("priors.conflict", "Show which results a design's priors do not expect."),
    "elicit": ("priors.elicit", "Turn an expert's statement into a prior."),
}

command = LazyGroup("priors", table=COMMANDS, help="Published evidence, and what it says.")
