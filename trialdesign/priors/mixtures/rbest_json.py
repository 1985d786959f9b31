"""Mixtures in RBesT's JSON, as its `write_mix_json` writes and its `read_mix_json` reads them (1.8-2).

A list ``meta`` with the attributes of the R matrix, and ``comp`` with its rows: weights, first and
second parameters.  R has no scalars, so each single value is a list of one.

    {"meta": {"dim": [3, 2], "dimnames": [["w", "a", "b"], ["comp1", "comp2"]], "link": ["identity"],
              "class": ["betaMix", "mix"], "likelihood": ["binomial"]},
     "comp": [[0.8, 0.2], [4, 1], [16, 1]]}

Of a mixture of three parts both dimnames have three entries, which R's jsonlite takes for a matrix, and
RBesT then cannot read; as an object with two members they stay the list that R needs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.information import BINOMIAL, EXPONENTIAL, POISSON, Unit, gaussian
from trialdesign.priors.mixtures.mixture import ConjugateMixture
from trialdesign.specification.files import Unreadable, read_bytes
from trialdesign.specification.wording import shown

CLASSES = {"betaMix": "beta", "gammaMix": "gamma", "normMix": "normal"}
ROWS = {"beta": ["w", "a", "b"], "gamma": ["w", "a", "b"], "normal": ["w", "m", "s"]}
LIKELIHOODS = {"beta": ("binomial",), "gamma": ("poisson", "exp"), "normal": ("normal",)}
UNITS = {"binomial": BINOMIAL, "poisson": POISSON, "exp": EXPONENTIAL}
LARGEST = 10_000_000  # bytes of a file


@dataclass(frozen=True, slots=True)
class StoredMixture:
    """A mixture with what RBesT stores beside it.

    Attributes
    ----------
    mixture : ConjugateMixture
    likelihood : str
        ``binomial``, ``poisson``, ``exp`` or ``normal``.
    sigma : float or None
        RBesT's reference scale of a Normal mixture: the standard deviation of one patient's value.
    """

    mixture: ConjugateMixture
    likelihood: str
    sigma: float | None = None

    def unit(self) -> Unit:
        """Return what counts as one unit of information.

        Raises
        ------
        SpecificationError
            A Normal mixture without reference scale.
        """
        if self.likelihood in UNITS:
            return UNITS[self.likelihood]
        if self.sigma is None:
            raise SpecificationError(
                "`sigma` must be given for the effective sample size of a Normal mixture; got none. "
                "In R: sigma(mix) <- the standard deviation of one patient's value; then write it again."
            )
        return gaussian(self.sigma)


def of_prior(design, mixture: ConjugateMixture) -> StoredMixture:
    """Return a mixture of a design's endpoint with the likelihood that RBesT takes it for."""
    if mixture.family != "gamma":
        return StoredMixture(mixture, LIKELIHOODS[mixture.family][0])
    ends = design.endpoint.information(np.array([0.0, 1.0]), design.endpoint.planned(1))
    return StoredMixture(mixture, "exp" if ends[0] == ends[1] else "poisson")


def write_mixture(stored: StoredMixture) -> str:
    """Return a mixture as JSON that RBesT's `read_mix_json` reads."""
    mixture = stored.mixture
    names = [f"comp{i + 1}" for i in range(mixture.weight.size)]
    r_class = next(name for name, family in CLASSES.items() if family == mixture.family)
    meta = {
        "dim": [3, mixture.weight.size],
        "dimnames": _dimnames(ROWS[mixture.family], names),
        "link": ["identity"],
        "class": [r_class, "mix"],
        "likelihood": [stored.likelihood],
    }
    if stored.sigma is not None:
        meta["sigma"] = [stored.sigma]
    rows = [mixture.weight.tolist(), mixture.first.tolist(), mixture.second.tolist()]
    return f'{{"meta": {json.dumps(meta)},\n "comp": {json.dumps(rows)}}}\n'


