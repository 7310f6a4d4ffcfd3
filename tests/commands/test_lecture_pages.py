"""The lecture as pages: each concept has one, links lead somewhere, and errors say what is wrong."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser

import pytest

import evomusic as em
from evomusic import cli
from evomusic.commands import lecture as command
from evomusic.commands.concepts import CONCEPTS, COURSE, SETUP, Concept
from evomusic.commands.concepts.entry import SILVER
from evomusic.commands.lecture_tables import TABLES, content, every_melody
from evomusic.commands.output import IO, USAGE
from evomusic.report.lecture import KNOBS, LecturePage, slug, write_lecture
from evomusic.report.page import data

COMPUTED = Concept.result
LARGEST = 300_000  # bytes of a page
LAST_CHAPTER = 17  # of Sutton & Barto


class Links(HTMLParser):
    """The links of a page, its text, and its JSON."""

    def __init__(self, text):
        super().__init__()
        self.links, self.labels, self.controls, self.said, self.names = [], set(), [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names |= set(found)
        if tag == "a":
            self.links.append(found["href"])
        if tag == "label":
            self.labels.add(found["for"])
        if tag in ("input", "select"):
            self.controls.append(found["id"])

    def handle_data(self, data):
        self.said.append(data)


@cache
def shown(name):
    return COMPUTED(CONCEPTS[name])


CACHED = {name: cache(made) for name, made in TABLES.items()}


def remember(patch):
    """Compute every result and table once."""
    patch.setattr(Concept, "result", lambda self: shown(self.name))
    for name, made in CACHED.items():
        patch.setitem(TABLES, name, made)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages; results are those that the tests of the examples compute."""
    folder = tmp_path_factory.mktemp("pages") / "deep" / "lecture"
    with pytest.MonkeyPatch.context() as patch:
        remember(patch)
        assert command.lecture([], json=False, html=True, out=folder) == 0
    return folder


def read(site, name):
    return (site / name).read_text(encoding="utf-8")


def test_every_concept_has_a_page_and_nothing_else_is_written(site):
    assert sorted(p.name for p in site.iterdir()) == sorted(
        ["index.html", *(f"{slug(name)}.html" for name in CONCEPTS)]
    )
    assert max(p.stat().st_size for p in site.iterdir()) < LARGEST


def test_the_list_has_every_concept_in_the_order_of_the_lecture(site):
    assert Links(read(site, "index.html")).links == [f"{slug(name)}.html" for name in CONCEPTS]


def test_links_of_every_page_lead_to_pages_previous_next_and_list(site):
    names = [f"{slug(name)}.html" for name in CONCEPTS]
    for i, name in enumerate(names):
        near = names[max(0, i - 1) : i] + names[i + 1 : i + 2]
        assert Links(read(site, name)).links == ["index.html", *near]


@pytest.mark.parametrize("name", CONCEPTS)
def test_page_shows_the_concept_its_code_and_what_it_gives(site, name):
    c, text = CONCEPTS[name], "".join(Links(read(site, f"{slug(name)}.html")).said)
    for part in (c.text, *c.where, *c.sources, COURSE, "\n".join((*SETUP, c.example))):
        assert part in text
    assert read(site, f"{slug(name)}.html").count("<math") == len(c.equations)
    result = command.plain(shown(name))
    assert (result if isinstance(result, str) else str(command.rounded(result))) in text


@pytest.mark.parametrize("name", ["index", *map(slug, CONCEPTS)])
def test_page_asks_for_nothing_and_its_controls_have_labels(site, name):
    text = read(site, f"{name}.html")
    found = Links(text)
    assert set(found.controls) <= found.labels
    assert not found.names & {"src", "srcset", "style", "onclick", "action"}
    assert "default-src 'none'" in text
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


def test_pages_are_the_same_wherever_they_are_written(site, tmp_path, monkeypatch):
    remember(monkeypatch)
    command.lecture([], json=True, html=True, out=tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in site.iterdir()}


