"""What the grids contribute: finer ones change no operating characteristic of the shipped designs."""

from importlib.resources import files

import pytest
from helpers import FINE, table

from trialdesign.design.file import load_design
from trialdesign.simulation.exact.countable import obstacle
from trialdesign.simulation.operating_characteristics import operating_characteristics

pytestmark = pytest.mark.properties

SHIPPED = {
    path.name.removesuffix(".yaml"): load_design(path.name.removesuffix(".yaml"))
    for path in files("trialdesign.shipped").iterdir()
    if path.name.endswith(".yaml")
}
EXACT = sorted(name for name, design in SHIPPED.items() if not obstacle(design))
SIMULATED = sorted(set(SHIPPED) - set(EXACT))
TOLERANCE = 1e-3


def change(name: str, **method) -> dict:
    """Return by how much each quantity moves when every grid is doubled."""
    design = SHIPPED[name]
    coarse = table(operating_characteristics(design, **method))
    fine = table(operating_characteristics(design, resolution=FINE, **method))
    return {key: abs(coarse[key] - fine[key]) for key in coarse}


@pytest.mark.parametrize("name", EXACT)
def test_doubling_every_grid_changes_no_exact_operating_characteristic(name):
    assert max(change(name).values()) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMULATED)
def test_doubling_every_grid_changes_no_simulated_operating_characteristic(name):
    """Equal seeds draw equal trials, so that only the analysis differs."""
    assert max(change(name).values()) < TOLERANCE


def test_there_are_designs_of_both_kinds():
    assert "cart-three-diseases" in EXACT and SIMULATED
