"""The seam to PyMC and ArviZ: the only module that imports them, and only when they are used.

It hides what differs between PyMC 5 with ArviZ 0.23 and PyMC 6 with ArviZ 1; outside it a posterior
is an `xarray.DataTree`, whichever of them drew it.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from xarray import DataTree

SAMPLERS = ("nutpie", "pymc")

# PyTensor's default of PyMC 5 compiles C: slowly, and not at all where there is no compiler.
MODE = "NUMBA"


def pymc():
    """Import PyMC and return it."""
    if "pytensor" not in sys.modules:
        _configure()
    import pymc

    return pymc


def _configure() -> None:
    """Tell PyTensor, which is about to be imported, what it would refuse to do without."""
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    added = []
    if "base_compiledir" not in flags and not _writable(os.path.expanduser("~/.pytensor")):
        folder = tempfile.mkdtemp(prefix="trialdesign-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        added.append(f"base_compiledir={folder}")
    if "cxx" not in flags and not any(map(shutil.which, ("g++", "clang++"))):
        added.append("cxx=")  # or it would complain that it is missed, which it is not
    if "blas__ldflags" not in flags:
        added.append("blas__ldflags=")  # the same: compiled by Numba, a model links to none
    if added:
        os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, [flags, *added]))


def _writable(folder: str) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def default_sampler() -> str:
    """Return ``nutpie`` where it is installed, PyMC's own ``pymc`` elsewhere."""
    return SAMPLERS[importlib.util.find_spec("nutpie") is None]


def sample(
    model,
    draws: int = 2500,
    tune: int = 1500,
    chains: int = 4,
    seed: int = 0,
    cores: int = 1,
    sampler: str | None = None,
    target_accept: float = 0.99,
) -> DataTree:
    """Draw from the posterior of a PyMC model by NUTS.

    Parameters
    ----------
    model : pymc.Model
    draws, tune : int
        Kept and discarded draws per chain.
    chains : int
    seed : int
        0 or more.
    cores : int
        Chains run at a time; more than one pays only for models that are slow to evaluate.
    sampler : {"nutpie", "pymc"}, optional
        `default_sampler` unless stated.
    target_accept : float
        Acceptance rate that the step size is tuned to, in (0, 1).

    Returns
    -------
    DataTree
        With the groups ``posterior`` and ``sample_stats``.
    """
    import pytensor  # the model has imported it

    sampler = default_sampler() if sampler is None else sampler
    number = int(np.random.SeedSequence(seed).generate_state(1)[0])
    common = dict(draws=draws, tune=tune, chains=chains, cores=cores, target_accept=target_accept)
    with pytensor.config.change_flags(mode=MODE):
        if sampler == "nutpie":
            import nutpie

            compiled = nutpie.compile_pymc_model(model)
            drawn = nutpie.sample(compiled, **common, seed=number, save_warmup=False, progress_bar=False)
        else:
            drawn = pymc().sample(
                **common,
                model=model,
                random_seed=number,
                nuts_sampler="pymc",
                progressbar=False,
                quiet=True,
                compute_convergence_checks=False,  # `diagnose` states its own
            )
    return drawn.to_datatree() if hasattr(drawn, "to_datatree") else drawn


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """How well chains agree and how much independent information they hold.

    Attributes
    ----------
    rhat : float
        Largest rank-normalised split R-hat. Vehtari et al. 2021, doi:10.1214/20-BA1221.
    ess_bulk, ess_tail : float
        Smallest effective numbers of draws, of the centre and of the 5 % and 95 % quantiles.
    divergences : int
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    divergences: int


def diagnose(posterior: DataTree, names: list[str]) -> Diagnostics:
    """Return the worst diagnostics over the named variables of a posterior."""
    import arviz_stats

    variables = posterior["posterior"].to_dataset()[names]

    def over_all(statistic, worst, **options) -> float:
        each = statistic(variables, sample_dims=["chain", "draw"], **options)
        return float(worst([worst(each[name].values) for name in names]))

    return Diagnostics(
        rhat=over_all(arviz_stats.rhat, np.max, method="rank"),
        ess_bulk=over_all(arviz_stats.ess, np.min, method="bulk"),
        ess_tail=over_all(arviz_stats.ess, np.min, method="tail", prob=(0.05, 0.95)),
        divergences=int(posterior["sample_stats"]["diverging"].sum()),
    )


def effective_size(draws: np.ndarray) -> float:
    """Return the effective number of draws (C, N), of C chains, for their mean."""
    import arviz_stats

    return float(arviz_stats.ess(draws, method="mean"))
