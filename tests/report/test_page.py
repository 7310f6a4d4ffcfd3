import base64
import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from evomusic.plots import pieces
from evomusic.report import export_melodies, page, write_report
from evomusic.study.folder import RunError
from evomusic.study.results import Ceiling
from evomusic.study.store import read_run
from tests.plots.studies import finished, references, run_of

HOSTILE = "</script><img src=x onerror=alert(1)>\" '&amp;"
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """A page's elements in order, the text of scripts and styles, and what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.raw, self.open, self.said = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"attribute twice in {tag}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.append((self.open[-1], self.elements[-1][1], data))
        else:
            self.said.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = Path(shutil.copytree(finished(), tmp_path_factory.mktemp("report") / "a & b"))
    export_melodies(made)
    write_report(made)
    return made


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(text):
    return Page(text)


@pytest.fixture(scope="module")
def hostile():
    """A page whose names and titles all want to be markup."""
    run = run_of({HOSTILE: 9.0, "b": 1.0}, references(title=HOSTILE), folder=f"made/{HOSTILE.replace('/', '')}")
    return page(replace(run, tasks={"t": replace(run.tasks["t"], label=HOSTILE, name=HOSTILE)}))


def test_every_element_is_closed_and_every_id_is_unique(parsed):
    assert parsed.open == []
    ids = Counter(a["id"] for _, a in parsed.elements if "id" in a)
    assert [name for name, count in ids.items() if count > 1] == []


def test_nothing_is_loaded_from_anywhere(parsed):
    sources = [
        v for _, a in parsed.elements for k, v in a.items() if k in ("src", "srcset", "data", "poster", "action")
    ]
    links = [v for _, a in parsed.elements for k, v in a.items() if k in ("href", "xlink:href")]
    assert sources == []
    assert all(v.startswith(("#", "data:", "melodies/")) for v in links)
    assert not re.search(
        r"@import|url\((?!#)|fetch\(|XMLHttpRequest|WebSocket|import\(", "".join(r for *_, r in parsed.raw)
    )


def test_the_policy_allows_this_style_and_this_script_alone(parsed):
    policy = next(a["content"] for a in parsed.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    code = [(kind, data) for kind, attributes, data in parsed.raw if attributes.get("type") != "application/json"]
    assert [kind for kind, _ in code] == ["style", "script"]
    for kind, data in code:
        digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"


def test_no_element_carries_style_or_script_that_the_policy_would_refuse(parsed):
    names = {name for _, attributes in parsed.elements for name in attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


def test_the_policy_comes_before_all_that_it_governs(text):
    assert text.index("Content-Security-Policy") < min(
        text.index("<title"), text.index("<style"), text.index("<script")
    )


def test_every_melody_has_a_button_and_the_notes_that_it_plays(parsed, folder):
    task = read_run(folder).tasks["tiny"]
    shown = pieces(task)
    melodies = json.loads(next(data for kind, a, data in parsed.raw if a.get("type") == "application/json"))
    assert [int(a["data-melody"]) for a in parsed.all("article")] == list(range(len(melodies)))
    assert [m["name"] for m in melodies] == [p.name for p in shown]
    assert [m["notes"] for m in melodies] == [[list(n) for n in p.melody.notes] for p in shown]
    assert {m["beats"] for m in melodies} == {task.grid.bars * task.grid.beats}
    assert sum(a.get("type") == "button" for a in parsed.all("button")) == len(shown) + 1


def test_links_lead_to_the_files_of_the_melodies(parsed, folder):
    hrefs = [a["href"] for a in parsed.all("a")]
    files = {p.relative_to(folder).as_posix() for p in (folder / "melodies").rglob("*.*")}
    assert {unquote(h) for h in hrefs} == files
    assert all("download" in a for a in parsed.all("a"))


def test_files_that_are_not_there_are_not_linked():
    assert Page(page(run_of({"a": 3.0}))).all("a") == []


def test_controls_have_names_and_changes_are_announced(parsed):
    labelled = {a["for"] for a in parsed.all("label") if "for" in a}
    assert "tempo" in labelled
    assert [a["id"] for a in parsed.all("span") if a.get("aria-live") == "polite"] == ["status"]
    assert all(a.get("aria-label") or a.get("aria-hidden") for a in parsed.all("svg"))
    assert parsed.all("html")[0]["lang"] == "en"


def test_hostile_names_and_titles_are_text(hostile):
    parsed = Page(hostile)
    assert parsed.all("img") == []
    assert len(parsed.all("script")) == 2
    assert sum(HOSTILE in said for said in parsed.said) >= 4  # heading, table, card, source of the real tune
    melodies = json.loads(next(data for kind, a, data in parsed.raw if a.get("type") == "application/json"))
    assert HOSTILE in [m["name"] for m in melodies]


def test_what_stands_on_the_page_is_what_the_study_found(parsed, folder):
    run = read_run(folder)
    best = run.tasks["tiny"].best("luck").best_return
    assert f"{best:,.2f}".replace("-", "−") in parsed.said  # noqa: RUF001
    assert "1 task × 3 methods × 3 seeds, 2,000 steps each; root seed 0." in parsed.said  # noqa: RUF001
    assert any(said.endswith("is certified: no melody returns more.") for said in parsed.said)


def test_targets_that_seeds_missed_are_shown_as_beyond_the_budget():
    run = run_of({"good": 12.0, "bad": -49.0})
    said = Page(page(run)).said
    assert said.count("0 of 3 seeds") == 3
    assert said.count(">1,000") == 4  # one seed of three came to 99.9 %


def test_without_certificate_the_page_speaks_of_no_optimum_and_no_regret():
    said = " ".join(Page(page(run_of({"a": 3.0}, references(certified=False)))).said)
    assert "The optimum is not certified: 12.00 is the best known, 14.00 a bound." in said
    assert "regret" not in said
    assert "to bound" in said


def test_ceilings_of_views_are_rows_of_the_table_and_are_explained():
    found = (Ceiling("bar", 10.5, True), Ceiling("pitch", 9.25, False))
    said = " ".join(Page(page(run_of({"a": 3.0}, replace(references(), ceilings=found)))).said)
    assert "view bar, best policy 10.50" in said
    assert "view pitch, bound 9.25" in said
    assert "melodies found while exploring, and stochastic policies, may return more" in said
    assert "exploring" not in " ".join(Page(page(run_of({"a": 3.0}))).said)


def test_a_study_that_is_not_finished_says_so():
    run = run_of({"a": 3.0})
    unfinished = replace(run, tasks={"t": replace(run.tasks["t"], references=None)})
    assert "This study is not finished" in page(unfinished)
    assert "This study is not finished" not in page(run)


def test_the_same_folder_gives_the_same_bytes_wherever_it_lies(folder, text, tmp_path):
    moved = Path(shutil.copytree(folder, tmp_path / "a & b"))
    write_report(moved)
    assert (moved / "report.html").read_text(encoding="utf-8") == text


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(RunError, match="holds no study"):
        write_report(tmp_path)


def test_a_ranking_by_few_seeds_is_called_an_illustration():
    run = run_of({"a": 3.0, "b": 7.0})
    assert any(said.startswith("illustration: 3 seeds. Returns: ") for said in Page(page(run)).said)
    assert "illustration" not in page(run_of({"a": 3.0}, seeds=10))


@pytest.mark.parametrize("leave", [write_report, export_melodies])
def test_a_full_disk_leaves_the_old_files(leave, folder, tmp_path, monkeypatch):
    full = Path(shutil.copytree(folder, tmp_path / "full"))
    before = {path: path.read_bytes() for path in full.rglob("*.*")}
    run = replace(read_run(full), seed=99)  # another page

    def no_space(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match=r"No space left on device: '.*full.*\.(html|mid)'"):
        leave(run)
    assert {path: path.read_bytes() for path in full.rglob("*.*")} == before


@pytest.mark.parametrize("run", [None, 2.5, "results", []], ids=str)
def test_a_page_is_of_a_study(run):
    with pytest.raises(ValueError, match=r"^run is .*, expected a Run: a study that was read"):
        page(run)


def test_scores_are_engraved_where_verovio_is_and_rolls_are_drawn_where_it_is_not(monkeypatch):
    run = run_of({"a": 3.0, "b": 2.0}, references())
    count = len(pieces(run.tasks["t"]))
    assert (page(run).count('class="score"'), page(run).count('class="roll"')) == (count, 0)
    monkeypatch.setitem(sys.modules, "verovio", None)
    assert (page(run).count('class="score"'), page(run).count('class="roll"')) == (0, count)
