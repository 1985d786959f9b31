"""`priors`: the published evidence and what it says."""

from __future__ import annotations

from ._shell import LazyGroup

COMMANDS = {
    "list": ("priors_list", "List the evidence that comes with trialdesign."),
    "show": ("priors_show", "Show one evidence file: counts, citation, note, overlaps."),
    "fit": ("priors_fit", "Fit the priors that a design's evidence implies."),
    "ess": ("priors_ess", "Tell what a design's priors are worth in patients."),
    "conflict": ("priors_conflict", "Show which results a design's priors do not expect."),
    "elicit": ("priors_elicit", "Turn an expert's statement into a prior."),
}

command = LazyGroup("priors", table=COMMANDS, help="Published evidence, and what it says.")
