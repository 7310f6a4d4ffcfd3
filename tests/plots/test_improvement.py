import pytest

from evomusic.plots.improvement import draw_improvement, ranked
from evomusic.study.inference import differences
from tests.plots.looking import texts
from tests.plots.studies import run_of

ENDS = {"low": 2.0, "high": 11.0, "near": 10.8}


def test_every_pair_has_its_probability_and_interval():
    run = run_of(ENDS, seeds=10)
    task = run.tasks["t"]
    assert ranked(task) == ["high", "near", "low"]
    shown = texts(draw_improvement(run, task))
    for pair in differences(task):
        assert {f"{pair.a12:.2f}", f"{pair.low:.2f} to {pair.high:.2f}"} <= set(shown)
    assert sorted(t for t in shown if t in ENDS) == [
        "high",
        "low",
        "near",
        "near",
    ]  # rows high, near; columns near, low


def test_differences_that_stand_are_bold_and_shaded():
    run = run_of(ENDS, seeds=10)
    ax = draw_improvement(run, run.tasks["t"]).axes[0]
    stand = [d for d in differences(run.tasks["t"]) if d.stands]
    assert 0 < len(stand) < 3
    assert len(ax.patches) == len(stand)
    assert sum(t.get_weight() == "bold" for t in ax.texts) == len(stand)


def test_too_few_seeds_are_said():
    run = run_of(ENDS, seeds=3)
    figure = draw_improvement(run, run.tasks["t"])
    assert any("too few seeds for any difference to stand" in t for t in texts(figure))
    assert not figure.axes[0].patches


def test_many_methods_have_no_room_for_intervals():
    run = run_of({f"m{i}": i / 2 for i in range(20)})
    assert not any(" to " in t for t in texts(draw_improvement(run, run.tasks["t"]))[2:])


@pytest.mark.parametrize("run", [run_of({"a": 1.0}), run_of(ENDS, seeds=1)], ids=["one method", "one seed"])
def test_there_must_be_pairs(run):
    with pytest.raises(ValueError, match="expected pairs to compare"):
        draw_improvement(run, run.tasks["t"])
