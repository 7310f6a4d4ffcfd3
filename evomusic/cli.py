"""The command line. Typer reads it; commands run outside of it, so that all errors are reported in one way.

Exit codes: 0 ok, 1 the command failed, 2 usage or configuration, 3 a run that is locked or damaged, 4 a bad
input file, 74 input or output, 130 interrupted. Results go to stdout, all else to stderr.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from evomusic.commands.output import INTERRUPTED, LONGEST, OK, USAGE
from evomusic.io.formats import READS, WRITES, alternatives, names

Action = Callable[[], int]

app = typer.Typer(
    help="Evolve melodies, and compare evolution with reinforcement learning on equal terms.",
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the results.", show_default="runs/NAME")]
Steps = Annotated[str | None, typer.Option(metavar="NUMBER", help="Budget of each method and seed, such as 1e6.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds.")]
Seed = Annotated[int | None, typer.Option(help="Root of all seeds.")]
Folder = Annotated[Path, typer.Argument(help="Folder of a study.")]
Workers = Annotated[int, typer.Option(help="Worker processes; 0 for as many as cores, 1 for none.")]
OnCluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Dask scheduler, such as tcp://node1:8786, or local."),
]
Set = Annotated[list[str] | None, typer.Option("-s", "--set", metavar="KEY=VALUE", help="Set a value; repeatable.")]
Tune = Annotated[Path, typer.Argument(help=f"A {names(READS)} file.")]
Chords = Annotated[str, typer.Option("--chords", help="A chord a bar, such as 'G | C | D7 | G'.")]
Part = Annotated[
    str | None,
    typer.Option(help="Track, part or voice: number, name, or melody: the most melodic.", show_default="the only one"),
]
TuneOf = Annotated[str | None, typer.Option("--tune", help="Tune of a book: X or title.", show_default="the only one")]
Number = Annotated[str | None, typer.Option(hidden=True)]  # the name of --tune before
Voice = Annotated[
    str | None, typer.Option(help="Voice of a part: name, number, or melody.", show_default="the only one")
]
DoubleStops = Annotated[
    str | None, typer.Option(help="Of notes together: top, bottom or refuse.", show_default="top, of a few")
]
Port = Annotated[int | None, typer.Option(help="Port; 0 for any.", show_default="the first free from 8765")]
Browse = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]
Reward = Annotated[
    list[Path] | None,
    typer.Option("--reward", metavar="FILE", help="A listener.toml, for the task's reward; repeatable: merged."),
]
TaskName = Annotated[str, typer.Option("--task", "-t", help="A ready task; `evomusic tasks` lists them.")]


def _choices(part: str | None, tune: str | None, voice: str | None, double_stops: str | None) -> dict[str, str | None]:
    """The choices among what a file holds, by the keywords of `evomusic.io`."""
    return {"part": part, "tune": tune, "voice": voice, "chords": double_stops}


def _later(where: str, *arguments: Any, **named: Any) -> Action:
    """A call of a function of `evomusic.commands`, to be made when the command line has been read."""
    module, _, function = where.partition(".")
    return lambda: getattr(import_module(f"evomusic.commands.{module}"), function)(*arguments, **named)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> Any:
    if version:
        from evomusic import __version__

        print(__version__)
        raise typer.Exit()


@app.command()
def compare(
    study: Annotated[Path | None, typer.Argument(help="A study in TOML; the quickstart when missing.")] = None,
    out: Out = None,
    steps: Steps = None,
    seeds: Seeds = None,
    seed: Seed = None,
    workers: Workers = 0,
    sets: Set = None,
    figures: Annotated[bool, typer.Option(help="Draw figures, write melodies and the report.")] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Remove finished cells, and compute all of them.")] = False,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Run part I of N of the cells, such as 2/4, to be merged later.")
    ] = None,
    cluster: OnCluster = None,
    reward: Reward = None,
    json: Json = False,
) -> Action:
    """Run a study: tasks x methods x seeds with one budget. Run again, it keeps what is finished."""
    values = {"steps": steps, "seeds": seeds, "seed": seed}
    numbers = {name: str(value) for name, value in values.items() if value is not None}
    changes = (numbers, workers, sets or [], figures, fresh)
    return _later("studies.compare", study, out, *changes, json, shard, reward or [], cluster)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("study.toml"), json: Json = False
) -> Action:
    """Write a commented study to begin with."""
    return _later("forecast.init", file, json)


@app.command()
def check(
    study: Annotated[Path, typer.Argument(help="A study in TOML.")],
    steps: Steps = None,
    seeds: Seeds = None,
    workers: Workers = 0,
    sets: Set = None,
    json: Json = False,
) -> Action:
    """Read a study, say what it holds, and estimate its time by short runs of each method on each task."""
    numbers = {name: str(value) for name, value in (("steps", steps), ("seeds", seeds)) if value is not None}
    return _later("forecast.check", study, numbers, workers, sets or [], json)


@app.command()
def plot(
    folder: Folder,
    kind: Annotated[str | None, typer.Option("--kind", "-k", help="One figure, such as regret or ecdf.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A .png or .svg file, of one figure.")] = None,
    json: Json = False,
) -> Action:
    """Draw a study's figures again, from what is in its folder."""
    return _later("studies.plot", folder, kind, out, json)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")] = Path("runs/quickstart"),
    browse: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
    json: Json = False,
) -> Action:
    """Write a study's report again, and say where it is."""
    return _later("studies.report", folder, browse, json)


