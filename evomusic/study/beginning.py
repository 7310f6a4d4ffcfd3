"""Beginning the folder of a run, or letting it grow: further seeds, tasks and methods, nothing that mixes numbers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evomusic.core.saving import PART
from evomusic.study.folder import (
    FILES,
    PROVENANCE,
    PUBLISHED,
    REFERENCES,
    RESOLVED,
    TIMES,
    RunError,
    digest,
    flat,
    listed,
    read_provenance,
    read_resolved,
    sealed,
    to_json,
    write_text,
)
from evomusic.study.packs import packed, read_lines

LABELLED: Final = ("tasks", "methods")


def start(
    folder: Path, resolved: Mapping[str, Any], provenance: Mapping[str, Any], text: str | None, fresh: bool = False
) -> dict[str, Any]:
    """Make the folder that of this study, or check that it is; return its provenance.

    Args:
        folder: of the run.
        resolved: the study with every parameter.
        provenance: of a run that begins now.
        text: of the study's file.
        fresh: whether to remove a study that the folder holds.

    Raises:
        RunError: the folder is damaged, a published result, or holds another study; says what differs.
    """
    if not holds_study(folder):
        return begin(folder, resolved, provenance, text)
    if fresh and not (folder / PUBLISHED).exists():
        _clear(folder)
        return begin(folder, resolved, provenance, text)
    stored = read_resolved(folder)
    if not require_growth(folder, stored, resolved):
        return read_provenance(folder)
    made = read_provenance(folder)
    require_version(folder, made, provenance)
    earlier = made.pop("earlier", [])
    return begin(folder, resolved, {**provenance, "earlier": [*earlier, made]}, text)


def holds_study(folder: Path) -> bool:
    """Whether a folder that is there holds a study; what a killed process left half written is removed.

    Raises:
        RunError: it holds something else.
    """
    for leftover in folder.rglob(f"*{PART}"):
        leftover.unlink(missing_ok=True)
    found = {path.name for path in folder.iterdir()}
    if {PUBLISHED, RESOLVED} & found:
        return True
    if foreign := found - {".lock", "study.toml", PROVENANCE}:
        raise RunError(f"{folder} holds {min(foreign)}, but no study; choose an empty folder")
    return False


def begin(folder: Path, resolved: Mapping[str, Any], provenance: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    """Write what a folder is to hold; a kill between two files leaves one that `start` accepts."""
    made = {**provenance, "study.toml": None if text is None else digest(text)}
    write_text(folder / PROVENANCE, sealed(made))
    if text is not None:
        write_text(folder / "study.toml", text)
    write_text(folder / RESOLVED, sealed(resolved))
    return made


def _clear(folder: Path) -> None:
    """Remove a run's files but for those that `start` replaces; files that no run writes stay."""
    try:
        tables_and_figures = list(listed(folder))
    except RunError:
        tables_and_figures = []  # they are written again under the same names
    for name in [REFERENCES, FILES, "curves.csv", "summary.csv", TIMES, "study.toml", *tables_and_figures]:
        (folder / name).unlink(missing_ok=True)
    for path in folder.glob("error*.txt"):
        path.unlink()
    shutil.rmtree(folder / "cells", ignore_errors=True)


def require_growth(folder: Path, stored: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a folder has to be written to: for further seeds, tasks or methods, or for mended code.

    Args:
        folder: of the run.
        stored: what it holds, resolved.
        new: the study, resolved.

    Raises:
        RunError: the study lacks or changes something that the folder holds, or its code is another; says what.
    """
    now = json.loads(to_json(new))  # as it is read back: lists for tuples
    grows = now["seeds"] > stored["seeds"] or any(set(now[k]) - set(stored[k]) for k in LABELLED)
    common = {k: {label: part for label, part in now[k].items() if label in stored[k]} for k in LABELLED}
    seeds = min(now["seeds"], stored["seeds"])
    changed = [
        (k, label) for k in LABELLED for label in common[k] if now["code"][k].get(label) != stored["code"][k].get(label)
    ]
    other = [f"{k}.{label}" for k, label in changed if _has_cells(folder, k, label)]
    if found := differences(stored, {**now, **common, "seeds": seeds}):
        raise RunError(f"{folder} holds another study ({found}); choose another --out, or replace it with --fresh")
    if other:
        raise RunError(
            f"the code of {', '.join(other)} has changed since {folder} was begun; give what changed a label of its "
            "own, choose another --out, or compute all again with --fresh"
        )
    return grows or bool(changed)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first parameters that two resolved studies differ in, such as `steps: 400 -> 500`; code does not count."""
    before, after = flat({**old, "code": {}}), flat({**new, "code": {}})
    differing = [k for k in dict.fromkeys([*before, *after]) if before.get(k, "nothing") != after.get(k, "nothing")]
    shown = [f"{k}: {_short(before.get(k, 'nothing'))} -> {_short(after.get(k, 'nothing'))}" for k in differing[:3]]
    return "; ".join(shown) + (f" and {len(differing) - 3} more" if len(differing) > 3 else "")


def _has_cells(folder: Path, kind: str, label: str) -> bool:
    """Whether a finished cell of a task or method is there."""
    return any(label == pair[0 if kind == "tasks" else 1] and read_lines(folder, *pair) for pair in packed(folder))


def require_version(folder: Path, made: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Check that cells of two versions are not mixed.

    Raises:
        RunError: the folder was begun by another version.
    """
    if made.get("evomusic") != now["evomusic"]:
        raise RunError(
            f"{folder} was begun by evomusic {made.get('evomusic')}, this is {now['evomusic']}; choose another --out, "
            "or compute it again with --fresh"
        )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."
