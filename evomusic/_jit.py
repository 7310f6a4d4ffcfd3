"""numba with a disk cache that an edit of any kernel file empties.

numba's cache looks only at the file of the function itself, so an edit of a helper inlined from elsewhere leaves stale
code. The cache is therefore kept in a folder named by the hash of all files that hold kernels; importing this module
sets it, before the first decorator runs. EVOMUSIC_CACHE names the parent folder.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def cache_folder() -> Path:
    """The folder for what can be made again: compiled kernels, tunes that were read. EVOMUSIC_CACHE overrides it."""
    if named := os.environ.get("EVOMUSIC_CACHE"):
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "evomusic"


def _kernel_hash() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        text = path.read_bytes()
        if b"_jit import" in text:
            digest.update(text)
    return digest.hexdigest()[:16]


def _set_cache() -> None:
    folder = cache_folder() / f"kernels-{_kernel_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise OSError
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"evomusic-{os.getuid() if hasattr(os, 'getuid') else 0}" / folder.name
        folder.mkdir(parents=True, exist_ok=True)
    setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010  # the module's attributes are made at run time


def njit(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compiler of kernels: numba's njit, for a function whose arrays and scalars are typed when it is called."""
    return numba.njit(**options)


_set_cache()
