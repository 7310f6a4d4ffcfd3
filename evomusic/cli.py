"""The command line. Typer reads it; what is asked for is done outside of it, so that all errors are told in one way.

Exit codes: 0 ok, 1 what was asked for failed, 2 usage or configuration, 3 a run that is locked or damaged, 4 a bad
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

from evomusic.commands.output import INTERRUPTED, OK, USAGE
from evomusic.io.formats import WRITES, alternatives, names

Action = Callable[[], int]

app = typer.Typer(
    help="Evolve melodies, and compare evolution with reinforcement learning on equal terms.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the results.", show_default="results/NAME")]
Steps = Annotated[float | None, typer.Option(help="Budget of each method and seed, such as 1e6.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds.")]
Seed = Annotated[int | None, typer.Option(help="Root of all seeds.")]
Workers = Annotated[int, typer.Option(help="Worker processes; 0 for as many as cores, 1 for none.")]
Set = Annotated[list[str] | None, typer.Option("-s", "--set", metavar="KEY=VALUE", help="Set a value; repeatable.")]
TaskName = Annotated[str, typer.Option("--task", "-t", help="A ready task; `evomusic tasks` lists them.")]


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
    json: Json = False,
) -> Action:
    """Run a study: tasks x methods x seeds with one budget. Run again, it keeps what is finished."""
    given = {"steps": steps, "seeds": seeds, "seed": seed}
    return _later("studies.compare", study, out, given, workers, sets or [], figures, json)


@app.command()
def plot(folder: Annotated[Path, typer.Argument(help="Folder of a study.")], json: Json = False) -> Action:
    """Draw a study's figures again, from what is in its folder."""
    return _later("studies.plot", folder, json)


@app.command()
def evolve(
    task: Annotated[str | None, typer.Option("--task", "-t", help="A ready task.", show_default="tune")] = None,
    method: Annotated[str, typer.Option("--method", "-m", help="A method; `evomusic methods` lists them.")] = "ga",
    steps: Annotated[float, typer.Option(help="Budget in steps.")] = 1e6,
    seed: Annotated[int, typer.Option(help="Seed of the run.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help=f"A {alternatives(WRITES)} file.")] = None,
    start: Annotated[Path | None, typer.Option("--from", help="A tune to begin with (task: variation).")] = None,
    sets: Set = None,
    json: Json = False,
) -> Action:
    """Write one melody, and say what each rule pays it.

    -s population=500 sets a parameter of the method, -s task.bars=8 one of the task.
    """
    return _later("tunes.evolve", task, method, steps, seed, out, start, sets or [], json)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help=f"A {names()} file.")],
    task: TaskName = "tune",
    bar: Annotated[int | None, typer.Option(help="The first bar to take.")] = None,
    sets: Set = None,
    json: Json = False,
) -> Action:
    """What a task's rules pay a tune, by rule and by bar, and how it was fitted to the task's grid."""
    return _later("tunes.explain", file, task, bar, sets or [], json)


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
    json: Json = False,
) -> Action:
    """The concepts of the lecture: their names in the code, and an example of each to paste."""
    return _later("lecture.lecture", concept or [], json)


@app.command()
def doctor(json: Json = False) -> Action:
    """Versions, optional parts, writable folders, threads; fails when something that is needed is missing."""
    return _later("doctor.doctor", json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def style(context: typer.Context) -> Action:
    """Train a style from a folder of tunes, or make the shipped one again; see `evomusic style --help`."""
    from evomusic.commands import lists

    return lambda: lists.style(context.args)


def run(arguments: Sequence[str]) -> int:
    """Do what a command line says; its exit code. Errors are one line each on stderr."""
    try:
        action = typer.main.get_command(app).main(list(arguments), prog_name="evomusic", standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message"):  # one of typer's
            raise
        usage = type(error).__name__ == "NoArgsIsHelpError"
        print(error.format_message() if usage else f"evomusic: {error.format_message()}", file=sys.stderr)
        return USAGE
    if not callable(action):
        return int(action or OK)
    try:
        code: int = action()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends it at once
        again = f"; finished cells are kept. To go on: {shlex.join(['evomusic', *arguments])}"
        print(f"evomusic: interrupted{again if arguments[0] == 'compare' else ''}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # as of `evomusic rules | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (ValueError, OSError, RuntimeError) as error:
        return _told(error)


def _told(error: Exception) -> int:
    """Say what went wrong, a line a fault; the exit code. What is no fault of the user's is raised again."""
    from evomusic.commands.output import code_of, lines_of

    code = code_of(error)
    if code is None:
        raise error
    for line in lines_of(error):
        print(f"evomusic: {line}", file=sys.stderr)
    return code


def main() -> None:
    """The command `evomusic`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
