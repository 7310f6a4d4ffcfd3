"""The first command on a fresh clone computes, and leaves the clone clean."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from evomusic.study.config import Study
from evomusic.study.publish import check_published

ROOT = Path(__file__).parents[1]


def git(folder: Path, *words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", "-C", str(folder), *words], env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fresh") / "clone"
    git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder))
    return folder


def test_no_cell_is_tracked(clone):
    tracked = git(clone, "ls-files").splitlines()
    assert not [name for name in tracked if "/cells/" in name or name.startswith("runs/")]
    assert "results/quickstart/published.json" in tracked


def test_compare_on_a_fresh_clone_computes_all_its_cells_and_leaves_it_clean(clone):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}  # the same code, kernels compiled already
    command = [sys.executable, "-P", "-m", "evomusic", "compare", "--seeds", "1", "--steps", "2000"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert "13 jobs to do\n" in done.stderr
    cells = {path.stem for path in (clone / "runs/quickstart/cells").rglob("*.jsonl")}
    assert cells == set(Study.read().methods)
    assert len(cells) == 10
    assert "illustration: 1 seed" in done.stdout
    assert "report: runs/quickstart/report.html" in done.stdout
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "name", ["credit", "discount", "exploration", "observability", "quickstart", "representations"]
)
def test_a_published_result_is_what_was_published(name):
    assert "summary.csv" in check_published(ROOT / "results" / name)["files"]
