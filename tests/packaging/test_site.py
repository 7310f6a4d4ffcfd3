"""The site: the reference has every public name once, and every example says what it shows."""

import importlib.util
import re
from pathlib import Path

import pytest

import evomusic as em

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "gallery").glob("plot_*.py"))
LECTURE = sorted((ROOT / "docs" / "lecture").glob("plot_*.py"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The text of each page of the reference."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    folder = tmp_path_factory.mktemp("site") / "reference"
    reference.write(folder)
    return {path.stem: path.read_text() for path in folder.glob("*.rst")}


def entries(text):
    """The names that a page describes."""
    return re.findall(r"^\.\. (?:autoclass|autofunction|py:data):: (\S+)$", text, re.MULTILINE)


def test_each_public_name_is_described(pages):
    described = {name for text in pages.values() for name in entries(text)}
    modules = {
        "rules",
        "measures",
        "learn",
        "plan",
        "plots",
        "io",
        "evolve",
        "encodings",
        "corpus",
        "testing",
        "conditions",
    }
    missing = {name for name in em.__all__ if f"evomusic.{name}" not in described} - modules
    assert missing <= {"__version__"}
    for module in ("rules", "plots", "plan", "learn"):
        names = {f"evomusic.{module}.{name}" for name in getattr(em, module).__all__}
        assert len(names & described) > 0.8 * len(names)  # the others are on the first page


def test_no_object_is_described_twice(pages):
    names = [name for text in pages.values() for name in entries(text)]
    assert len(names) == len(set(names))


def test_sections_are_those_of_the_list(pages):
    assert "\nEnvironments of Gymnasium\n-------------------------\n" in pages["evomusic"]
    assert "evomusic.MelodyEnv" in entries(pages["evomusic"].split("Environments of Gymnasium")[1])


def test_every_finding_is_among_the_surprises():
    page = (ROOT / "docs" / "surprises.md").read_text(encoding="utf-8")
    scripts = {path.name for path in (ROOT / "findings").glob("*.sh")}
    assert set(re.findall(r"\]\(\.\./findings/(\w+\.sh)\)", page)) == scripts


def test_there_are_examples():
    assert len(EXAMPLES) >= 24


@pytest.mark.parametrize("path", [*EXAMPLES, *LECTURE], ids=lambda path: path.stem)
def test_an_example_has_a_title_and_says_what_it_shows(path):
    title, line, *text = path.read_text().split('"""')[1].strip().splitlines()
    assert line == "=" * len(title)
    assert len(" ".join(text)) > 40


def test_the_lecture_has_twelve_pages_in_order():
    assert [path.stem.split("_")[1] for path in LECTURE] == [f"{n:02}" for n in range(1, 13)]


@pytest.mark.parametrize("path", LECTURE, ids=lambda path: path.stem)
def test_a_page_of_the_lecture_has_an_equation_a_picture_and_an_exercise_and_is_short(path):
    text = path.read_text(encoding="utf-8")
    assert ".. math:: " in text
    assert "\nfigure" in text
    assert text.count("**Exercise.**") == 1
    assert len(text.splitlines()) < 80


@pytest.mark.slow
@pytest.mark.parametrize("path", LECTURE, ids=lambda path: path.stem)
def test_a_page_of_the_lecture_runs(path):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), {"__name__": "lecture"})
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.close("all")


def test_each_page_is_in_the_contents():
    contents = (ROOT / "docs" / "conf.py").read_text()
    assert [p.stem for p in (ROOT / "docs").glob("*.md") if f'"{p.stem}"' not in contents and p.stem != "index"] == []
