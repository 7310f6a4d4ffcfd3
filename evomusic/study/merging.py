"""Merging folders of runs: shards of one study, and studies that differ in seeds, methods or tasks.

`merge_folders` leaves the folder that one run of their union would have left. Where two folders have the same label or
cell, it must be the same in both: parameters, tables of tasks, code of methods, references, and contents of cells.
Nothing is computed, and the sources are only read. The folder is begun before the first cell is copied, and a pack of
cells appears as a whole: so a kill leaves nothing, or an unfinished run that the same merge, or `resume`, completes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evomusic.core.saving import write_bytes
from evomusic.study import folder as files
from evomusic.study.beginning import LABELLED, begin, differences, holds_study
from evomusic.study.folder import RunError, digest, write_text
from evomusic.study.packs import Line, pack_of, packed, read_lines, write_lines
from evomusic.study.progress import Progress
from evomusic.study.provenance import packages_differ, settings
from evomusic.study.references import in_order
from evomusic.study.results import Cell, Outcome, cells_of
from evomusic.study.runner import Finished, write_tables
from evomusic.study.solutions import frame_of
from evomusic.study.store import make_run, outcome_at, read_references
from evomusic.study.text import union_toml

COMMAND = "evomusic compare study.toml"
Agreed = dict[str, tuple[Any, Path]]  # a value by name, and the first folder that has it


class Source(NamedTuple):
    """A folder to merge: its study, resolved and without a shard, provenance, file, references, and finished cells."""

    folder: Path
    study: dict[str, Any]
    made: dict[str, Any]
    text: str | None
    references: dict[str, dict[str, Any]]
    done: Mapping[Cell, Line]


def merge_folders(folders: Sequence[Path], out: Path, progress: Progress) -> Finished:
    """Merge folders into another, and write the tables of what it holds then; cells that no folder has are missing.

    Args:
        folders: of the runs, one or more.
        out: the folder to make, or one that an earlier merge of these folders has begun.
        progress: hears how much is copied.

    Raises:
        RunError: two folders disagree, one is damaged, or `out` is locked, one of them, or holds something else.
        OSError: `out` cannot be written to.
    """
    sources = [_read(folder) for folder in folders]
    union, references, holders = _joined(sources)
    if out.resolve() in {folder.resolve() for folder in folders}:
        raise RunError(f"{out} is one of the folders to merge; choose another --to")
    if (out / files.PUBLISHED).exists():
        files.read_resolved(out)  # refuses it, before a lock is left there
    with files.locked(out):
        if holds_study(out):
            sources.insert(0, _begun(out, sources, union))
            union, references, holders = _joined(sources)
        if any(packages_differ(source.made, sources[0].made) for source in sources):
            progress.note("the folders were computed with different packages")
        resolved, made, text = _whole(sources, union, out)
        made = begin(out, resolved, made, text)
        files.check_derived(out)
        if any(references.values()):
            write_text(out / files.REFERENCES, files.sealed({"tasks": references}))
        _write_times(sources, out)
        outcomes = _copy_cells(sources, resolved, holders, out, progress)
        run = make_run(out, resolved, made, references, outcomes)
        return Finished(run, write_tables(run))


def _read(folder: Path) -> Source:
    study = files.read_resolved(folder)
    study.pop("shard", None)
    made = files.read_provenance(folder)
    text = None if made.get("study.toml") is None else (folder / "study.toml").read_bytes().decode()
    pairs = [(task, method) for task, method in packed(folder) if task in study["tasks"] and method in study["methods"]]
    lines = [line for pair in pairs for line in read_lines(folder, *pair) if line.cell.seed < study["seeds"]]
    return Source(folder, study, made, text, read_references(folder), {line.cell: line for line in lines})


def _begun(out: Path, sources: Sequence[Source], union: Mapping[str, Any]) -> Source:
    """The folder to merge into, which holds a part of the union already, and nothing else."""
    there = _read(out)
    if "shard" in files.read_resolved(out):
        raise RunError(f"{out} is a shard itself; choose another --to")
    if more := differences(_union([*sources, there]), union):
        raise RunError(f"{out} holds another study ({more}); choose another --to")
    return there


def _joined(sources: Sequence[Source]) -> tuple[dict[str, Any], dict[str, dict[str, Any]], dict[Cell, Line]]:
    """The study of all sources, resolved, their references, and for each finished cell a folder that has it."""
    union = _union(sources)
    return union, _references(sources, union), _holders(sources)


def _union(sources: Sequence[Source]) -> dict[str, Any]:
    """The resolved study of all tasks, methods and seeds; of two that are alike, as the first has it."""
    union = sources[0].study
    for i, source in enumerate(sources[1:], 1):
        for before in sources[:i] if _conflict(union, source.study) else ():
            if found := _conflict(before.study, source.study):
                raise RunError(f"{source.folder} holds another study than {before.folder} ({found})")
        if source.made.get("evomusic") != sources[0].made.get("evomusic"):
            raise RunError(
                f"{source.folder} was begun by evomusic {source.made.get('evomusic')}, {sources[0].folder} by "
                f"{sources[0].made.get('evomusic')}; cells of two versions are not mixed"
            )
        joined = {kind: union[kind] | source.study[kind] for kind in LABELLED}
        union = {**union, **joined, "seeds": max(union["seeds"], source.study["seeds"])}
    return {**union, "code": _code(sources, union)}


def _conflict(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """The first parameters that differ where two studies have the same, or an empty text; more seeds do not count."""
    mine, its = (
        {kind: {label: study[kind][label] for label in one[kind] if label in other[kind]} for kind in LABELLED}
        for study in (one, other)
    )
    return differences({**one, **mine, "seeds": 0}, {**other, **its, "seeds": 0})


def _code(sources: Sequence[Source], union: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Digests of code by label; where a folder has no finished cell, that of another counts."""
    computed: Agreed = {}
    every: dict[str, dict[str, str]] = {kind: {} for kind in LABELLED}
    for source in sources:
        done = {"tasks": {cell.task for cell in source.done}, "methods": {cell.method for cell in source.done}}
        for kind, digests in source.study["code"].items():
            for label in sorted(digests.keys() & done[kind]):
                _agree(computed, f"code of {kind}.{label}", digests[label], source.folder)
        every = {kind: source.study["code"][kind] | every[kind] for kind in LABELLED}
    return {
        kind: {k: computed.get(f"code of {kind}.{k}", (every[kind][k],))[0] for k in union[kind] if k in every[kind]}
        for kind in LABELLED
    }


