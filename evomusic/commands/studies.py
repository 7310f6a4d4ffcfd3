"""`compare`, `plot`, `report` and `publish`: running studies, and their folders.

Whatever takes long to import is imported inside the functions, so that the first line of progress comes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import FAILED, OK, UsageError, console, count, print_json, say
from evomusic.core.interrupts import hold_interrupts
from evomusic.study.processes import DRAWING, WORKERS, prepare, prepare_for

if TYPE_CHECKING:
    from evomusic.comparison import Comparison
    from evomusic.study.results import Run

QUICKSTART = "quickstart"


def compare(
    study: Path | None,
    out: Path | None,
    numbers: dict[str, str],
    workers: int,
    sets: list[str],
    figures: bool,
    fresh: bool,
    json: bool,
    shard: str | None = None,
    reward: Sequence[Path] = (),
    cluster: str | None = None,
) -> int:
    """Run a study, or a shard of it, and print its table, its best melodies, and what to do next."""
    if not 0 <= workers <= WORKERS:
        raise UsageError(
            f"--workers is {workers}, expected 1 or more, up to {WORKERS:,}, or 0 for as many as there are cores"
        )
    whole = {name: count(f"--{name}", text) for name, text in numbers.items()}
    part = None if shard is None else _part(shard)
    folder = out or Path("runs") / ((study.stem if study else QUICKSTART) + (f"-{part[0]}of{part[1]}" if part else ""))
    _require_readable(study)
    name = f"{f'shard {part[0]} of {part[1]} of ' if part else ''}{study.name if study else 'the quickstart'}"
    say(f"running {name} in {folder}: loading the methods")

    if workers != 1:
        prepare_for(folder, fresh)  # imports in another process, while this one imports too
    with hold_interrupts():  # an import that is cut short may say so in many lines
        from evomusic import comparison

    if cluster is not None:
        try:
            comparison.check_address(cluster)
        except ValueError as error:
            raise UsageError(f"--{error}") from None
    found = comparison.compare(
        study,
        out,
        steps=whole.get("steps"),
        seeds=whole.get("seeds"),
        seed=whole.get("seed"),
        workers=workers,
        overrides=sets,
        figures=figures,
        fresh=fresh,
        shard=part,
        reward=reward,
        cluster=cluster,
    )
    if json:
        print_json(as_dict(found))
    else:
        own = found.folder / "study.toml"  # holds the rewards too
        print_comparison(found, own if reward and own.is_file() else study, figures)
    return say_failures(found)


def _part(text: str) -> tuple[int, int]:
    """The number of a shard and their count, of a text such as `2/4`."""
    number, slash, parts = text.partition("/")
    if not (slash and all(word.isascii() and word.isdecimal() and len(word) < 10 for word in (number, parts))):
        raise UsageError(f"--shard is {text[:40]!r}, expected a part and the number of parts, such as 2/4")
    if not 1 <= int(number) <= int(parts):
        raise UsageError(f"--shard is {text}, expected a part from 1/{int(parts)} to {int(parts)}/{int(parts)}")
    return int(number), int(parts)


def say_failures(found: Comparison) -> int:
    """Say which jobs failed; the exit code."""
    for failure in found.failures:
        more = f"; see {failure.trace}" if failure.trace else ""
        say(f"{failure.name} failed: {failure.cause}{more}")
    return FAILED if found.failures else OK


def _require_readable(study: Path | None) -> None:
    if study is not None:
        try:
            study.open("rb").close()
        except OSError as error:
            raise UsageError(f"{study}: cannot be read: {error.strerror}") from None
        except ValueError as error:  # a path with a null character
            raise UsageError(f"{str(study)!r}: cannot be read: {error}") from None


def as_dict(found: Comparison) -> dict[str, Any]:
    """The summary and the failures as JSON can hold them."""
    from evomusic.study.table import to_dict

    return to_dict(found.run) | {"failures": [{"name": f.name, "cause": f.cause} for f in found.failures]}


def print_comparison(found: Comparison, study: Path | None, figures: bool) -> None:
    """Print the tables, the best melodies, where the results are, and what to do next."""
    from evomusic.commands.closing import melodies, next_commands
    from evomusic.study.table import print_tables

    print_tables(found.run, console())
    print("\n".join(melodies(found.run)))
    report = found.folder / "report.html"
    if figures and report.is_file():
        print(f"report: {report}")
    else:
        print(f"results: {found.folder}")
    print("\n".join(next_commands(found.run, study)))


def plot(folder: Path, kind: str | None, out: Path | None, json: bool) -> int:
    """Draw a study's figures again, and write its melodies and report; or one figure alone, to a file of choice."""
    if kind is None:
        prepare(DRAWING)  # workers import while this process reads the study
    from evomusic.study.folder import PUBLISHED, listed
    from evomusic.study.store import read_run

    if kind is None and out is not None:
        raise UsageError(f"--out is {out}, expected it with --kind: a file holds one figure")
    if (folder / PUBLISHED).exists():
        from evomusic.study.folder import read_resolved

        read_resolved(folder)
    run = read_run(folder)
    if not run.outcomes:
        raise UsageError(f"{folder} has no finished cell to draw; run the study first")
    if kind is not None:
        written = [path.as_posix() for path in _draw_kind(run, kind, out)]
    else:
        from evomusic.comparison import picture
        from evomusic.study.progress import shown

        progress = shown()
        try:
            picture(run, progress)
        finally:
            progress.close()
        written = [(folder / name).as_posix() for name in listed(folder) if name.endswith((".png", ".svg", ".html"))]
    if json:
        print_json({"folder": folder.as_posix(), "written": written})
    else:
        print("\n".join(written))
    return OK


