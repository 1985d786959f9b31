"""An evidence file to start from, written beside a shipped design that then names it."""

from __future__ import annotations

import re

from trialdesign.design.library import DESIGNS, LIBRARY, names, resource, shipped_text
from trialdesign.errors import SpecificationError

HEAD = """\
# Evidence of its own for a design: published data on one endpoint, one row per study and stratum.  The
# numbers below are published ones; put yours in their place, then
#
#     trialdesign priors show {evidence}   # checks this file
#     trialdesign priors fit {design}   # shows the prior that it gives
#
# name, citation  by which it is spoken of, and where its numbers are printed
# endpoint        the kind is that of the design
# arm             of the trial that you design, treatment or control: the component that may name it
# grade           A: read in the paper's own abstract or table; B: in a secondary source
# overlaps        evidence that holds outcomes of the same patients, never to be used beside this one
# note            what a reader must know
# data            stratum, as the design spells it; study; and of a binary endpoint n and responders,
#                 of a time to event the events and their exposure in patient-months ({{lower, upper}}
#                 where only bounds are known), and n, which all but the exponential need
# count_is        in a row: derived or back-calculated, where a count is arithmetic on published numbers
"""
SOURCE = re.compile(r"^([^#\n]*\bsource: *)([\w.-]+)", re.MULTILINE)


def own_evidence(template: str, design: str, evidence: str) -> tuple[str, str]:
    """Return the texts of a shipped design that names an evidence file beside it, and of that file.

    The file holds what the design names in the library, evidence on the treatment first, so that the
    design's results stay what they are until it is edited.

    Parameters
    ----------
    template : str
        Name of the shipped design.
    design, evidence : str
        Names that the two files will have.

    Raises
    ------
    SpecificationError
        There is no such design, or it names no evidence.
    """
    text = shipped_text(template)
    named = list(SOURCE.finditer(text))
    if not named:
        having = [name for name in names(DESIGNS) if SOURCE.search(shipped_text(name))]
        raise SpecificationError(
            f"--evidence must go with a design that names evidence ({', '.join(having)}); got "
            f"{template}. Choose one of these, or write the file as `trialdesign priors --help` shows."
        )
    arm = lambda found: resource(LIBRARY, found[2]).data["arm"]
    chosen = next((found for found in named if arm(found) == "treatment"), named[0])
    changed = text[: chosen.start(2)] + evidence + text[chosen.end(2) :]
    own = (LIBRARY / f"{chosen[2]}.yaml").read_text(encoding="utf-8")
    return changed, HEAD.format(design=design, evidence=evidence) + "\n" + own
