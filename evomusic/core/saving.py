"""Files written as a whole or not at all, and states of methods in .npz files, never pickled.

A state is a NamedTuple of arrays, numbers, strings and further such tuples. It is read back by the pattern of a state
of the same method, so that nothing in a file names a class.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

S = TypeVar("S")
DIGITS: Final = 400  # of a whole number in JSON: more than a float can hold
PART = ".part"  # the suffix of temporary files; a killed process may leave one


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file as a whole or not at all: beside it first, synced, then renamed.

    A full disk or a kill at any moment leaves the old file, or none. A link is followed; what is no regular file, such
    as `/dev/stdout`, is written to directly.

    Raises:
        OSError: the file cannot be written; it names the path.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _replace(path: Path, data: bytes) -> None:
    """Write a temporary file in the same folder, and rename it."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))  # a rename would ignore that it is read-only
    aside = path.with_name(f"{path.name[:50]}.{secrets.token_hex(4)}{PART}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
    except BaseException:  # Ctrl-C too
        aside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename last; not every system or file system lets a folder be synced."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON, is nested too deep, or holds a whole number beyond `DIGITS` digits.
    """
    try:
        return json.loads(text, parse_int=_whole_number)
    except RecursionError:
        raise ValueError("it is nested too deep, expected JSON of a few levels") from None


def _whole_number(digits: str) -> int:
    """A whole number of JSON."""
    if len(digits) > DIGITS:
        raise ValueError(f"it holds a whole number of {len(digits)} digits, expected at most {DIGITS}")
    return int(digits)


def save_state(path: str | Path, state: Any, rng: np.random.Generator) -> None:
    """Write a state and a generator's whole state to a file, as a whole or not at all.

    Raises:
        OSError: the file cannot be written; the error names the path.
    """
    leaves = {f"state{where}": np.asarray(leaf) for where, leaf in _leaves(state)}
    kind = json.dumps(rng.bit_generator.state, default=lambda x: np.asarray(x).tolist())
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, rng=np.array(kind), **leaves)
    write_bytes(path, buffer.getvalue())


def load_state(path: str | Path, like: S) -> tuple[S, np.random.Generator]:
    """A state of the same shape as `like`, and the generator, from a file.

    Raises:
        ValueError: the file holds the state of another method, or is damaged.
    """
    try:
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            leaves = {name: file[name] for name in file.files}
        kind = json.loads(str(leaves.pop("rng")))
        rng = np.random.Generator(getattr(np.random, kind["bit_generator"])())
        rng.bit_generator.state = kind
        wanted = {f"state{where}" for where, _ in _leaves(like)}
        if wanted != set(leaves):
            raise ValueError("its parts are those of another method")
        return _rebuilt(like, leaves, "state"), rng
    except FileNotFoundError:
        raise
    except (OSError, KeyError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no state of this method: {error}") from error


def _leaves(state: Any, where: str = "") -> list[tuple[str, Any]]:
    if isinstance(state, tuple):
        names = getattr(state, "_fields", range(len(state)))
        return [leaf for name, part in zip(names, state, strict=True) for leaf in _leaves(part, f"{where}.{name}")]
    return [(where, state)]


def _rebuilt(like: Any, leaves: dict[str, np.ndarray], where: str) -> Any:
    if isinstance(like, tuple):
        names = getattr(like, "_fields", range(len(like)))
        parts = [_rebuilt(part, leaves, f"{where}.{name}") for name, part in zip(names, like, strict=True)]
        return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)
    leaf = leaves[where]
    return leaf if isinstance(like, np.ndarray) else type(like)(leaf.item())
