"""The notebooks on evidence, priors, borrowing and ArviZ run through, and are stored without outputs."""

from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
FIGURES = {"01_evidence": 2, "02_priors": 2, "03_borrowing": 5, "04_arviz": 2}


@pytest.mark.parametrize("name", FIGURES)
def test_the_notebook_is_stored_without_outputs(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells and all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("name", FIGURES)
def test_the_notebook_computes_nothing_itself(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert not [word for word in ("def ", "lambda", "while ", "class ") if word in code]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "figures"), FIGURES.items())
def test_the_notebook_runs(name, figures, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    folder = {"metadata": {"path": tmp_path}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert all("text/html" in each for each in shown)  # tables; all else is told in sentences
    assert sum("image/png" in output.get("data", {}) for output in outputs) == figures
