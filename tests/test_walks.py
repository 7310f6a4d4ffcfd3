"""Pages can be followed from top to bottom: tutorials, how-to, explanation, and peers."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from pathlib import Path

import pytest

from evomusic import cli

ROOT = Path(__file__).parent.parent
FOLDERS = ("tutorials", "how-to", "explanation", "coming-from")
PAGES = {
    path.relative_to(ROOT / "docs").as_posix(): path.read_text(encoding="utf-8")
    for folder in FOLDERS
    for path in sorted((ROOT / "docs" / folder).glob("*.md"))
}
BLOCK = re.compile(r"(?:<!-- (file|needs): (\S+) -->\n)?```(\w+)\n(.*?)```", re.DOTALL)
SMALL = {  # a small budget in the place of a page's: the longer runs are those that the page shows
    "check": "-s steps=600 --seeds 2",
    "compare": "-s steps=600 --seeds 2 --workers 1",
    "calibrate": "-s steps=600 --configurations 1 --seeds 1 --confirm 2 --workers 1",
    "resume": "--workers 1",
    "evolve": "--steps 2e3",
}
PLAIN = {"evolve": r"--steps \S+", "compare": r"--workers \S+"}  # options that are replaced
ORACLES = ("pymoo", "ribs")  # blocks of other peers run where they are installed
SHOWN = ("play", "listen", "dashboard", "blind")  # commands that wait for someone


def blocks(page: str) -> list[tuple[str, str, str, str]]:
    """The blocks of a page: a mark with its value, the language, and the text."""
    return [match.groups(default="") for match in BLOCK.finditer(PAGES[page])]


def lines(text: str) -> list[str]:
    """Commands of a block, without comments."""
    return [line.partition("  #")[0].strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def shortened(line: str) -> list[str]:
    """Arguments of a command with a small budget."""
    command = line.split()[1]
    line = re.sub(PLAIN.get(command, r"$^"), "", line)
    small = SMALL.get(command, "") if "--shard" not in line else SMALL["compare"]
    return [*shlex.split(line)[1:], *shlex.split(small)]


STUDIES = [page for page, text in PAGES.items() if "\nevomusic compare" in text]  # minutes where cores are shared


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [pytest.param(page, marks=[pytest.mark.slow] * (page in STUDIES)) for page in PAGES])
def test_a_page_can_be_followed_from_top_to_bottom(page, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for mark, value, language, text in blocks(page):
        if mark == "file":
            (tmp_path / value).parent.mkdir(exist_ok=True)
            (tmp_path / value).write_text(text, encoding="utf-8")
        elif mark == "needs" and importlib.util.find_spec(value) is None:
            assert value not in ORACLES or not os.environ.get("EVOMUSIC_ALL_ORACLES"), f"{value} is not installed"
        elif language == "python":
            exec(compile(text, page, "exec"), {"__name__": "page"})
        elif language == "bash":
            for line in lines(text):
                if line.startswith("evomusic ") and line.split()[1] not in SHOWN and "--open" not in line:
                    code = cli.run(shortened(line))
                    assert code == 0, f"{line}: {code}\n{capfd.readouterr().err}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", PAGES[page])
    place = (ROOT / "docs" / page).parent
    assert [t for t in targets if "://" not in t and not (place / t).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page):
    commands = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"(?<=[`\n])evomusic ([a-z]+)", PAGES[page])) <= commands


def test_pages_are_in_the_contents_and_in_the_index():
    contents = (ROOT / "docs" / "conf.py").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if f'"{page.removesuffix(".md")}"' not in contents or f"({page})" not in index] == []