def _dimnames(parameters: list[str], parts: list[str]) -> list | dict:
    """Return the names of rows and columns, so that R reads a list and never a matrix."""
    if len(parts) == len(parameters):
        return {"parameters": parameters, "components": parts}
    return [parameters, parts]


def read_mixture(path: str | Path) -> StoredMixture:
    """Read a mixture that RBesT has written.

    Raises
    ------
    SpecificationError
        The file is no such mixture; what is wrong with it, and what to do.
    """
    try:
        content = read_bytes(path, LARGEST)
    except Unreadable as refused:
        raise SpecificationError(f"{path} must {refused}") from None
    try:
        return parse_mixture(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise SpecificationError(
            f"{path} must be UTF-8 text; got other bytes. Write it again."
        ) from None
    except SpecificationError as error:
        raise SpecificationError([f"{path}: {problem}" for problem in error.problems]) from None


def parse_mixture(text: str) -> StoredMixture:
    """Return the mixture that RBesT's JSON spells; weights are rescaled to sum to one, as RBesT does.

    Raises
    ------
    SpecificationError
    """
    try:
        content = json.loads(text, parse_int=float)  # an integer may be longer than any number
    except (ValueError, RecursionError) as error:
        told = f"got {error}" if isinstance(error, ValueError) else "got lists in lists without end"
        raise SpecificationError(f"a mixture must be JSON; {told}. Write it with RBesT.") from None
    if not isinstance(content, dict) or not {"meta", "comp"} <= set(content):
        raise SpecificationError(
            "a mixture must be an object with `meta` and `comp`; got something else. "
            "Write it with RBesT's write_mix_json(mix, file, digits=15)."
        )
    meta, rows = content["meta"], content["comp"]
    family = _family(meta)
    link = _single(meta, "link", "identity")
    if link != "identity":
        raise SpecificationError(
            f"`link` must be identity; got {shown(link)}. Write the mixture on its own scale."
        )
    likelihood = _single(meta, "likelihood", LIKELIHOODS[family][0])
    if likelihood not in LIKELIHOODS[family]:
        raise SpecificationError(
            f"`likelihood` of a {family} mixture must be {' or '.join(LIKELIHOODS[family])}; "
            f"got {shown(likelihood)}. Correct it."
        )
    return StoredMixture(_mixture(family, rows), likelihood, _sigma(meta))


def _family(meta: object) -> str:
    if not isinstance(meta, dict):
        raise SpecificationError("`meta` must be an object; got something else. Write it with RBesT.")
    classes = meta.get("class")
    classes = classes if isinstance(classes, list) else [classes]
    for name in classes:
        if isinstance(name, str) and name in CLASSES:
            return CLASSES[name]
    raise SpecificationError(
        f"`class` must be {', '.join(CLASSES)}; got {shown(classes)}. "
        "No other family can be read: approximate it in RBesT with mixfit."
    )


def _single(meta: dict, key: str, default: object) -> object:
    value = meta.get(key, default)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _sigma(meta: dict) -> float | None:
    value = _single(meta, "sigma", None)
    if value is None or value == [] or value == {}:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
        raise SpecificationError(f"`sigma` must be a positive number; got {shown(value)}. Correct it.")
    return float(value)


def _mixture(family: str, rows: object) -> ConjugateMixture:
    numbers = isinstance(rows, list) and len(rows) == 3 and all(map(_is_row, rows))
    if not numbers or len({len(row) for row in rows}) > 1:
        raise SpecificationError(
            f"`comp` must be three rows of numbers ({', '.join(ROWS[family])}), one number a component "
            "each; got something else. Write it with RBesT."
        )
    weight = np.array(rows[0], dtype=float)
    if (weight >= 0).all() and weight.sum() > 0:
        weight = weight / weight.sum()
    elif (weight >= 0).all():
        raise SpecificationError(
            "the weights of a mixture must not all be 0; got zeros. Write it with more digits."
        )
    return ConjugateMixture(family, weight, *(np.array(row, dtype=float) for row in rows[1:]))


def _is_row(row: object) -> bool:
    plain = isinstance(row, list) and len(row) > 0
    return plain and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in row)
