import pytest

import evomusic as em
from evomusic.core.melody import Melody
from evomusic.evolve.watch.snapshots import Snapshot, take_snapshots
from evomusic.plots.generations import NEW, SAME, changes, described, draw_generations, draw_snapshots
from evomusic.plots.style import number
from tests.evolve.tasks import TASK
from tests.plots.looking import bars, texts
from tests.plots.studies import GRID

SMALL = em.GA(population=20)


def test_each_generation_has_a_roll_with_its_steps_and_return():
    figure, taken = draw_generations(TASK, SMALL, seed=1, at=(0, 1, 4)), take_snapshots(SMALL, TASK, 1, (0, 1, 4))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["generation 0", "generation 1", "generation 4"]
    assert [ax.get_title(loc="right") for ax in figure.axes] == [number(s.value) for s in taken]
    assert {f"{s.steps:,} steps" for s in taken} <= set(texts(figure))
    assert [len(bars(ax)) for ax in figure.axes] == [len(s.melody.notes) for s in taken]


def test_the_title_names_task_and_method():
    assert "small: GA of Notes, by generation" in texts(draw_generations(TASK, SMALL, at=(0,)))


def test_notes_of_the_picture_before_are_grey():
    first = Melody.from_notes([(62, 0, 1), (64, 1, 1), (65, 2, 1)], GRID)
    second = Melody.from_notes([(62, 0, 1), (64, 1, 0.5), (67, 2, 1)], GRID)
    assert changes([first, second]) == [[NEW, NEW, NEW], [SAME, NEW, NEW]]


def test_colours_are_drawn_note_by_note():
    from matplotlib.colors import to_rgba

    first, second = (Melody.from_notes([(62, 0, 1), (p, 1, 1)], GRID) for p in (64, 65))
    shots = [Snapshot(i, 12, m, 0.0) for i, m in enumerate((first, second))]
    ax = draw_snapshots(shots, "t").axes[1]
    notes = [c for c in ax.collections if type(c).__name__ == "PolyCollection"][-1]
    assert [tuple(c) for c in notes.get_facecolors()] == [to_rgba(SAME), to_rgba(NEW)]


def test_a_method_is_described_with_its_encoding_where_it_has_one():
    assert described(em.GA(encoding=em.Bits())) == "GA of Bits"
    assert described(em.BeamSearch()) == "BeamSearch"


def test_no_snapshots_are_refused():
    with pytest.raises(ValueError, match="there are no snapshots, expected at least one"):
        draw_snapshots([], "t")
