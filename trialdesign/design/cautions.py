"""What a user should know about a design before its numbers are believed."""

from __future__ import annotations

from collections.abc import Iterator

from trialdesign.design.consistency.of_evidence import components_of, names_outcome, same_outcome
from trialdesign.design.design import Design
from trialdesign.design.truths import is_effective


def cautions(design: Design) -> tuple[str, ...]:
    """Return warnings, each of which names the next action.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    """
    return (
        *on_other_outcomes(design),
        *_undiscounted(design),
        *_without_null(design),
        *_unused(design),
    )


def on_other_outcomes(design: Design) -> Iterator[str]:
    """Yield evidence whose outcome bears another name than the design's, where that has one.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    """
    if not names_outcome(design):
        return
    uses = [use for _, _, component in components_of(design) for use in component.evidence]
    others = {use.source.name: use.source for use in uses if not same_outcome(design, use.source)}
    for evidence in others.values():
        yield (
            f"{evidence.name} counts {evidence.endpoint.name!r}, this design {design.endpoint.name!r}: "
            "the model takes the two to be one outcome. Say in the protocol why they are, or discount "
            "the evidence."
        )


def _undiscounted(design: Design) -> Iterator[str]:
    """Yield evidence that nothing in the design can overrule."""
    for name, component in design.model.components().items():
        for use in component.evidence:
            if use.discount.whole():
                yield (
                    f"{use.source.name} informs `{name}` at full weight: where the trial contradicts "
                    "it, the type I error is not controlled. Consider {kind: robust, weight: 0.5, "
                    "vague: {dist: Normal, mu: 0, sigma: 2}} as its discount."
                )


def _without_null(design: Design) -> Iterator[str]:
    """Yield a word on scenarios none of which can show an error."""
    if design.scenarios and all(all(is_effective(design, each)) for each in design.scenarios):
        yield (
            "no scenario has a null stratum, so that no type I error is computed. Add a scenario in "
            "which the treatment does not work."
        )


def _unused(design: Design) -> Iterator[str]:
    """Yield a word on a design prior, which no scenario has a use for."""
    if design.design_prior is not None:
        yield (
            "`design_prior` has no part in these results, whose truths are the scenarios. `assurance` "
            "draws truths from it, and so does `follow-up`."
        )
