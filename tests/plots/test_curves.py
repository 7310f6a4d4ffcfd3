from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from evomusic.plots.curves import bands, ceilings, draw_curves, draw_learning, levels, subtitle, window
from evomusic.plots.improvement import draw_improvement
from evomusic.plots.profiles import draw_ecdf, draw_profiles
from evomusic.plots.regret import draw_regret
from evomusic.plots.roll import draw_rolls
from evomusic.plots.style import WIDTH, settings, text_width
from evomusic.study.inference import interquartile_mean, interval
from evomusic.study.results import Ceiling
from evomusic.study.statistics import summarise
from evomusic.study.store import read_run
from tests.plots.studies import finished, outcome, references, run_of, without_references

STUDY_FIGURES = [
    *(draw_curves, draw_learning, draw_regret, draw_ecdf, draw_profiles, draw_improvement),
    lambda run, task: draw_rolls(task),
]
TEN = {f"method number {i}": 11.0 - i % 3 for i in range(10)}


def test_best_is_the_greatest_return_met_up_to_each_step():
    run = run_of({"a": 8.0})
    (band,) = bands(run.tasks["t"], "best")
    for cell, seed in zip(run.tasks["t"].outcomes["a"], band.seeds, strict=True):
        naive = [max(r for s, r in cell.improvements if s <= step) for step in band.steps]
        assert seed.tolist() == naive


@pytest.mark.parametrize("quantity", ["delivered", "online"])
def test_seeds_with_other_checkpoints_are_read_at_common_steps(quantity):
    run = run_of({"a": 8.0})
    (band,) = bands(run.tasks["t"], quantity)
    for cell, seed in zip(run.tasks["t"].outcomes["a"], band.seeds, strict=True):
        rows = list(zip(cell.curve.steps, getattr(cell.curve, quantity), strict=True))
        for step, value in zip(band.steps, seed, strict=True):
            before, after = [v for s, v in rows if s <= step], [v for s, v in rows if s >= step]
            assert value == (after[0] if quantity == "online" else before[-1])


def test_a_band_ends_where_its_first_seed_ends():
    run = run_of({"a": 8.0})
    lasts = [o.curve.steps[-1] for o in run.tasks["t"].outcomes["a"]]
    assert len(set(lasts)) > 1
    for quantity in ("best", "delivered", "online"):
        assert bands(run.tasks["t"], quantity)[0].steps[-1] == min(lasts)


@pytest.mark.parametrize("quantity", ["best", "delivered", "online"])
def test_named_values_are_those_of_the_summary(quantity):
    run = read_run(finished())
    named = {b.label: b.value for b in bands(run.tasks["tiny"], quantity)}
    assert named == {row.method: getattr(row, quantity).median for row in summarise(run)}


def test_a_certified_optimum_is_called_so_and_has_no_bound():
    names = {x.label: x.value for x in levels(run_of({"a": 3.0}).tasks["t"])}
    assert names == {"optimum": 12.0, "real tunes P90": 9.0, "real tunes P50": 5.0, "noise": -60.0}


def test_without_certificate_there_are_best_known_and_bound_and_no_optimum():
    run = run_of({"a": 13.0}, references(certified=False))
    names = {x.label: x.value for x in levels(run.tasks["t"])}
    assert "optimum" not in names
    assert (names["best known"], names["bound"]) == (13.0, 14.0)  # a method beat the planner


def test_ceilings_of_views_are_levels_of_what_is_delivered_and_move_no_panel():
    plain = run_of({"a": 11.0, "b": 2.0})
    found = (Ceiling("bar", 10.0, True), Ceiling("a view of one's own, with many observers", 12.0, False))
    seen = run_of({"a": 11.0, "b": 2.0}, replace(references(), ceilings=found))
    first, second = ceilings(seen.tasks["t"])
    assert (first.label, first.value, second.value) == ("view bar, best policy", 10.0, 12.0)
    before, after = draw_learning(plain, plain.tasks["t"]), draw_learning(seen, seen.tasks["t"])
    after.draw_without_rendering()
    for old, new, more in zip(before.axes, after.axes, (2, 0), strict=True):
        assert old.get_ylim() == new.get_ylim()
        assert len(new.lines) == len(old.lines) + more
        named = {text.get_text() for text in new.texts}
        assert ({first.label, second.label} & named) == ({first.label, second.label} if more else set())
    shown = _texts(after)
    for (a, one), (b, other) in combinations(shown, 2):
        assert not one.overlaps(other), (a, b)


@pytest.mark.parametrize("draw", [draw_regret, draw_ecdf, draw_profiles])
def test_ceilings_of_views_leave_the_figures_of_regret_alone(draw):
    seen = run_of({"a": 11.0, "b": 2.0}, replace(references(), ceilings=(Ceiling("bar", 10.0, True),)))
    figure = draw(seen, seen.tasks["t"])
    assert not [text for text, _ in _texts(figure) if "view" in text]


def _window(ends, level=None):
    task = run_of(ends, level).tasks["t"]
    return window(bands(task, "best"), levels(task))


def test_ends_of_methods_are_in_sight_and_far_starts_are_not():
    low, high = _window({"a": 11.0, "b": 2.0, "c": -3.0})
    assert -50 < low < -3 - 5
    assert 12 < high < 16


def test_a_hopeless_method_does_not_squeeze_the_others():
    low, _ = _window({"a": 11.0, "b": 10.0, "c": 9.0, "d": 8.0, "lost": -49.0})
    assert low > -45


