"""Which exit code an error has, and how it is told."""

from __future__ import annotations

from evomusic.commands import codes


class UsageError(ValueError):
    """Something is wrong with what was asked for."""


class InputError(ValueError):
    """Something is wrong with a file that was given."""


def code_of(error: Exception) -> int | None:
    """The exit code, or None for an error of the program itself."""
    from evomusic.automata import TooManyStates
    from evomusic.io import TuneError
    from evomusic.study.config import ConfigError
    from evomusic.study.folder import RunError

    if isinstance(error, (TuneError, InputError)):
        return codes.INPUT
    if isinstance(error, RunError):
        return codes.RUN
    if isinstance(error, (ConfigError, UsageError, TooManyStates)):
        return codes.USAGE
    if isinstance(error, OSError):
        return codes.IO
    return None


def lines_of(error: Exception) -> list[str]:
    """The error in lines without breaks."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return [f"{where}{error.strerror[0].lower()}{error.strerror[1:]}"]
    return [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