@app.command()
def blind(
    folder: Annotated[Path, typer.Argument(help="Folder of a study; with --results, of the test.")],
    files: Annotated[list[Path] | None, typer.Argument(help="With --results: the listeners' files.")] = None,
    results: Annotated[bool, typer.Option("--results", help="Count the answers in FILES.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the test.", show_default="FOLDER-blind")
    ] = None,
    trials: Annotated[int, typer.Option("--trials", help="Pairs that a listener compares, at most.")] = 20,
    repeats: Annotated[int, typer.Option("--repeats", help="Pairs of these that are asked twice, at most.")] = 4,
    real: Annotated[bool, typer.Option("--real", help="Compare the study's real tunes too.")] = False,
    title: Annotated[str, typer.Option("--title", help="Title of the page.")] = "",
    json: Json = False,
) -> Action:
    """Make a blind listening test of a study: a page for listeners; with --results, the table of their answers."""
    return _later("blind.blind", folder, files or [], results, out, trials, repeats, real, title, json)


@app.command()
def stats(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")] = Path("runs/quickstart"), json: Json = False
) -> Action:
    """Intervals of a study's methods, and which differences between them stand."""
    return _later("studies.stats", folder, json)


@app.command()
def resume(folder: Folder, workers: Workers = 0, cluster: OnCluster = None, json: Json = False) -> Action:
    """Go on with a run, by what its folder holds."""
    return _later("folders.resume", folder, workers, json, cluster)


@app.command()
def runs(folder: Annotated[Path, typer.Argument(help="Folder of runs.")] = Path("runs"), json: Json = False) -> Action:
    """List runs, and how much of each is done."""
    return _later("folders.runs", folder, json)


@app.command()
def show(folder: Folder, json: Json = False) -> Action:
    """Say what a run holds: cells done and failed, and where it comes from."""
    return _later("folders.show", folder, json)


@app.command()
def merge(
    folders: Annotated[list[Path], typer.Argument(help="Folders of shards, or of studies of one budget.")],
    to: Annotated[Path, typer.Option(help="Folder to make.")],
    figures: Annotated[bool, typer.Option(help="Draw figures, write melodies and the report.")] = True,
    json: Json = False,
) -> Action:
    """Put folders together: shards of a study, or studies that differ in seeds, methods or tasks."""
    return _later("folders.merge", folders, to, figures, json)


