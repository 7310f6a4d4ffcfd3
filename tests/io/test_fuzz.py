"""Mutated files: a tune or one error of one line, in bounded time and memory, whichever reader gets them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SHARES = {"abc": 8_000, "xml": 8_000, "mxl": 4_000, "midi": 8_000, "txt": 2_000}


def outcomes(kind: str, count: int, seed: int) -> dict[str, float]:
    """Outcomes of so many mutated files, in a process of its own."""
    command = [sys.executable, "-m", "tests.io.fuzz", kind, str(count), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", SHARES)
def test_a_mutated_file_is_a_tune_or_one_error(kind: str) -> None:
    assert outcomes(kind, 300, 0)["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARES)
def test_thirty_thousand_mutated_files_take_bounded_time_and_memory(kind: str) -> None:
    found = outcomes(kind, SHARES[kind], 1)
    assert found["read"] >= 0.02 * SHARES[kind]
    assert found["slowest"] < 2
    assert found["peak"] < 150
