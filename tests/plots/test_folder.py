import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evomusic.plots import draw
from evomusic.plots.figures import FIGURES
from evomusic.plots.folder import stem
from evomusic.report import export_melodies, write_report
from evomusic.study.folder import RunError
from evomusic.study.results import Run
from evomusic.study.store import read_run
from tests.plots.studies import finished, run_of

NAMES = [f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")]


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(finished(), tmp_path / "moved ü"))


def test_a_folder_has_each_figure_as_png_and_svg(folder):
    written = draw(folder)
    assert [p.name for p in written] == NAMES
    assert all(p.parent == folder and p.stat().st_size > 10_000 for p in written)


def test_drawing_again_changes_no_byte(folder):
    first = [p.read_bytes() for p in draw(folder)]
    assert [p.read_bytes() for p in draw(str(folder))] == first


def test_figures_of_several_tasks_bear_their_labels():
    one = run_of({"a": 1.0})
    both = replace(one, tasks={"t": one.tasks["t"], "u": replace(one.tasks["t"], label="u")})
    assert stem(one, one.tasks["t"], "rolls") == "rolls"
    assert [stem(both, task, "rolls") for task in both.tasks.values()] == ["rolls-t", "rolls-u"]


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(RunError, match="holds no study"):
        draw(tmp_path)


def test_a_study_that_was_read_is_not_read_again(folder, monkeypatch):
    run = read_run(folder)
    monkeypatch.setattr("evomusic.study.store.read_run", None)
    assert [p.name for p in draw(run)] == NAMES
    assert export_melodies(run)
    assert write_report(run) == folder / "report.html"


@pytest.mark.parametrize("leave", [draw, export_melodies, write_report])
@pytest.mark.parametrize("run", [None, 2.5, True, Run, ["a"]], ids=str)
def test_what_is_neither_a_study_nor_a_folder_is_refused(leave, run):
    with pytest.raises(ValueError, match=r"^run is .*, expected a Run, or the path of a study's folder"):
        leave(run)


def test_workers_draw_the_same_files(folder):
    alone = {path.name: path.read_bytes() for path in draw(folder)}
    assert {path.name: path.read_bytes() for path in draw(folder, workers=2)} == alone


def test_a_figure_that_workers_do_not_have_is_drawn_here(folder, monkeypatch):
    monkeypatch.setitem(FIGURES, "mine", FIGURES["curves"])
    assert folder / "mine.png" in draw(folder, workers=2)