def test_every_control_is_one_of_the_pages_script_and_every_knob_has_a_label():
    kinds = set(re.findall(r"^    (\w+)\(", data("lecture-exact.js") + data("lecture-chance.js"), re.MULTILINE))
    for c in CONCEPTS.values():
        if c.control is not None:
            assert c.control.kind in kinds
            assert c.control.kind == "table" or set(c.control.knobs) <= set(KNOBS)
            assert all(
                c.control.kind == "table" or KNOBS[k].low <= start <= KNOBS[k].high
                for k, start in c.control.knobs.items()
            )


@pytest.mark.parametrize("name", CONCEPTS)
def test_text_is_a_few_sentences_and_sources_name_places_that_exist(name):
    c = CONCEPTS[name]
    assert c.text.endswith(".")
    assert 1 <= len(re.findall(r"[.?] |\.$", c.text)) <= 4
    assert c.sources
    for source in c.sources:
        if source.startswith("Sutton & Barto"):
            place = re.search(r"(?:section|chapter) (\d+)(?:\.\d+)?(?:, equations? (.+))?$", source)
            assert 1 <= int(place[1]) <= LAST_CHAPTER
            numbers = place[2].split(", ") if place[2] else []
            assert all(number.startswith(f"{place[1]}.") for number in numbers)
        elif source.startswith("David Silver"):
            assert source.rpartition(": ")[2] in SILVER.values()


def test_the_model_of_a_page_has_the_rewards_of_the_task():
    task = em.make("tiny")
    model = content("curves", {}, [])["model"]
    for melody, rewards in zip(every_melody(task.grid), task.rewards(every_melody(task.grid)), strict=True):
        state, found = 0, []
        for token in melody:
            found.append(model["reward"][state][token])
            state = model["next"][state][token]
        assert found == rewards.tolist()
        assert state == len(model["next"]) - 1


@pytest.mark.parametrize("name", ["observation", "growth", "trees"])
def test_tables_hold_what_evomusic_computes(name):
    table = CACHED[name]()
    assert {len(row["items"]) for row in table["rows"]} <= {0, 1, 4}
    for row in table["rows"]:
        for item in row["items"]:
            if "value" in item and "tokens" in item:
                task = em.make("tiny", bars=len(item["tokens"]) // 4)
                assert task.evaluate([item["tokens"]])[0] == item["value"]


def test_json_names_the_files(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "page_of", lambda c: tiny_page(c.name))
    assert cli.run(["lecture", "--html", "-o", str(tmp_path / "x"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["files"][0] == "index.html"
    assert len(found["files"]) == len(CONCEPTS) + 1


def tiny_page(name, **more):
    fields = {
        "name": name,
        "group": "a",
        "text": "It is.",
        "equations": (),
        "code": "1",
        "result": "1",
        "where": ("em.GA",),
    }
    return LecturePage(**(fields | {"sources": ("one",), "knobs": {}, "control": None} | more))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--html", "regret"], USAGE, "'regret' is one argument too many: --html writes all concepts"),
        (["-o", "somewhere"], USAGE, "-o is for pages, expected --html with -o"),
    ],
)
def test_wrong_options_are_refused_before_any_work(words, code, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.run(["lecture", *words]) == code
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_before_any_work(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert cli.run(["lecture", "--html", "-o", str(tmp_path / "file")]) == IO
    assert cli.run(["lecture", "--html", "-o", str(tmp_path / "file" / "deeper")]) == IO
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all(line.startswith(f"evomusic: {tmp_path / 'file'}") for line in said)


def test_text_on_a_page_is_text(tmp_path):
    hostile = "</script><img src=x>"
    files = write_lecture([tiny_page("a", text=hostile, result=hostile)], tmp_path, title=hostile, about=(hostile,))
    for file in files:
        assert "<img" not in file.read_text(encoding="utf-8")


def test_a_knob_that_is_none_is_refused(tmp_path):
    control = {"kind": "curves", "options": {}}
    with pytest.raises(ValueError, match=r"^knob is 'gama', expected one of epsilon, "):
        write_lecture([tiny_page("a", knobs={"gama": 1}, control=control)], tmp_path, title="t", about=())
    assert list(tmp_path.iterdir()) == []
