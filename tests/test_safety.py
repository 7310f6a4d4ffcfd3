"""Nothing that is read is unpickled or evaluated; importing the package is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import evomusic

FILES = sorted(Path(evomusic.__file__).parent.rglob("*.py"))
CALLS = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}


def uses(tree: ast.AST) -> set[str]:
    """Calls and imports that could run what was read."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            found.add(node.func.id)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            found |= set() if isinstance(node.value, ast.Constant) and node.value.value is False else {"allow_pickle"}
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names} & MODULES
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").split(".")[0]} & MODULES
    return found


def test_scan_finds_what_it_looks_for():
    code = "import pickle\nfrom marshal import loads\neval(x)\nload(f, allow_pickle=True)\nload(f, allow_pickle=False)"
    assert uses(ast.parse(code)) == {"pickle", "marshal", "eval", "allow_pickle"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(FILES[0].parent)))
def test_no_file_unpickles_or_evaluates(path):
    # what goes to the study's own workers, here or on a cluster: they read nothing from disk
    allowed = {"work.py": {"pickle"}, "there.py": {"pickle"}, "cluster.py": {"cloudpickle"}}
    assert uses(ast.parse(path.read_text(encoding="utf-8"))) <= allowed.get(path.name, set())


def test_importing_evomusic_imports_none_of_its_heavy_helpers():
    heavy = {"numba", "scipy", "matplotlib", "music21", "deap", "gymnasium", "typer", "rich", "pydantic", "mido"}
    code = "import sys, evomusic; print(' '.join(sorted(sys.modules)))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {m.split(".")[0] for m in modules} & heavy
