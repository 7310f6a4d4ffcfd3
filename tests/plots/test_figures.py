from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from evomusic.plots import draw, draw_curves
from evomusic.plots.figures import FIGURES, StudyFigure, figures_of
from evomusic.plots.style import WIDTH, heading, new_figure, settings
from evomusic.report import page
from tests.plots.studies import references, run_of, without_references


def _draw_title(run, task):
    """A figure that is but a title."""
    with settings():
        figure = new_figure(1.0, WIDTH)
        heading(figure, f"{task.label}: a title", "and a line on how to read it")
    return figure


REPORTED = [name for name, entry in FIGURES.items() if entry.in_report]
CAPTIONED = [name for name in REPORTED if FIGURES[name].caption]


@pytest.fixture
def run(tmp_path):
    return run_of({"a": 3.0, "b": 7.0}, folder=str(tmp_path))


def _shown(text):
    """Names of the figures on a page, in order, and all identifiers on it."""
    root = ElementTree.fromstring(text[text.index("<main") : text.index("</main>") + 7].replace(" download", ""))
    names = [e.get("aria-label") for e in root.iter("div") if (e.get("aria-label") or "").startswith("figure: ")]
    return names, [e.get("id") for e in root.iter() if e.get("id")]


def test_one_entry_brings_a_figure_into_folder_and_report(run, monkeypatch):
    monkeypatch.setitem(FIGURES, "chart", StudyFigure(_draw_title, "A chart."))  # a first letter twice
    assert {"chart.png", "chart.svg"} <= {path.name for path in draw(run)}
    names, ids = _shown(page(run))
    assert names == [f"figure: {name}" for name in (*REPORTED, "chart")]
    assert [name for name, count in Counter(ids).items() if count > 1] == []


def test_a_figure_without_a_caption_stands_in_the_report(run, monkeypatch):
    monkeypatch.setitem(FIGURES, "plain", StudyFigure(_draw_title, None))
    text = page(run)
    assert "figure: plain" in _shown(text)[0]
    assert text.count("<figcaption>") == len(CAPTIONED)
    assert 'aria-label="t: plain"' in text


def test_identifiers_differ_between_tasks(run):
    both = replace(run, tasks={"t": run.tasks["t"], "u": replace(run.tasks["t"], label="u")})
    names, ids = _shown(page(both))
    assert len(names) == 2 * len(REPORTED)
    assert [name for name, count in Counter(ids).items() if count > 1] == []


def test_figures_are_of_tasks_that_have_what_they_show():
    run = run_of({"a": 3.0, "b": 7.0})
    assert list(figures_of(run.tasks["t"])) == list(FIGURES)
    bound = run_of({"a": 3.0, "b": 7.0}, references(certified=False)).tasks["t"]
    assert set(FIGURES) - set(figures_of(bound)) == {"regret", "profiles"}
    assert set(FIGURES) - set(figures_of(without_references(run))) == {"regret", "profiles", "ecdf"}
    assert set(FIGURES) - set(figures_of(run_of({"a": 3.0}).tasks["t"])) == {"improvement"}
    assert set(FIGURES) - set(figures_of(run_of({"a": 3.0, "b": 7.0}, seeds=1).tasks["t"])) == {"improvement"}


def test_each_figure_of_a_study_is_drawn_once_for_folder_and_report(run, monkeypatch):
    drawn = []

    def draw_and_count(run, task):
        drawn.append(task.label)
        return draw_curves(run, task)

    monkeypatch.setitem(FIGURES, "curves", FIGURES["curves"]._replace(draw=draw_and_count))
    draw(run)
    assert page(run) == page(run)
    assert drawn == ["t"]


def test_all_names_of_the_plots_are_listed():
    import evomusic.plots

    assert {"draw", "draw_archive", "draw_front", "draw_tree", "pieces"} <= set(evomusic.plots.__all__)
    assert set(evomusic.plots.__all__) <= set(dir(evomusic.plots))
