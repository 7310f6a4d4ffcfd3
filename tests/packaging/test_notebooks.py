"""The notebooks run from the first cell to the last, and show what they say."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def needed(name):
    """A module of the extra `oracles`, or a skip where it may be missing."""
    return importlib.import_module(name) if os.environ.get("EVOMUSIC_ALL_ORACLES") else pytest.importorskip(name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert 8 <= sum(cell["cell_type"] == "code" for cell in cells) <= 15
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert cells[0]["source"][0].startswith("# ")
    ids = [cell["id"] for cell in cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_cards_are_small(path, tmp_path):
    nbformat, nbclient = needed("nbformat"), needed("nbclient")
    notebook = nbformat.read(path, as_version=4)
    options = {"timeout": 250, "kernel_name": "python3", "resources": {"metadata": {"path": str(tmp_path)}}}
    nbclient.NotebookClient(notebook, **options).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.data for output in outputs if "data" in output]
    cards = [each["text/html"] for each in data if "text/html" in each]
    assert len(cards) >= 6
    assert max(map(len, cards)) < 60_000
    assert all("evomusic" in card for card in cards)
    errors = [output.text for output in outputs if output.get("name") == "stderr" and "evomusic:" not in output.text]
    assert "".join(errors).strip() == ""


@pytest.mark.slow
def test_the_marimo_notebook_runs_without_a_display(tmp_path):
    if importlib.util.find_spec("marimo") is None:
        pytest.skip("marimo is not installed: it is 150 MB")
    out = tmp_path / "page.html"
    command = [sys.executable, "-m", "marimo", "export", "html", str(FOLDER / "sampling_marimo.py"), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    assert page.count("srcdoc=") >= 4  # three samples and the optimum play
    assert "Traceback" not in page


def test_the_marimo_notebook_is_a_program():
    compile((FOLDER / "sampling_marimo.py").read_text(encoding="utf-8"), "sampling_marimo.py", "exec")