@app.command()
def calibrate(
    study: Annotated[Path, typer.Argument(help="A study in TOML, whose methods are tuned.")],
    on: Annotated[Path | None, typer.Option(help="A study whose tasks are tuned on.", show_default="STUDY")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write.", show_default="STUDY.tuned.toml")] = None,
    configurations: Annotated[str, typer.Option(help="Random configurations a method.")] = "30",
    seeds: Annotated[str, typer.Option(help="Seeds a configuration.")] = "3",
    confirm: Annotated[str, typer.Option(help="Fresh seeds for the winners.")] = "10",
    by: Annotated[str, typer.Option(help="best, delivered or online return.")] = "best",
    workers: Workers = 0,
    sets: Set = None,
    json: Json = False,
) -> Action:
    """Tune every method of a study by as many random configurations, and write the tuned study."""
    numbers = {"configurations": configurations, "seeds": seeds, "confirm": confirm}
    return _later("calibration.calibrate", study, on, out, numbers, by, workers, sets or [], json)


@app.command()
def publish(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    to: Annotated[Path | None, typer.Option(help="Folder to make.", show_default="results/NAME")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also when it is unfinished or damaged.")] = False,
    light: Annotated[bool, typer.Option("--light", help="Without the report and SVG figures.")] = False,
    json: Json = False,
) -> Action:
    """Copy a run's tables, figures, melodies and report into a folder to keep, without its cells."""
    return _later("studies.publish", run, to, anyway, light, json)


@app.command()
def export(
    folder: Folder,
    kind: Annotated[str, typer.Option("--as", help="ioh (IOHprofiler), tensorboard or mlflow.")] = "ioh",
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="Folder to make; of mlflow, where it tracks.", show_default="FOLDER-ioh"),
    ] = None,
    tasks: Annotated[list[str] | None, typer.Option("--task", "-t", help="A task of it; repeatable.")] = None,
    minimised: Annotated[
        list[str] | None,
        typer.Option("--minimised", help="With ioh: a task whose return is a negated cost; repeatable."),
    ] = None,
    json: Json = False,
) -> Action:
    """Write a study as logs that IOHinspector and IOHanalyzer, TensorBoard or MLflow read."""
    return _later("exporting.export", folder, kind, out, tasks or None, minimised or [], json)


@app.command()
def evolve(
    task: Annotated[str | None, typer.Option("--task", "-t", help="A ready task.", show_default="tune")] = None,
    method: Annotated[str, typer.Option("--method", "-m", help="A method; `evomusic methods` lists them.")] = "ga",
    steps: Annotated[str, typer.Option(metavar="NUMBER", help="Budget in steps.")] = "1e6",
    seed: Annotated[int, typer.Option(help="Seed of the run.")] = 0,
    out: Annotated[
        list[Path] | None, typer.Option("--out", "-o", help=f"A {alternatives(WRITES)} file; repeatable.")
    ] = None,
    start: Annotated[Path | None, typer.Option("--from", help="A tune to begin with (task: variation).")] = None,
    bar: Annotated[int | None, typer.Option(help="With --from: the first bar to take.")] = None,
    part: Part = None,
    tune: TuneOf = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    sets: Set = None,
    reward: Reward = None,
    json: Json = False,
) -> Action:
    """Write one melody, and account for its return by rule.

    -s population=500 sets a parameter of the method, -s task.bars=8 one of the task.
    """
    choices = _choices(part, tune, voice, double_stops)
    args = task, method, steps, seed, out or [], start, bar, choices, sets or [], json, reward or []
    return _later("tunes.evolve", *args)


@app.command()
def write(
    key: Annotated[
        str | None, typer.Option("--key", "-k", help="Key, such as 'D major'.", show_default="G major, or FROM's")
    ] = None,
    metre: Annotated[
        str | None, typer.Option("--metre", help="Metre, such as 6/8.", show_default="4/4, or FROM's")
    ] = None,
    pickup: Annotated[float, typer.Option("--pickup", help="Beats before the first bar line.")] = 0,
    bars: Annotated[
        int | None,
        typer.Option("--bars", help="Number of bars.", show_default="8, or FROM's of fewer with its rhythm or pitches"),
    ] = None,
    form: Annotated[str, typer.Option("--form", help="Sections that return, such as AABA, or period.")] = "",
    chords: Chords = "",
    style: Annotated[
        str | None, typer.Option("--style", help="Style of real tunes, its file, or a folder of tunes.")
    ] = None,
    by: Annotated[
        str, typer.Option(help="song: with form, as real tunes; rules: by theory and chords; auto: song if it can.")
    ] = "auto",
    start: Annotated[Path | None, typer.Option("--from", help="A tune of which something is kept.")] = None,
    keep: Annotated[
        str, typer.Option(help="Of that tune: opening, to go on from; bars such as 1-2,7-8; rhythm; pitches.")
    ] = "opening",
    part: Part = None,
    tune: TuneOf = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    tempo: Annotated[float | None, typer.Option("--tempo", help="Beats a minute.")] = None,
    number: Annotated[int, typer.Option("-n", help="Number of tunes.")] = 3,
    temperature: Annotated[
        float | None,
        typer.Option(help="By rules: low is nearer to the rules, high to the style.", show_default="1"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the files.")] = Path("tunes"),
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"{alternatives(WRITES)}; repeatable.", show_default=".mid and .musicxml"),
    ] = None,
    reward: Reward = None,
    json: Json = False,
) -> Action:
    """Write tunes: exact draws in the style of real tunes and by theory, not the one best melody again and again."""
    grid, files = (key, bars, metre, pickup, tempo, chords), formats or [".mid", ".musicxml"]
    source = (form, style, by, start, _choices(part, tune, voice, double_stops), keep)
    return _later("writing.write_tunes", *grid, *source, number, temperature, seed, out, files, json, reward or [])