def _draw_kind(run: Run, kind: str, out: Path | None) -> list[Path]:
    """Draw a figure of each task: to its files in the folder, or to a file of choice."""
    from evomusic.core.checks import nearest
    from evomusic.plots.figures import FIGURES
    from evomusic.plots.folder import ENDINGS, draw_one, require
    from evomusic.study.folder import derived

    if kind not in FIGURES:
        raise UsageError(f"--kind is {kind!r}, expected one of {', '.join(FIGURES)}{nearest(kind, FIGURES)}")
    if out is not None and out.suffix not in ENDINGS:
        raise UsageError(f"--out is {out}, expected a file that ends in {' or '.join(ENDINGS)}")
    try:
        require(run, kind)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if out is not None:
        return draw_one(run, kind, out)
    with derived(run.folder) as written:
        written += draw_one(run, kind)
    return written


def report(folder: Path, browse: bool, json: bool) -> int:
    """Write a run's report again and say where it is; of a published result, the one that was published."""
    from evomusic.study.folder import PUBLISHED, derived
    from evomusic.study.publish import check_published
    from evomusic.study.store import read_run

    path = folder / "report.html"
    if (folder / PUBLISHED).exists():
        check_published(folder)
        say(f"{folder} is a published result without cells: this is its report as it was published")
    else:
        from evomusic.report import export_melodies, write_report

        run = read_run(folder)
        if not run.outcomes:
            raise UsageError(f"{folder} has no finished cell to report; run the study first")
        with derived(folder) as written:
            written += export_melodies(run)
            written.append(write_report(run))
    if json:
        print_json({"folder": folder.as_posix(), "report": path.as_posix()})
    else:
        print(path)
    return _browse(path) if browse else OK


def stats(folder: Path, json: bool) -> int:
    """Print intervals of a run's methods, and which differences between them stand."""
    from evomusic.commands import significance
    from evomusic.study.store import read_run

    run = read_run(folder)
    if not run.outcomes:
        raise UsageError(f"{folder} has no finished cell to sum up; run the study first")
    if json:
        print_json(significance.as_dict(run))
    else:
        significance.print_statistics(run)
    return OK


def _browse(path: Path) -> int:
    """Open a page in the browser."""
    import webbrowser

    if webbrowser.open(path.resolve().as_uri()):
        return OK
    say(f"no browser was found; open {path} yourself")
    return FAILED


def publish(run: Path, to: Path | None, anyway: bool, light: bool, json: bool) -> int:
    """Copy a run's tables, figures, melodies and report into a folder to keep."""
    from evomusic.study.folder import PUBLISHED
    from evomusic.study.publish import check_published
    from evomusic.study.publish import publish as copy

    target = copy(run, to, anyway, light)
    entries: dict[str, Any] = check_published(target)
    if json:
        print_json({"folder": target.as_posix(), "files": [*entries["files"], PUBLISHED]})
    else:
        print(f"published: {target} ({len(entries['files']) + 1} files, no cells)")
    if entries["flaws"]:
        say(f"published as it is: {entries['flaws']}")
    return OK
