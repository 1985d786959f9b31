"""Draws, data and predictions in the form that ArviZ and its users know: an `xarray.DataTree`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.sampling.drawn import Drawn
from trialdesign.analysis.sampling.nuts import sample_prior
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.analysis.summaries import arm_estimands
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import Estimand

if TYPE_CHECKING:
    from xarray import Dataset, DataTree

    from trialdesign.analysis.analyse import Analysis

CHAINS = 4
EXACT = "independent draws from the posterior on the grid, not a Markov chain; seed alone decides them"
SAMPLED = "draws by NUTS"
INTERNAL = ("_values", "_log_weights", "_shapes")  # of the PyMC model: alternatives not yet chosen
OF_ROWS = "_past"  # a hyperparameter for each row of the evidence, not for each stratum


@on_one_thread
def analysis_tree(result: Analysis, seed: int, draws: int) -> DataTree:
    """Return an analysis as a tree; `Analysis.to_datatree` says what is in it."""
    design, posterior = result.design, _posterior(result, seed, draws)
    if isinstance(posterior, NutsPosterior):
        n = len(next(iter(posterior.draws.values()))) // posterior.chains
        prior = sample_prior(design, n, seed)
    else:
        prior = result.found.draw_prior(CHAINS * draws, seed + 1, CHAINS)
    estimands = {each.label: each for each in map(design.estimand, design.decision)}
    by_arm = arm_estimands(design)
    predictive = {"posterior_predictive": posterior, "prior_predictive": prior}
    groups = {
        "posterior": draws_of(posterior, estimands.values(), by_arm),
        "prior": draws_of(prior, estimands.values(), by_arm),
        **observed(design, result.data),
        **predicted(design, result.data.statistics, predictive, seed),
        **sample_stats({"sample_stats": posterior, "sample_stats_prior": prior}),
    }
    return tree_of(design, groups, posterior, seed, warnings_of(prior))


@on_one_thread
def predictive_tree(result: Analysis, seed: int, draws: int) -> DataTree:
    """Return the data of an analysis and the posterior's predictions, the same as in the whole tree."""
    design, posterior = result.design, _posterior(result, seed, draws)
    predictive = {"posterior_predictive": posterior}
    groups = observed(design, result.data)
    groups |= predicted(design, result.data.statistics, predictive, seed)
    return tree_of(design, groups, posterior, seed, "")


def _posterior(result: Analysis, seed: int, draws: int) -> Drawn:
    if isinstance(result.found, NutsPosterior):
        return result.found
    return result.found.draw(CHAINS * draws, seed, CHAINS)


def tree_of(
    design: Design, groups: Mapping[str, Dataset], drawn: Drawn, seed: int, warnings: str
) -> DataTree:
    """Return groups as a tree that says from which design, program and seed they are."""
    from xarray import DataTree

    from trialdesign import __version__

    by_nuts = isinstance(drawn, NutsPosterior)
    attributes = {
        "title": design.title,
        "design_hash": design.hash(),
        "creation_library": "trialdesign",
        "creation_library_version": __version__,
        "engine": "nuts" if by_nuts else "quadrature",
        "inference_library": drawn.sampler if by_nuts else "trialdesign",
        "draws": SAMPLED if by_nuts else EXACT,
        "seed": seed,
    }
    if warnings:
        attributes["warnings"] = warnings
    for group in groups.values():
        group.attrs = dict(attributes)
    tree = DataTree.from_dict(dict(groups))
    tree.attrs = attributes
    return tree


def draws_of(drawn: Drawn, estimands: Iterable[Estimand], by_arm: Mapping[str, Estimand]) -> Dataset:
    """Return the parameters, the estimands of the criteria and each arm's own quantity as a dataset.

    Of NUTS there are its hyperparameters, too.
    """
    from xarray import Dataset

    design, dims = drawn.design, ("chain", "draw", "stratum")
    named = {name: (x, f"{name} on the linear scale") for name, x in drawn.draws.items()}
    named |= {each.label: (drawn.drawn(each), f"{each.label}, an estimand") for each in estimands}
    variables = {
        name: (dims, _by_chain(x, drawn.chains), {"long_name": text})
        for name, (x, text) in named.items()
    }
    if by_arm:
        arms = list(reversed(by_arm))
        values = np.stack([_by_chain(drawn.drawn(by_arm[arm]), drawn.chains) for arm in arms], axis=2)
        label = by_arm[arms[0]].label
        text = {"long_name": f"{label} of each arm, on the natural scale"}
        variables[f"arm_{label}"] = ("chain", "draw", "arm", "stratum"), values, text
    coordinates = {"stratum": list(design.strata), "arm": list(design.arms)}
    dataset = Dataset(variables, coordinates if by_arm else {"stratum": coordinates["stratum"]})
    dataset = dataset.assign_coords({
        name: np.arange(dataset.sizes[name]) for name in ("chain", "draw")
    })  # fmt: skip
    return dataset.merge(_hyperparameters(drawn)) if isinstance(drawn, NutsPosterior) else dataset


