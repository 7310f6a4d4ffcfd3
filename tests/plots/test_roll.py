from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.theory import note_name
from evomusic.plots import draw_roll, draw_rolls, pieces
from evomusic.plots.roll import named_rows, span
from tests.plots.studies import GRID, melody, references, run_of


def _bars(ax):
    """Left, right and row of every bar."""
    bars = [c for c in ax.collections if type(c).__name__ == "PolyCollection"][-1]
    boxes = [path.get_extents() for path in bars.get_paths()]
    return [(box.x0, box.x1, round((box.y0 + box.y1) / 2)) for box in boxes]


def test_a_roll_has_a_bar_for_every_note_where_it_sounds():
    shown = melody(np.random.default_rng(3))
    ax = Figure().add_axes((0, 0, 1, 1))
    draw_roll(ax, shown)
    bars = _bars(ax)
    assert len(bars) == len(shown.notes) > 3
    for (left, right, row), note in zip(bars, shown.notes, strict=True):
        assert left == note.onset
        assert note.onset + note.duration - 1 / GRID.steps_per_beat < right < note.onset + note.duration
        assert GRID.pitches[row] == note.pitch


def test_a_melody_without_notes_is_drawn():
    ax = Figure().add_axes((0, 0, 1, 1))
    draw_roll(ax, Melody(np.zeros(GRID.steps, np.uint8), GRID))
    assert _bars(ax) == []
    assert ax.get_xlim() == (0, GRID.bars * GRID.beats)


def test_named_pitches_belong_to_the_tonic_triad_where_room_is_short():
    grid = Grid(low=60, high=84, scale="A minor")
    rows = named_rows(grid, 0, len(grid.pitches) - 1, 8)
    assert [note_name(grid.pitches[r]) for r in rows] == ["C4", "E4", "A4", "C5", "E5", "A5", "C6"]


def test_all_pitches_of_the_scale_are_named_where_there_is_room():
    grid = Grid(low=60, high=72)
    names = [note_name(grid.pitches[r]) for r in named_rows(grid, 0, 12, 20)]
    assert names == ["C4", "D4", "E4", "F4", "G4", "A4", "B4", "C5"]


def test_rows_cover_all_notes_and_eight_rows_at_least():
    one = Melody.from_notes([(69, 0, 1)], GRID)
    low, high = span([one])
    assert low <= GRID.pitches.index(69) <= high
    assert high - low + 1 >= 8


def test_melodies_are_shown_from_the_best_down_between_optimum_and_real_tune():
    task = run_of({"bad": 1.0, "good": 11.0, "fair": 6.0}).tasks["t"]
    axes = draw_rolls(task).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["optimum", "good", "fair", "bad", "real tune"]
    assert [ax.get_title(loc="right") for ax in axes] == ["12.0", "11.0", "6.0", "1.0", "5.1"]


def test_a_methods_best_is_that_of_its_best_seed():
    task = run_of({"a": 9.0}).tasks["t"]
    piece = next(p for p in pieces(task) if p.method)
    assert piece.value == max(o.best_return for o in task.outcomes["a"])
    assert piece.melody == max(task.outcomes["a"], key=lambda o: o.best_return).best


def test_without_certificate_no_melody_is_called_the_optimum():
    task = run_of({"a": 9.0}, references(certified=False)).tasks["t"]
    assert [p.name for p in pieces(task)] == ["best known", "a", "real tune", "noise"]


def test_a_method_may_be_called_optimum():
    task = run_of({"optimum": 9.0}).tasks["t"]
    assert [(p.name, p.planned, p.method) for p in pieces(task)][:2] == [
        ("optimum", True, False),
        ("optimum", False, True),
    ]


def test_a_task_without_finished_cells_is_refused():
    with pytest.raises(ValueError, match="no finished cell, expected at least one"):
        draw_rolls(replace(run_of({"a": 9.0}).tasks["t"], outcomes={"a": ()}))
