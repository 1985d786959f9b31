"""Design files: the only reader of designs, and of the evidence that they name.

A design is addressed by a file's path, by ``-`` for standard input, or by the name of a design that
comes with the package.  Text that ends in ``.yaml`` or ``.yml``, or that holds a path separator, is
always a path, so a file of the working folder never hides a shipped design.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from trialdesign.design.design import Design
from trialdesign.design.design_file import DesignFile
from trialdesign.design.evidence.published import EVIDENCE, Evidence, EvidenceBase
from trialdesign.design.library import DESIGNS, LIBRARY, did_you_mean, evidence_names, names, resource
from trialdesign.design.model import EvidenceUse, Model
from trialdesign.errors import Problem, SpecificationError
from trialdesign.specification.source import Source, read_yaml, report, validate
from trialdesign.specification.wording import shorten, shown

SUFFIXES = (".yaml", ".yml")


def load_design(path_or_name: str | Path) -> Design:
    """Read and check a design, with the evidence it names.

    Parameters
    ----------
    path_or_name : str or Path
        A file; ``-`` is standard input; otherwise the name of a shipped design.

    Returns
    -------
    Design
        Its evidence loaded.

    Raises
    ------
    SpecificationError
        One line ``file:line:column: ...`` for everything that is wrong with the design, or with an
        evidence file that it names.
    """
    text = os.fspath(path_or_name)
    if text == "-" or isinstance(path_or_name, Path) or is_path(text):
        return _design(read_yaml(text), Path.cwd() if text == "-" else Path(text).parent)
    if text in names(DESIGNS):
        return _shipped_design(text)
    if Path(text).exists():
        return _design(read_yaml(text), Path(text).parent)
    raise SpecificationError(
        f"DESIGN must be a file, `-` for standard input, or the name of a shipped design "
        f"({', '.join(names(DESIGNS))}); got {shown(text)}. {_design_remedy(text)}"
    )


def load_evidence(name_or_path: str | Path) -> EvidenceBase:
    """Read and check published evidence: a name in the library, or the path of a YAML file.

    Raises
    ------
    SpecificationError
        There is no such evidence, its file is wrong, or its endpoint has no model yet.
    """
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, Path) or is_path(text):
        return _evidence(read_yaml(text))
    problem = _library_problem(text)
    if problem:
        raise SpecificationError(problem)
    return _evidence(resource(LIBRARY, text))


def library_entry(name_or_path: str) -> Mapping[str, Any]:
    """Return what an evidence file says, as plain data, also where no model of its endpoint exists.

    Raises
    ------
    SpecificationError
        There is no such evidence, or the file is wrong.
    """
    if is_path(name_or_path):
        source = read_yaml(name_or_path)
        name = _evidence(source).endpoint.name  # which a file may leave out
        return {**source.data, "endpoint": {"name": name, **source.data["endpoint"]}}
    if name_or_path not in evidence_names():
        raise SpecificationError(_library_problem(name_or_path))
    return resource(LIBRARY, name_or_path).data


def is_path(text: str) -> bool:
    """Return whether a text addresses a file, and not something that comes with the package."""
    separators = {"/", os.sep, os.altsep} - {None}
    return text.endswith(SUFFIXES) or any(separator in text for separator in separators)


def _shipped_design(name: str) -> Design:
    return _design(resource(DESIGNS, name), DESIGNS)


def _design(source: Source, folder: Path) -> Design:
    """Return the design of a file; evidence is looked for relative to its folder."""
    design = validate(source, DesignFile)
    lost: dict[tuple, list[Problem | str]] = {}
    models = {
        key: _with_evidence(getattr(design, key), (key,), folder, lost)
        for key in ("model", "design_prior")
        if getattr(design, key) is not None
    }
    design = replace(design, **models)
    found, made = [], None
    try:
        made = Design(**{field.name: getattr(design, field.name) for field in fields(design)})
    except SpecificationError as error:
        found = [problem for problem in error.problems if problem.path not in lost]
    listed = [problem for problems in lost.values() for problem in problems]
    found += [problem for problem in listed if isinstance(problem, Problem)]
    found += _inline_problems(design)
    elsewhere = [problem for problem in listed if isinstance(problem, str)]
    if found:
        raise SpecificationError([*report(source, found).problems, *elsewhere])
    if elsewhere:
        raise SpecificationError(dict.fromkeys(elsewhere))
    return made


def _with_evidence(model: Model, path: tuple, folder: Path, lost: dict) -> Model:
    """Return a model with its evidence read; what cannot be read stays a name, noted in ``lost``."""
    components = {}
    for name, component in model.components().items():
        place = (*path, name, "evidence")
        uses = [
            _with_source(use, (*place, i, "source"), folder, lost)
            for i, use in enumerate(component.evidence)
        ]
        components[name] = replace(component, evidence=uses)
    return replace(model, **components)


def _with_source(use: EvidenceUse, place: tuple, folder: Path, lost: dict) -> EvidenceUse:
    """Return a use of evidence with its source read."""
    if not isinstance(use.source, str):
        return use
    by_path = is_path(use.source)
    problem = _path_problem(folder / use.source) if by_path else _library_problem(use.source)
    if problem:
        lost[place] = [Problem(place, problem)]
        return use
    try:
        source = read_yaml(folder / use.source) if by_path else resource(LIBRARY, use.source)
        return replace(use, source=_evidence(source))
    except SpecificationError as error:
        lost[place] = list(error.problems)
        return use


def _evidence(source: Source) -> EvidenceBase:
    """Return the evidence of a file."""
    evidence = validate(source, Evidence)
    repeated = list(_repeated_rows(evidence))
    if repeated:
        raise report(source, repeated)
    return evidence


def _inline_problems(design: DesignFile) -> Iterator[Problem]:
    """Yield what is wrong with evidence that is spelt out in the design itself."""
    for name, component in design.model.components().items():
        for i, use in enumerate(component.evidence):
            if not isinstance(use.source, str):
                yield from _repeated_rows(use.source, ("model", name, "evidence", i, "source"))


def _repeated_rows(evidence: EvidenceBase, path: tuple = ()) -> Iterator[Problem]:
    """Yield the rows that count a study's patients in a stratum a second time."""
    seen: dict[object, int] = {}
    for i, row in enumerate(evidence.data):
        key = (row.stratum, row.study) if row.study else repr(row)  # without a name: only if identical
        if key in seen:
            study = f"study {row.study}" if row.study else "the same counts"
            yield Problem(
                (*path, "data", i),
                f"a row must be the only one of its stratum and study; got {row.stratum} with {study} "
                f"again, first in row {seen[key] + 1}. Delete one, or tell the studies apart.",
            )
        seen.setdefault(key, i)


def _library_problem(name: str) -> str | None:
    """Return why a name gives no evidence that can be modelled, or None."""
    known = names(LIBRARY)
    if name not in known:
        remedy = did_you_mean(name, known) or "`trialdesign priors list` shows the names."
        return (
            "`source` must be a name in the library or a path that ends in .yaml; "
            f"got {shown(name)}. {remedy}"
        )
    kind = resource(LIBRARY, name).data["endpoint"]["kind"]
    if kind not in EVIDENCE:
        return (
            f"evidence must be on an endpoint that has a model ({', '.join(EVIDENCE)}); {name} is on a "
            f"{kind} one. Choose another source."
        )
    return None


def _path_problem(path: Path) -> str | None:
    """Return why a path gives no evidence, or None."""
    if path.exists():
        return None
    return (
        "`source` must be a file, relative to the folder of the design; "
        f"got no file {shorten(str(path))}. Check its name and folder."
    )


def _design_remedy(text: str) -> str:
    for suffix in SUFFIXES:
        if Path(text + suffix).exists():
            return f"Did you mean the file `{text}{suffix}`?"
    return did_you_mean(text, names(DESIGNS)) or "Check the name; a file's name ends in .yaml."
