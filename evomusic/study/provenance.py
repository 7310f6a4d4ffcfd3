"""Provenance of a run: the version and commit of the code, Python, the packages that decide a number, and the seeds."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import evomusic
from evomusic.study.config import Study
from evomusic.study.work import seed_of

PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "scipy",
    "cmaes",
    "moocore",
    "deap",
    "music21",
    "mido",
    "matplotlib",
    "gymnasium",
    "typer",
    "rich",
    "starlette",
    "uvicorn",
    "torch",
    "stable-baselines3",
    "sb3-contrib",
)
RULE = "numpy.random.SeedSequence(root, spawn_key=(number,)).generate_state(1, numpy.uint64)[0]"


def provenance_of(study: Study, command: str) -> dict[str, Any]:
    """The provenance of a study that is run now, without times and places: equal on machines with equal software."""
    packages = {}
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            packages[name] = version(name)
    return {
        "evomusic": evomusic.__version__,
        "code": code(),
        **commit(),
        "command": command,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": packages,
        "seeds": {
            "root": study.seed,
            "rule": RULE,
            "by number": [seed_of(study.seed, number) for number in range(study.seeds)],
        },
    }


def settings(made: Mapping[str, Any]) -> list[str]:
    """The settings in the command of a run, such as `methods.ga.population=500`."""
    words = shlex.split(str(made.get("command", "")))
    return [word for before, word in itertools.pairwise(words) if before == "-s"]


@cache
def code() -> str:
    """A digest of the package's modules."""
    root, digest = Path(evomusic.__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def commit() -> dict[str, Any]:
    """The commit that the package's folder is checked out at, and whether files differ from it; empty without one."""
    folder = Path(evomusic.__file__).parent
    if not _git(folder, "ls-files", "--", "__init__.py"):  # also where another repository holds an installed package
        return {}
    changes = _git(folder, "status", "--porcelain", "--", ".")
    return {"commit": _git(folder, "rev-parse", "HEAD"), "uncommitted changes": bool(changes)}


def _git(folder: Path, *words: str) -> str:
    """The answer of git, or an empty string."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def packages_differ(made: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a run was made by another version or with other packages."""
    return any(made.get(key) != now[key] for key in ("evomusic", "packages"))
