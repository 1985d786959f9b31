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

EXAMPLE = """\
name: smith-2026-response
citation: "Smith J, et al. Journal 2026;1:1-9. doi:10.1000/example"
endpoint: {kind: binary, name: major response at month 6}
arm: treatment                 # of the trial that you design: treatment or control
grade: A                       # A: read in the paper's own abstract or table; B: elsewhere
data:                          # one row per study and stratum
  - {stratum: SLE, study: smith-2026, n: 12, responders: 9}
  - {stratum: IIM, study: smith-2026, n: 5, responders: 3, count_is: back-calculated}
"""

command = LazyGroup(
    "priors",
    table=COMMANDS,
    help="Published evidence, and what it says.",
    epilog="An evidence file of your own, named in a design by its path, `source: smith.yaml`:\n\n"
    f"\b\n{EXAMPLE}\n`trialdesign init TEMPLATE --evidence` writes one beside a design; "
    "`trialdesign priors show smith.yaml` checks one.",
)