@app.command()
def judge(
    folder: Annotated[Path, typer.Argument(help="Folder of tunes, read with its subfolders; or of a study.")],
    key: Annotated[
        str | None,
        typer.Option("--key", "-k", help="Key to which excerpts are moved, with its mode.", show_default="G major"),
    ] = None,
    metre: Annotated[str | None, typer.Option("--metre", help="Metre of the excerpts.", show_default="4/4")] = None,
    bars: Annotated[int | None, typer.Option("--bars", help="Their length.", show_default="4")] = None,
    style: Annotated[
        str | None, typer.Option("--style", help="Shipped style whose held-out tunes are the real ones.")
    ] = None,
    json: Json = False,
) -> Action:
    """Judge whether a folder of tunes, or each method's best melodies in a study, can be told from real ones."""
    return _later("judging.judge_folder", folder, key, metre, bars, style, json)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help=f"A {names()} file.")],
    task: TaskName = "tune",
    bar: Annotated[int | None, typer.Option(help="The first bar to take.")] = None,
    part: Part = None,
    tune: TuneOf = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    sets: Set = None,
    to: Annotated[Path | None, typer.Option(help="A .png or .svg file: rewards by rule under the notes.")] = None,
    reward: Reward = None,
    json: Json = False,
) -> Action:
    """Account for a tune's return on a task, by rule and by bar, and say how it was fitted to the task's grid."""
    choices = _choices(part, tune, voice, double_stops)
    return _later("tunes.explain", file, task, bar, choices, sets or [], to, json, reward or [])


@app.command()
def render(
    file: Tune,
    to: Annotated[list[str], typer.Option(metavar="FILES", help=f"{alternatives(WRITES)}; commas between files.")],
    key: Annotated[str | None, typer.Option("--key", "-k", help="Key of the notation.", show_default="FILE's")] = None,
    title: Annotated[str | None, typer.Option(help="Title above a score.", show_default="FILE's")] = None,
    chords: Chords = "",
    part: Part = None,
    tune: TuneOf = None,
    number: Number = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    json: Json = False,
) -> Action:
    """Write a tune in other formats: a score as SVG, PNG or PDF, sound as WAV, FLAC or OGG, ABC, LilyPond, MIDI."""
    choices = _choices(part, tune or number, voice, double_stops)
    return _later("rendering.render", file, to, key, title, chords, choices, json)


@app.command()
def convert(
    file: Tune,
    out: Annotated[Path, typer.Argument(help=f"The file to write: {alternatives(WRITES)}.")],
    strict: Annotated[bool, typer.Option(help="Refuse to lose or move a note.")] = False,
    part: Part = None,
    tune: TuneOf = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    json: Json = False,
) -> Action:
    """Write a tune in another format, and say in lines what is not as it was."""
    return _later("converting.convert", file, out, _choices(part, tune, voice, double_stops), strict, json)


@app.command()
def play(
    file: Tune,
    chords: Chords = "",
    part: Part = None,
    tune: TuneOf = None,
    number: Number = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
) -> Action:
    """Play a tune, by a program of the system or in a page of the browser."""
    return _later("rendering.play", file, chords, _choices(part, tune or number, voice, double_stops))


