"""`doctor`: is everything there that evomusic needs?"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from evomusic import __version__
from evomusic.commands.output import FAILED, OK, print_json, print_rows

NEEDED = (
    ("numpy", "all arrays"),
    ("numba", "all kernels"),
    ("scipy", "statistics"),
    ("typer", "the command line"),
    ("rich", "tables and progress"),
    ("matplotlib", "figures"),
    ("mido", "MIDI files"),
    ("music21", "real tunes"),
    ("deap", "the method Deap"),
    ("gymnasium", "the environment"),
    ("starlette", "the pages of listen and dashboard"),
    ("uvicorn", "their server"),
)
OPTIONAL = (  # package, what needs it, extra
    ("verovio", "scores as SVG, PNG and PDF", "score"),
    ("soundfile", "FLAC and OGG files", "sound"),
    ("scikit-learn", "the critic", "critic"),
    ("tensorboard", "logs of TensorBoard", "tensorboard"),
    ("mlflow", "logs of MLflow", "mlflow"),
    ("stable_baselines3", "the method Deep", "deep"),
    ("distributed", "studies on a cluster", "cluster"),
)

MODULES = {"scikit-learn": "sklearn"}  # where its name is another


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    good: bool
    found: str


def doctor(json: bool) -> int:
    """Print what is there; fails when something that is needed is missing."""
    findings = [
        Finding("evomusic", True, __version__),
        Finding("python", sys.version_info >= (3, 11), platform.python_version()),
        Finding("platform", True, f"{platform.system()} {platform.machine()}"),
        *(_package(name, what) for name, what in NEEDED),
        *(_optional(*entry) for entry in OPTIONAL),
        _cache(),
        _writable("this folder", Path.cwd()),
        _writable("temporary files", Path(tempfile.gettempdir())),
        _threads(),
        *_styles(),
    ]
    if json:
        print_json({"ok": all(f.good for f in findings), "findings": [f._asdict() for f in findings]})
    else:
        print_rows(("", "", ""), [(f.what, "ok" if f.good else "missing", f.found) for f in findings])
    return OK if all(f.good for f in findings) else FAILED


def _package(name: str, what: str) -> Finding:
    try:
        import_module(name)
        return Finding(name, True, f"{version(name)} ({what})")
    except (ImportError, PackageNotFoundError) as error:
        wanted = next((r for r in _requirements() if r.lower().startswith(name)), name)
        return Finding(name, False, f"{what} need it: pip install '{wanted}' ({error})")


def _optional(name: str, what: str, extra: str) -> Finding:
    if find_spec(MODULES.get(name, name)) is None:
        return Finding(name, True, f'not installed; for {what}: pip install "evomusic[{extra}]"')
    return Finding(name, True, f"{_version(name)} ({what})")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # mlflow-skinny brings the module mlflow
        return version(f"{name}-skinny")


def _requirements() -> list[str]:
    try:
        return requires("evomusic") or []
    except PackageNotFoundError:
        return []


def _cache() -> Finding:
    from evomusic._jit import cache_folder

    return _writable("cache folder", cache_folder())


def _writable(what: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return Finding(what, True, str(folder))
    except OSError as error:
        return Finding(what, False, f"{folder}: {error.strerror}")


def _threads() -> Finding:
    from evomusic.core.kernels import threads

    named = os.environ.get("EVOMUSIC_THREADS")
    return Finding("threads", True, f"{threads()}{' (EVOMUSIC_THREADS)' if named else ''}")


def _styles() -> list[Finding]:
    from evomusic.corpus.shipped import COLLECTIONS
    from evomusic.rules.style_file import load_style

    findings = []
    for name in COLLECTIONS:
        try:
            used, good = f"{load_style(name).provenance.get('tunes used', '?')} tunes", True
        except ValueError as error:
            used, good = str(error), False
        findings.append(Finding(f"style {name}", good, used))
    return findings