def _by_chain(values: np.ndarray, chains: int) -> np.ndarray:
    """Return draws (N, S), one chain after the other, as (C, N / C, S)."""
    return values.reshape(chains, -1, *values.shape[1:])


def _hyperparameters(drawn: NutsPosterior) -> Dataset:
    """Return what NUTS has sampled beside the components' parameters, strata and studies named."""
    kept = drawn.sampled["posterior"].to_dataset()
    kept = kept[[
        name
        for name in kept.data_vars
        if not (name.endswith((*INTERNAL, "__")) or name in drawn.draws)
    ]]  # fmt: skip
    strata = list(drawn.design.strata)
    for name, variable in kept.data_vars.items():
        dim = f"{name}_dim_0"
        if dim in variable.dims and kept.sizes[dim] == len(strata) and not name.endswith(OF_ROWS):
            named = variable.drop_vars(dim).rename({dim: "stratum"}).assign_coords(stratum=strata)
            kept = kept.drop_vars([name, dim]).assign({name: named})
    return kept


def observed(design: Design, data: TrialData) -> dict[str, Dataset]:
    """Return the data: outcomes by arm and stratum, and what they are given; or each patient's."""
    from xarray import Dataset

    endpoint = design.endpoint
    if endpoint.results is None:
        return {"observed_data": _patients(design, data)}
    coordinates = {"arm": list(design.arms), "stratum": list(design.strata)}
    statistics = np.stack([data.statistics[arm] for arm in design.arms])  # (A, S, M)
    columns = {
        name: Dataset({name: (("arm", "stratum"), statistics[..., i])}, coordinates)
        for i, name in enumerate(endpoint.columns)
    }
    (given,) = (name for name in columns if name != endpoint.results.count)
    return {"observed_data": columns[endpoint.results.count], "constant_data": columns[given]}


def _patients(design: Design, data: TrialData) -> Dataset:
    """Return one row for each patient."""
    from xarray import Dataset

    found: dict[str, list] = {name: [] for name in ("arm", "stratum", *design.endpoint.patient_columns)}
    for arm in design.arms:
        for stratum, own in zip(design.strata, data.patients[arm], strict=True):
            for name, column in zip(design.endpoint.patient_columns, own, strict=True):
                found[name].extend(column)
            found["arm"].extend([arm] * len(own[0]))
            found["stratum"].extend([stratum] * len(own[0]))
    rows = {name: ("patient", np.array(column)) for name, column in found.items()}
    labels = {name: rows.pop(name) for name in ("arm", "stratum")}
    return Dataset(rows, labels | {"patient": np.arange(len(found["arm"]))})


def predicted(
    design: Design, statistics: Mapping[str, np.ndarray], drawn: Mapping[str, Drawn], seed: int
) -> dict[str, Dataset]:
    """Return outcomes by arm and stratum in other patients, as many or as long as in some statistics.

    Parameters
    ----------
    design : Design
    statistics : mapping of arm to ndarray, shape (S, M)
    drawn : mapping of str to Drawn
        The name of a group, and the draws that it predicts from.
    seed : int
    """
    from xarray import Dataset

    if design.endpoint.results is None:
        return {}
    out = {}
    for at, (name, each) in enumerate(drawn.items()):
        rng, arms = np.random.default_rng([seed, 2, at]), each.arms()
        values = [
            _by_chain(design.endpoint.replicate(rng, statistics[arm], arms[arm]), each.chains)
            for arm in design.arms
        ]
        dims = ("chain", "draw", "arm", "stratum")
        out[name] = Dataset(
            {design.endpoint.results.count: (dims, np.stack(values, axis=2))},
            {"arm": list(design.arms), "stratum": list(design.strata)}
            | {dim: np.arange(size) for dim, size in zip(dims, values[0].shape[:2])},
        )
    return out


def sample_stats(drawn: Mapping[str, Drawn]) -> dict[str, Dataset]:
    """Return what NUTS says of its transitions; draws from the grid have none."""
    return {
        name: each.sampled["sample_stats"].to_dataset()
        for name, each in drawn.items()
        if isinstance(each, NutsPosterior)
    }


def warnings_of(drawn: Drawn) -> str:
    """Return what keeps draws of a prior from being trusted, or nothing."""
    missed = drawn.shortcomings() if isinstance(drawn, NutsPosterior) else ()
    return "; ".join(f"NUTS has not converged on the prior: {text}" for text in missed)
