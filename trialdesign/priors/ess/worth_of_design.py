"""What the priors of a design, or a mixture that RBesT has written, are worth in patients."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.result import Result
from trialdesign.priors.ess.definitions import METHODS, effective_sample_size
from trialdesign.priors.ess.expected import ExpectedEssRow, expected_ess
from trialdesign.priors.ess.of_design import EssRow, PriorWorth, ess_over_weights, ess_rows, worth_of
from trialdesign.priors.ess.readings import ReadSizes, sizes_over_readings
from trialdesign.priors.mixtures.rbest_json import StoredMixture, read_mixture
from trialdesign.priors.notes import prior_notes
from trialdesign.priors.summary import grounds_of

WEIGHTS = np.linspace(0, 1, 11)  # of the vague component
WEIGHTS.flags.writeable = False


@dataclass(frozen=True, slots=True, repr=False)
class PriorEss(Result):
    """Effective sample sizes of the analysis priors.

    Attributes
    ----------
    design : Design
    rows : tuple of EssRow
        By elir, moment and morita, of each component and stratum.
    worths : tuple of PriorWorth
        Each prior as a mixture, with its unit of information and its planned size.
    readings : tuple of ReadSizes
        The same sizes under each reading of exposures known as bounds; empty without such.
    expected : tuple of ExpectedEssRow
        What a prior adds once the trial's data are in, where outcomes can be listed.
    notes : tuple of str
        What each prior rests on, in a line.
    seconds : float
    warnings : tuple of str
        That a size diverges.
    """

    design: Design
    rows: tuple[EssRow, ...]
    worths: tuple[PriorWorth, ...]
    readings: tuple[ReadSizes, ...]
    expected: tuple[ExpectedEssRow, ...]
    notes: tuple[str, ...]
    seconds: float
    warnings: tuple[str, ...]

    def told(self) -> Iterator[str]:
        """Yield the method and elir of each prior beside the planned size."""
        yield f"quadrature; {self.seconds:.1f} s"
        each = [
            f"{own.prior.component}, {own.prior.stratum} {own.sizes['elir']:.1f} beside {own.planned}"
            for own in self.worths
        ]
        yield f"elir beside planned patients: {'; '.join(each)}"

    def sizes_read(self) -> list[dict[str, Any]]:
        """Return the sizes under each reading as rows, three a component and stratum."""
        return [
            {"exposure": each.exposure, "component": each.component, "stratum": each.stratum}
            | {"method": method, "ess": size}
            for each in self.readings
            for method, size in each.sizes.items()
        ]

    def about(self) -> list[dict[str, Any]]:
        """Return each prior as a mixture, its unit, the planned size, and elir per planned patient."""
        return [
            {
                "component": own.prior.component,
                "stratum": own.prior.stratum,
                "unit": own.unit.name,
                "planned": own.planned,
                "ratio": own.sizes["elir"] / own.planned if own.planned else None,
                "prior": own.mixture.to_dict(),
                "divergence": own.divergence,
            }
            for own in self.worths
        ]

    def of_component(self, component: str) -> list[PriorWorth]:
        """Return what the priors of one component are worth, one per stratum."""
        return [own for own in self.worths if own.prior.component == component]

    def over_weights(
        self, component: str, weights: np.ndarray = WEIGHTS
    ) -> dict[str, dict[str, np.ndarray]]:
        """Return the sizes over the weight of the vague component, stratum -> method -> (W,).

        Raises
        ------
        SpecificationError
            The last source of evidence on the component has no vague component.
        """
        return ess_over_weights(self.design, self.of_component(component), weights)


@on_one_thread
def prior_ess(design: Design, component: str | None = None) -> PriorEss:
    """Return what the analysis priors are worth in patients, by elir, moment and morita.

    Parameters
    ----------
    design : Design
    component : str, optional
        ``control``, ``treatment`` or ``effect``; all of them unless stated.

    Returns
    -------
    PriorEss

    Raises
    ------
    SpecificationError
        The design has no such component, or a row of its evidence has no patients.
    """
    started = time.perf_counter()
    grounds = grounds_of(design, component)
    priors = [prior for ground in grounds for prior in ground.priors(design)]
    worths = worth_of(design, priors)
    readings = sizes_over_readings(design, grounds, worths)
    expected: Sequence[ExpectedEssRow] = ()
    if design.endpoint.listable:
        expected = expected_ess(design, worths)
    return PriorEss(
        design=design,
        rows=tuple(ess_rows(worths)),
        worths=tuple(worths),
        readings=tuple(readings),
        expected=tuple(expected),
        notes=tuple(prior_notes(design, priors)),
        seconds=time.perf_counter() - started,
        warnings=tuple(_diverges(own) for own in worths if not np.isfinite(own.sizes["elir"])),
    )


def _diverges(own: PriorWorth) -> str:
    return (
        f"elir of {own.prior.component} in {own.prior.stratum} diverges: a parameter of the prior is "
        "below 1, where its density has a pole. Use moment, or a prior without poles."
    )


@dataclass(frozen=True, slots=True, repr=False)
class MixtureEss(Result):
    """Effective sample sizes of a mixture that no design holds.

    Attributes
    ----------
    path : str
        The file that it was read from.
    rows : tuple of EssRow
        Without component and stratum.
    stored : StoredMixture
    seconds : float
    warnings : tuple of str
    """

    path: str
    rows: tuple[EssRow, ...]
    stored: StoredMixture
    seconds: float
    warnings: tuple[str, ...]

    @property
    def title(self) -> str:
        """The file."""
        return self.path

    def told(self) -> Iterator[str]:
        """Yield each size."""
        each = [f"{row.method} {row.ess:.1f}" for row in self.rows]
        yield f"effective sample size ({self.stored.unit().name}): {', '.join(each)}"


def mixture_ess(path: str | Path) -> MixtureEss:
    """Return what a mixture in RBesT's JSON is worth in patients.

    Raises
    ------
    SpecificationError
        The file is not there, or is no such mixture.
    """
    started = time.perf_counter()
    stored = read_mixture(path)
    unit = stored.unit()
    sizes = {m: float(effective_sample_size(stored.mixture, m, unit)) for m in METHODS}
    warnings = []
    if not np.isfinite(sizes["elir"]):
        warnings.append("elir diverges: a parameter is below 1. Use moment.")
    rows = tuple(EssRow(None, None, method, size) for method, size in sizes.items())
    return MixtureEss(str(path), rows, stored, time.perf_counter() - started, tuple(warnings))