def test_a_near_bound_is_in_sight_and_a_far_one_is_not():
    near = _window({"a": 11.0, "b": 2.0}, references(certified=False))
    far = _window({"a": 11.0, "b": 2.0}, replace(references(certified=False), upper=500.0))
    assert near[1] > 14 > far[1] > 12


def test_methods_that_are_all_alike_still_have_a_window():
    task = replace(run_of({"a": 12.0}, seeds=1).tasks["t"], references=None)
    low, high = window(bands(task, "best"), [])
    assert low < 12 < high


def _texts(figure):
    """Boxes of all texts, in pixels, a little smaller so that touching is allowed; ticks out of sight are left out."""
    renderer = figure.canvas.get_renderer()
    unseen = {
        label
        for ax in figure.axes
        for axis in (ax.xaxis, ax.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    every = figure.findobj(lambda a: hasattr(a, "get_text") and a.get_text() and a.get_visible() and a not in unseen)
    return [(t.get_text(), t.get_window_extent(renderer).padded(-1)) for t in every]


@pytest.mark.parametrize("draw", STUDY_FIGURES)
def test_no_text_covers_another_or_leaves_the_figure(draw):
    run = run_of(TEN)
    figure = draw(run, run.tasks["t"])
    figure.draw_without_rendering()
    shown = _texts(figure)
    assert len(shown) > 30
    covered = [(a, b) for (a, x), (b, y) in combinations(shown, 2) if x.overlaps(y)]
    assert covered == []
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height for _, box in shown)


def test_names_stand_in_the_order_of_their_values():
    run = run_of({"low": 2.0, "high": 11.0, "middle": 7.0})
    ax = draw_curves(run, run.tasks["t"]).axes[0]
    places = {t.get_text(): t.get_position()[1] for t in ax.texts}
    order = sorted(["low", "high", "middle", "optimum", "real tunes P50", "noise"], key=lambda name: -places[name])
    assert order == ["optimum", "high", "middle", "real tunes P50", "low", "noise"]


def test_what_lies_outside_is_marked_and_said():
    run = run_of({"a": 11.0, "b": 9.0})
    texts = [t.get_text() for t in draw_curves(run, run.tasks["t"]).axes[0].texts]
    assert "↓ −60.0" in texts  # noqa: RUF001
    assert any(t.startswith("below ") and t.endswith(" not shown") for t in texts)


def test_the_title_says_task_steps_and_seeds():
    run = run_of({"a": 11.0})
    title, reading = (t.get_text() for t in draw_curves(run, run.tasks["t"]).texts)
    assert title.startswith("t: ")
    assert reading.startswith(
        "2 bars of 3/4 in eighths, D dorian, D4 to E5; 1,000 steps a run; illustration: 3 seeds; median (line)"
    )


def test_seeds_that_are_not_finished_are_counted():
    run = run_of({"a": 11.0, "b": 3.0})
    task = run.tasks["t"]
    partial = replace(task, outcomes=task.outcomes | {"b": task.outcomes["b"][:1]})
    assert "illustration: 3 seeds, 1 to 3 of them finished; " in subtitle(run, partial)
    assert "; 10 seeds; " in subtitle(
        replace(run, seeds=10), replace(task, outcomes={"a": task.outcomes["a"][:1] * 10})
    )


def test_labels_are_text_and_not_formulas():
    run = run_of({"$x_{$": 11.0, "<b>&": 9.0})
    texts = [t.get_text() for t in draw_curves(run, run.tasks["t"]).axes[0].texts]
    assert {"$x_{$", "<b>&"} <= set(texts)
    assert all(not t.get_parse_math() for t in draw_curves(run, run.tasks["t"]).axes[0].texts)


def test_a_study_without_references_or_of_one_melody_is_drawn():
    run = run_of({"a": 11.0}, seeds=1)
    assert draw_learning(run, without_references(run)).axes
    one = outcome("a", 0, 3.0, rows=1)
    lonely = replace(run.tasks["t"], outcomes={"a": (replace(one, improvements=np.array([[12.0, 3.0]])),)})
    assert draw_curves(run, lonely).axes


def test_a_task_without_finished_cells_is_refused():
    run = run_of({"a": 11.0})
    empty = replace(run.tasks["t"], outcomes={"a": ()})
    with pytest.raises(ValueError, match="no finished cell, expected at least one"):
        draw_curves(run, empty)


def test_with_ten_seeds_a_band_is_the_interval_of_the_interquartile_mean():
    run = run_of({"a": 8.0}, seeds=10)
    (band,) = bands(run.tasks["t"], "best", many=True)
    for i in (0, len(band.steps) // 2, -1):
        wanted = interval([np.sort(band.seeds[:, i])])
        assert (band.ribbon.value[i], band.ribbon.low[i], band.ribbon.high[i]) == pytest.approx(wanted)
    assert band.value == pytest.approx(interquartile_mean([o.best_return for o in run.tasks["t"].outcomes["a"]]))
    assert "10 seeds; interquartile mean, 95 % bootstrap interval, each seed (faint)" in subtitle(run, run.tasks["t"])


def test_the_line_on_how_to_read_a_figure_fits():
    run = replace(run_of({"a": 8.0}, seeds=30), steps=1_000_000)
    with settings():
        assert text_width(subtitle(run, run.tasks["t"]), 8.5) < WIDTH - 0.2
