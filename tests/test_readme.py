"""The README and the pages of docs/ say what the code does: commands, examples, tables, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import evomusic as em
from evomusic import cli
from evomusic.core.theory import note_name

ROOT = Path(__file__).parent.parent
PATHS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PATHS}
LINKED = [*PAGES, "ARCHITECTURE.md", "CONTRIBUTING.md", "experiments/README.md"]
README = PAGES["README.md"]
EXAMPLES = {
    f"{page}-{number}": example
    for page, text in PAGES.items()
    for number, example in enumerate(re.findall(r"```python\n(.*?)```", text, re.DOTALL), 1)
}
COMMAND = re.compile(r"(?<=[`\n])evomusic ([a-z]+)")


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


def test_readme_is_two_pages():
    assert len(README.splitlines()) <= 110


def test_table_of_tiny_is_the_tables_own():
    assert f"<!-- tiny -->\n{tiny_table()}\n<!-- /tiny -->" in PAGES["docs/tasks-and-rules.md"]


def test_measured_speeds_have_their_marks():
    assert re.search(r"<!-- speed -->\n.*<!-- /speed -->", PAGES["docs/speed.md"], re.DOTALL)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(EXAMPLES[name], name, "exec"), {"__name__": "readme"})


def test_the_musicians_commands_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FOLDER").mkdir()
    for seed in range(3):
        tune = em.run(em.BestOfN(n=5), em.make("tune", bars=4), steps=320, seed=seed).best
        em.write(em.Melody(tune, em.make("tune", bars=4).grid), tmp_path / "FOLDER" / f"{seed}.mid")
    block = README[README.index("## Five minutes for a musician") :].split("```")[1]
    for line in filter(None, block.splitlines()):
        command, _, comment = line.partition("#")
        assert comment, f"{line} says what it is for"
        arguments = shlex.split(command.replace("--steps 1e6", ""))[1:]
        assert cli.run([*arguments, *(["--steps", "1e4"] if arguments[0] == "evolve" else [])]) == 0
    assert {path.name for path in tmp_path.glob("*.mid")} == {"tune.mid", "new.mid"}
    assert {path.parent.name for path in tmp_path.glob("*/tune-1.musicxml")} == {"tunes", "jigs", "mine"}


@pytest.mark.parametrize("page", LINKED)
def test_links_and_pictures_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    assert targets or page not in ("README.md", "docs/index.md")
    missing = [t for t in targets if "://" not in t and not ((ROOT / page).parent / t).exists()]
    assert not missing


def test_every_page_is_in_the_index():
    linked = set(re.findall(r"\]\(([a-z-]+\.md)\)", PAGES["docs/index.md"]))
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_every_command_is_on_its_page_and_no_other():
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(COMMAND.findall(PAGES["docs/command-line.md"])) | {"methods", "rules"} == commands
    for page, text in PAGES.items():
        assert set(COMMAND.findall(text)) <= commands, page
