"""Every kind keeps the written contract of its folder."""

from __future__ import annotations

import inspect

import pytest

from trialdesign.analysis.models.arm_based import Separable
from trialdesign.analysis.models.arm_based_with_shape import ShapedSeparable
from trialdesign.analysis.models.contrast_based import Contrast
from trialdesign.analysis.models.contrast_based_with_shape import ShapedContrast
from trialdesign.analysis.models.model import AnalysisModel
from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.discounting._discount import DiscountKind
from trialdesign.endpoints._endpoint import EndpointKind
from trialdesign.specification.registry import kinds

FOLDERS = {"borrowing": BorrowingKind, "discounting": DiscountKind, "endpoints": EndpointKind}
MODELS = (Separable, Contrast, ShapedSeparable, ShapedContrast)
FAMILIES = tuple(kinds("trialdesign.endpoints.time_to_event").values())
KINDS = [
    (contract, kind)
    for folder, contract in FOLDERS.items()
    for kind in kinds(f"trialdesign.{folder}").values()
]
KINDS += [(AnalysisModel, model) for model in MODELS] + [(EndpointKind, own) for own in FAMILIES]


def members(contract: type) -> dict[str, object]:
    return {name: each for name, each in vars(contract).items() if not name.startswith("_")}


def unwritten(function: object) -> bool:
    body = function.fget if isinstance(function, property) else function
    return callable(body) and "raise NotImplementedError" in inspect.getsource(body)


def spared(kind: type) -> set[str]:
    """Return what a kind need not have, by what it declares."""
    if not issubclass(kind, EndpointKind):
        return set()
    listed = set() if kind.listable else {"outcomes", "probabilities"}
    return listed | ({"simulate"} if kind.runs_in_time else set())


@pytest.mark.parametrize(("contract", "kind"), KINDS, ids=lambda each: each.__name__)
def test_a_kind_has_what_its_contract_asks_for(contract, kind):
    assert issubclass(kind, contract)
    for name in members(contract):
        if name in spared(kind):
            continue
        assert not unwritten(inspect.getattr_static(kind, name)), f"{kind.__name__} lacks {name}"
    for name in contract.__annotations__:
        assert hasattr(kind, name) or name in kind.__dataclass_fields__, f"{kind.__name__}: {name}"


@pytest.mark.parametrize(("contract", "kind"), KINDS, ids=lambda each: each.__name__)
def test_a_kind_takes_the_arguments_of_its_contract(contract, kind):
    for name, each in members(contract).items():
        if inspect.isfunction(each):
            own = inspect.signature(inspect.getattr_static(kind, name)).parameters
            asked = inspect.signature(each).parameters
            varied = any(p.kind is p.VAR_POSITIONAL for p in asked.values())
            assert varied or list(own) == list(asked), f"{kind.__name__}.{name}"


@pytest.mark.parametrize(("contract", "kind"), KINDS, ids=lambda each: each.__name__)
def test_an_endpoint_that_tells_results_can_predict_them(contract, kind):
    if issubclass(kind, EndpointKind):
        told = kind.results is not None
        for name in ("predictive", "replicate"):
            own, asked = (inspect.getattr_static(each, name) for each in (kind, EndpointKind))
            assert told == (own is not asked), name
        assert not told or kind.results.count in kind.columns
