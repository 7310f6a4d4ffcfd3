"""`export`: a study as logs that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evomusic.commands.output import OK, UsageError, code_of, print_json
from evomusic.core.checks import nearest

KINDS = ("ioh", "tensorboard", "mlflow")


def export(
    folder: Path, kind: str, out: str | None, tasks: Sequence[str] | None, minimised: Sequence[str], json: bool
) -> int:
    """Write a study as logs of a kind, and say where they are."""
    if kind not in KINDS:
        raise UsageError(f"--as is {kind!r}, expected one of {', '.join(KINDS)}{nearest(kind, KINDS)}")
    if minimised and kind != "ioh":
        raise UsageError(f"--minimised is {', '.join(minimised)}, expected it with --as ioh: it alone says so")
    place = out if out is not None or kind == "mlflow" else f"{folder.as_posix().rstrip('/')}-{kind}"
    written = _in_one_line(lambda: _write(folder, kind, place, tasks, minimised))
    if json:
        print_json({"folder": folder.as_posix(), "as": kind, "written": written})
    else:
        print(f"experiment {written} of MLflow" if kind == "mlflow" else written)
    return OK


def _write(folder: Path, kind: str, place: str | None, tasks: Sequence[str] | None, minimised: Sequence[str]) -> str:
    """Write the logs; where they are, or the number of MLflow's experiment."""
    from evomusic.logs.ioh import write_ioh
    from evomusic.logs.mlflow import write_mlflow
    from evomusic.logs.tensorboard import write_tensorboard

    if kind == "mlflow":
        return write_mlflow(folder, place, tasks=tasks)
    if kind == "tensorboard":
        return write_tensorboard(folder, place or "", tasks).as_posix()
    return write_ioh(folder, place or "", tasks, minimised).as_posix()


def _in_one_line(action: Callable[[], str]) -> str:
    """The answer of an action, whose errors are those of what was asked for.

    Raises:
        UsageError: an argument is wrong, or MLflow refuses.
    """
    try:
        return action()
    except Exception as error:
        refused = type(error).__module__.partition(".")[0] == "mlflow"
        if refused or (isinstance(error, ValueError) and code_of(error) is None):
            raise UsageError(f"MLflow: {str(error).splitlines()[0]}" if refused else str(error)) from None
        raise
