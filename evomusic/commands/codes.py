"""Exit codes."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1  # what was asked for did not come out well
USAGE: Final = 2  # usage or configuration
RUN: Final = 3  # a run that is locked or damaged
INPUT: Final = 4  # a bad input file
IO: Final = 74  # input or output, such as a full disk
INTERRUPTED: Final = 130