def _agree(found: Agreed, what: str, value: Any, folder: Path) -> None:
    """Note a value and its folder.

    Raises:
        RunError: another folder has another value.
    """
    before, first = found.setdefault(what, (value, folder))
    if before != value:
        raise RunError(f"the {what} in {folder} is not that in {first}; compute one of the two again with --fresh")


def _references(sources: Sequence[Source], union: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The references of all tasks, as far as a folder has them."""
    found: Agreed = {}
    for source in sources:
        for label, parts in source.references.items():
            for kind, value in parts.items():
                _agree(found, f"{kind} of tasks.{label}", value, source.folder)
    kinds = {kind for source in sources for parts in source.references.values() for kind in parts}
    return {
        label: in_order({kind: found[what][0] for kind in kinds if (what := f"{kind} of tasks.{label}") in found})
        for label in union["tasks"]
    }


def _holders(sources: Sequence[Source]) -> dict[Cell, Line]:
    """The line of each cell in the first folder that has it.

    Raises:
        RunError: two folders have different contents of a cell.
    """
    holders: dict[Cell, Line] = {}
    found: dict[Cell, Path] = {}
    for source in sources:
        for cell, line in source.done.items():
            if holders.setdefault(cell, line).text != line.text:
                _agree({f"cell {cell}": (b"", found[cell])}, f"cell {cell}", line.text, source.folder)
            found.setdefault(cell, source.folder)
    return holders


def _whole(
    sources: Sequence[Source], union: dict[str, Any], out: Path
) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """The study, provenance and file of a run of all: those of a folder whose study is the whole, if there is one."""
    same = {**union, "code": {}}
    whole = next((source for source in sources if {**source.study, "code": {}} == same), None)
    based = whole or sources[-1]
    texts = [(source.text, settings(source.made)) for source in sources if source.text is not None]
    text = whole.text if whole else union_toml(texts, union) if len(texts) == len(sources) else None
    made = {key: value for key, value in based.made.items() if key != "earlier"}
    if whole is None:
        numbers = max(sources, key=lambda source: int(source.study["seeds"])).made["seeds"]
        made |= {"command": COMMAND, "seeds": numbers, "study.toml": None if text is None else digest(text)}
    earlier: list[dict[str, Any]] = []
    for source in sorted(sources, key=lambda source: source.folder == out):  # it comes last, as in a folder that grows
        last = {key: value for key, value in source.made.items() if key != "earlier"}
        for each in (*source.made.get("earlier", ()), last):
            earlier = [*(old for old in earlier if old != each), each]
    earlier = [each for each in earlier if each != made]
    resolved = {**whole.study, "code": union["code"]} if whole else union
    return resolved, made | ({"earlier": earlier} if earlier else {}), text


def _write_times(sources: Sequence[Source], out: Path) -> None:
    """Write the times of all jobs, each line once."""
    paths = [path for source in sources if (path := source.folder / files.TIMES).is_file()]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    write_text(out / files.TIMES, "".join(f"{line}\n" for line in dict.fromkeys(lines)))


def _copy_cells(
    sources: Sequence[Source], study: Mapping[str, Any], holders: Mapping[Cell, Line], out: Path, progress: Progress
) -> dict[Cell, Outcome]:
    """Copy finished cells, checked, and the states of those that were begun; return the finished ones."""
    grids = {label: frame_of(task) for label, task in study["tasks"].items()}
    packs: dict[Path, list[Line]] = {}
    for cell in sorted(holders):
        packs.setdefault(pack_of(out, cell.task, cell.method), []).append(holders[cell])
    there = sum(path == line.path for path, lines in packs.items() for line in lines)
    new = len(holders) - there
    progress.note(f"{new} {'cell' if new == 1 else 'cells'} to copy, {there} are there")
    outcomes = {cell: outcome_at(line, grids[cell.task]) for cell, line in holders.items()}
    for path, lines in packs.items():
        write_lines(path, [line.text for line in lines])
    begun = [(path.parts[-4:-1], path) for s in sources for path in s.folder.glob(f"cells/*/*/*/{files.UNFINISHED}")]
    left = dict(reversed(begun))
    for cell in cells_of(list(study["tasks"]), list(study["methods"]), study["seeds"]):
        here = files.cell_folder(out, cell)
        if cell in holders:
            files.drop_rest(out, cell)
        elif (state := left.get((cell.task, cell.method, str(cell.seed)))) and state.parent != here:
            here.mkdir(parents=True, exist_ok=True)
            write_bytes(here / files.UNFINISHED, state.read_bytes())
    return outcomes
