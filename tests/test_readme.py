"""The README's commands, examples and table are what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import evomusic as em
from evomusic.core.theory import note_name

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def tiny_table() -> str:
    """The Q-table of `tiny` in Markdown."""
    task = em.make("tiny")
    names = [".", "-", *(note_name(p) for p in task.grid.pitches)]
    lines = ["| step | after | " + " | ".join(names) + " |", "|---|---|" + "---:|" * len(names)]
    for history, q in task.q_table():
        after = " ".join(names[a] for a in history) or "(start)"
        best = q.max()
        cells = [f"**{x:.1f}**" if x == best else f"{x:.1f}" for x in q]
        lines.append(f"| {len(history) + 1} | {after} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_both_commands_stand_as_they_should():
    assert "pip install -e . && evomusic compare\n" in README
    assert 'pip install -e ".[test]" && pytest\n' in README


def test_table_of_tiny_is_the_tables_own():
    assert f"<!-- tiny -->\n{tiny_table()}\n<!-- /tiny -->" in README


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_run(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})


def test_pictures_are_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]*)\)", README):
        assert (Path(__file__).parent.parent / path).is_file(), path
