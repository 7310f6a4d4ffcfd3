import numpy as np
import pytest

from evomusic.evolve.watch.diversity import Diversity
from evomusic.plots.diversity import PANELS, band, draw_diversity
from tests.plots.looking import lines, texts


def _record(end, distance=0.25, steps=(100, 200, 1000)):
    steps = np.array(steps)
    rise = np.linspace(-10, end, len(steps))
    return Diversity(steps, rise, rise - 2, np.linspace(1, distance, len(steps)), np.linspace(1, 0.5, len(steps)))


RECORDS = {"wide": [_record(3.0, 0.75), _record(5.0, 0.5)], "narrow": [_record(8.0, 0.125)]}


def test_three_panels_show_fitness_and_two_kinds_of_diversity():
    titles = [ax.get_title(loc="left") for ax in draw_diversity(RECORDS).axes]
    assert [t.split(":")[0] for t in titles] == ["fitness", "diversity", "diversity"]


def test_each_method_is_named_in_each_panel_with_its_last_median():
    axes = draw_diversity(RECORDS).axes
    said = [[t.get_text() for t in ax.texts if t.get_text() != "steps: tokens written (log scale)"] for ax in axes]
    assert [dict(zip(s[::2], s[1::2], strict=True)) for s in said] == [
        {"wide": "4.0", "narrow": "8.0"},
        {"wide": "62.5", "narrow": "12.5"},
        {"wide": "50.0", "narrow": "50.0"},
    ]


def test_fitness_has_a_line_for_the_best_and_one_for_the_mean():
    drawn = [line[:, 1].tolist() for line in lines(draw_diversity({"a": [_record(8.0)]}).axes[0])]
    assert [-10.0, -1.0, 8.0] in drawn
    assert [-12.0, -3.0, 6.0] in drawn


def test_diversity_is_drawn_in_per_cent():
    drawn = [line[:, 1].tolist() for line in lines(draw_diversity({"a": [_record(8.0)]}).axes[1])]
    assert [100.0, 62.5, 25.0] in drawn


def test_seeds_meet_where_all_were_looked_at():
    found = band("a", 0, [_record(8.0, steps=(100, 300, 900)), _record(8.0, steps=(200, 400, 800))], PANELS[0])
    assert found.steps.tolist() == [200, 300, 400, 800]
    assert found.seeds[0, 0] == -5.5  # halfway from -10 to -1


def test_one_seed_is_not_called_a_median():
    assert any(t.startswith("one seed") for t in texts(draw_diversity({"a": [_record(1.0)]})))
    assert any(t.startswith("median of seeds") for t in texts(draw_diversity(RECORDS)))


@pytest.mark.parametrize("records", [{}, {"a": []}], ids=["no methods", "no records"])
def test_nothing_to_draw_is_refused(records):
    with pytest.raises(ValueError, match="expected at least one of each method"):
        draw_diversity(records)