@app.command()
def listen(
    task: Annotated[str | None, typer.Option("--task", "-t", help="A ready task.", show_default="tune")] = None,
    form: Annotated[str | None, typer.Option("--form", help="Sections that return, such as AABA.")] = None,
    start: Annotated[Path | None, typer.Option("--from", help="A tune to begin with.")] = None,
    part: Part = None,
    tune: TuneOf = None,
    voice: Voice = None,
    double_stops: DoubleStops = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all draws.", show_default="0")] = None,
    folder: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the session; one that is there is gone on with.")
    ] = Path("runs/listening"),
    port: Port = None,
    browse: Browse = True,
    sets: Set = None,
) -> Action:
    """Evolve melodies by ear: a page on this machine to hear, choose and steer; -s bars=8 sets a value of the task."""
    choices = _choices(part, tune, voice, double_stops)
    return _later("listening.listen", task, form, start, choices, seed, folder, port, browse, sets or [])


@app.command()
def dashboard(
    folder: Annotated[Path, typer.Argument(help="Folder of a study.")] = Path("runs/quickstart"),
    port: Port = None,
    browse: Browse = True,
) -> Action:
    """Watch a study: curves as they grow, the best melody of each method, what is inside of an archive or a policy."""
    return _later("watching.dashboard", folder, port, browse)


@app.command()
def tasks(json: Json = False) -> Action:
    """The ready tasks."""
    return _later("lists.tasks", json)


@app.command()
def methods(json: Json = False) -> Action:
    """The methods and their parameters."""
    return _later("lists.methods", json)


@app.command()
def rules(json: Json = False) -> Action:
    """The rules and their parameters."""
    return _later("lists.rules", json)


@app.command()
def lecture(
    concept: Annotated[list[str] | None, typer.Argument(help="A concept; all of them when missing.")] = None,
    html: Annotated[bool, typer.Option("--html", help="Write a page a concept, with controls to move.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the pages.", show_default="lecture")
    ] = None,
    json: Json = False,
) -> Action:
    """The concepts of the lecture: their names in the code, and an example of each to paste; or as pages."""
    return _later("lecture.lecture", concept or [], json, html, out)


@app.command()
def doctor(json: Json = False) -> Action:
    """Versions, optional parts, writable folders, threads; fails when something that is needed is missing."""
    return _later("doctor.doctor", json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def style(context: typer.Context) -> Action:
    """Train a style from a folder or book of tunes, or make the shipped one again; see `evomusic style --help`."""
    from evomusic.commands import lists

    return lambda: lists.style(context.args)


def run(arguments: Sequence[str]) -> int:
    """Do what a command line says; its exit code. Errors are one line each on stderr."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once
        again = f"; finished cells are kept. To go on: {shlex.join(['evomusic', *arguments])}"
        print(f"evomusic: interrupted{again if arguments[:1] == ['compare'] else ''}", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as end:  # of shell completion; and where libraries meet a closed pipe
        return OK if isinstance(end.__context__, BrokenPipeError) or not isinstance(end.code, int) else end.code
    except BrokenPipeError:  # as of `evomusic rules | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (ValueError, OSError, RuntimeError) as error:
        return _report_error(error)


def _run(arguments: Sequence[str]) -> int:
    """Read the command line, then do what it says."""
    try:
        action = typer.main.get_command(app).main(list(arguments), prog_name="evomusic", standalone_mode=False)
    except Exception as error:
        if type(error).__name__ == "Abort":
            raise KeyboardInterrupt from None
        if not hasattr(error, "format_message"):  # one of typer's
            raise
        text = error.format_message()
        usage = type(error).__name__ == "NoArgsIsHelpError"
        print(text if usage else f"evomusic: {text[:LONGEST]}", file=sys.stderr)
        return USAGE
    return action() if callable(action) else int(action or OK)


def _report_error(error: Exception) -> int:
    """Print an error, a line a fault; the exit code. Faults of the program itself are raised again."""
    from evomusic.commands.output import code_of, lines_of

    code = code_of(error)
    if code is None:
        raise error
    for line in lines_of(error):
        print(f"evomusic: {line}", file=sys.stderr)
    return code


def main() -> None:
    """The command `evomusic`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  # as long as the process lives
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
