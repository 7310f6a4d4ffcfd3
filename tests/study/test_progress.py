"""Progress of a study in a notebook: one line that is written over."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from evomusic.study.progress import Notebook, Plain, shown


def screen(text: str) -> list[str]:
    """The lines of a text as a terminal or Jupyter shows them."""
    lines = [""]
    for part in text.replace("\n", "\0\n\0").split("\0"):
        if part == "\n":
            lines.append("")
            continue
        for over in part.split("\r"):
            lines[-1] = over + lines[-1][len(over) :]
    return [line.rstrip() for line in lines]


def test_a_notebook_shows_one_line_and_failures(capsys):
    progress = Notebook()
    progress.cold = False
    progress.total(16, 0)
    for i in range(16):
        progress.ended(f"t/a/{i}", "ValueError: x" if i == 3 else "")
    progress.note("done")
    progress.close()
    assert screen(capsys.readouterr().err) == ["evomusic: t/a/3 failed: ValueError: x", "evomusic: done", ""]


def test_a_notebook_is_told_by_its_kernel(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert type(shown()) is Plain
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    assert type(shown()) is Notebook
