import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic import methods
from evomusic.commands.calibration import calibrate as command
from evomusic.core.space import Choice, Range, drawn, space_of
from evomusic.study.calibration import (
    Configuration,
    Effort,
    calibrate,
    changed_method,
    configurations,
    sensitivity,
    tuned_table,
)
from evomusic.study.config import Study, read_study
from evomusic.study.store import read_run
from evomusic.study.toml import to_toml
from evomusic.study.work import seed_of
from tests.study.stand_ins import Best

TUNED = [kind for kind in vars(methods)["__all__"] if kind not in ("RandomSearch", "Islands", "Deep")]
TINY = {"tiny": em.make("tiny")}


@dataclass(frozen=True)
class Dial:
    """Makes the optimum with probability `skill`, else silence."""

    space: ClassVar[dict[str, Any]] = {"skill": Range(0.0, 1.0), "idle": Range(1, 9, whole=True)}
    skill: float = 0.1
    idle: int = 1

    def init(self, task, rng):
        return self.step(task, Best(np.zeros(task.grid.steps, np.uint8)), rng)

    def step(self, task, state, rng):
        good = task.optimum().melody.tokens
        rows = np.array([good if rng.random() < self.skill else 0 * good for _ in range(2)])
        return Best(rows[-1]), em.Batch(rows, task.evaluate(rows))

    def deliver(self, task, state):
        return state.melody[None]


def study(**changes):
    return Study(
        **{"tasks": TINY, "methods": {"dial": Dial(), "plain": em.RandomSearch(batch=4)}, "steps": 64, **changes}
    )


def test_the_best_dial_is_found_confirmed_and_told_from_the_idle_one(tmp_path):
    (tuned,) = calibrate(study(), TINY, tmp_path, Effort(12, 3, 6, "online"), workers=1)
    ranks = {c.parameters.get("skill", 0.1): c.rank for c in tuned.configurations}
    assert len(tuned.configurations) == 13
    assert tuned.winner.rank == min(ranks.values()) < ranks[0.1]
    assert tuned.winner.parameters["skill"] > 0.5
    assert tuned.better
    assert tuned.improvement > 0.7
    now, then = tuned.scores["tiny"]
    assert now < then
    assert tuned.sensitivity["skill"] > 0.8 > abs(tuned.sensitivity["idle"])


def test_a_winner_by_luck_is_not_taken(tmp_path):
    same = study(methods={"dial": Dial(skill=1.0)})
    (tuned,) = calibrate(same, TINY, tmp_path, Effort(3, 1, 4, "best"), workers=1)
    assert not tuned.better  # all are at the optimum
    assert tuned.parameters == {}


def test_a_calibration_that_was_stopped_goes_on(tmp_path):
    first = calibrate(study(), TINY, tmp_path, Effort(3, 1, 2), workers=1)
    packs = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.jsonl")}
    (tmp_path / "search/cells/tiny/dial 002.jsonl").unlink()
    again = calibrate(study(), TINY, tmp_path, Effort(3, 1, 2), workers=1)
    assert [t.winner.parameters for t in again] == [t.winner.parameters for t in first]
    assert sum(p.stat().st_mtime_ns != before for p, before in packs.items()) == 1


def test_seeds_of_the_study_are_never_tuned_on(tmp_path):
    calibrate(study(), TINY, tmp_path, Effort(2, 2, 2), workers=1)
    used = [set(read_run(tmp_path / part).provenance["seeds"]["by number"]) for part in ("search", "confirmation")]
    own = {seed_of(study().seed, number) for number in range(5)}
    assert not used[0] & used[1]
    assert not (used[0] | used[1]) & own


def test_the_reported_half_of_the_family_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"task 'f' is family-reported-2, of the half that is reported"):
        calibrate(study(), {"f": em.make("family", seed=2)}, tmp_path)


def test_a_study_without_a_search_space_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no method of the study has a search space"):
        calibrate(study(methods={"plain": em.RandomSearch()}), TINY, tmp_path)


@pytest.mark.parametrize("kind", TUNED)
def test_every_method_has_a_space_whose_draws_make_it(kind):
    method = getattr(em, kind)()
    found = configurations(study(methods={"m": method}), "m", 40)
    assert len(found) == 41
    assert found[0] == Configuration({}, method)
    assert len({repr(c.method) for c in found}) > (5 if kind == "Rollouts" else 20) - 2 * (kind == "Rollouts")
    for c in found[1:]:
        assert type(c.method) is type(method)
        assert c.parameters.keys() == space_of(method).keys()


def test_another_method_or_more_configurations_change_no_draw():
    few = configurations(study(), "dial", 3)
    more = configurations(study(methods={"first": em.GA(), "dial": Dial()}), "dial", 5)
    assert more[:4] == few


def test_parts_have_spaces_of_their_own_unless_the_loop_names_theirs():
    assert "encoding.max_size" in space_of(em.GA(encoding=em.Tree()))
    assert set(space_of(em.HillClimb())) == {"patience", "encoding.resample_rate"}
    assert "encoding.max_size" in space_of(em.HillClimb(encoding=em.Tree()))
    assert not any(name.startswith("encoding") for name in space_of(em.BestOfN()))


def test_parameters_of_parts_are_changed_and_tables_become_parts():
    changes = {"population": 17, "encoding.mutation_rate": 0.5}
    assert changed_method(em.GA(), changes) == em.GA(population=17, encoding=em.Notes(mutation_rate=0.5))
    decay = {"start": 1.0, "end": 0.01, "fraction": 0.3}
    assert changed_method(em.Sarsa(), {"epsilon": decay}) == em.Sarsa(epsilon=em.Decay(**decay))
    with pytest.raises(ValueError, match="population"):
        changed_method(em.GA(), {"population": -1})


@given(st.floats(-5, 5), st.floats(0, 5), st.booleans(), st.integers(0, 2**32))
def test_ranges_are_kept(low, width, whole, seed):
    found = Range(low, low + width, whole=whole).draw(np.random.default_rng(seed))
    tolerance = 0.5 if whole else 0.006 * max(1.0, abs(low), abs(low + width))
    assert low - tolerance <= found <= low + width + tolerance
    assert isinstance(found, int) == whole


def test_a_logarithmic_range_is_even_in_the_logarithm():
    rng = np.random.default_rng(0)
    found = np.array([Range(0.001, 1.0, log=True).draw(rng) for _ in range(3000)])
    assert np.mean(found < 0.0316) == pytest.approx(0.5, abs=0.04)
    assert drawn({"a": Choice(3), "b": "x"}, rng) == {"a": 3, "b": "x"}


def test_sensitivity_is_the_rank_correlation_with_the_score():
    pool = [Configuration({"up": x, "down": -x, "flat": 1, "word": "w"}, None, 1 - x / 10) for x in range(5)]
    assert sensitivity(pool) == pytest.approx({"up": 1.0, "down": -1.0})


def test_a_tuned_table_keeps_all_else():
    table = {"steps": 9, "methods": {"ga": {"kind": "GA", "encoding": "Tree"}, "hill": "HillClimb"}}

    class Found:
        label, parameters = "ga", {"population": 9, "encoding.max_size": 64}
        configurations = (Configuration({}, em.GA(encoding=em.Tree())),)

    assert tuned_table(table, [Found]) == {
        "steps": 9,
        "methods": {
            "ga": {"kind": "GA", "encoding": {"kind": "Tree", "max_size": 64}, "population": 9},
            "hill": {"kind": "HillClimb"},
        },
    }
    assert table["methods"]["ga"] == {"kind": "GA", "encoding": "Tree"}


@pytest.mark.parametrize("kind", TUNED)
def test_tuned_parameters_written_as_a_study_are_the_tuned_method(kind):
    one = study(methods={"m": {"kind": kind}})
    present, *others = configurations(one, "m", 3)
    for other in others:

        class Found:
            label, parameters, configurations = "m", other.parameters, (present,)

        table = {"tasks": {"t": "tiny"}, "steps": 64, "methods": {"m": kind}}
        assert read_study(to_toml(tuned_table(table, [Found])), [], "s").methods["m"] == other.method


KEYS = st.text(min_size=1, max_size=5)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_tables_are_read_back_as_they_were_written(table):
    assert tomllib.loads(to_toml(table)) == table


def test_the_command_writes_a_study_that_says_where_it_comes_from(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = {"steps": 400, "seeds": 2, "tasks": {"t": {"name": "tiny"}}}
    table["methods"] = {"ga": {"kind": "GA"}, "random": {"kind": "RandomSearch"}}
    (tmp_path / "s.toml").write_text(to_toml(table))
    numbers = {"configurations": "3", "seeds": "1", "confirm": "2"}
    assert command(Path("s.toml"), None, None, numbers, "best", 1, [], False) == 0
    out, err = capsys.readouterr()
    assert "random" in out
    assert "no search space" in out
    assert "tuned on the study's own tasks" in err
    written = (tmp_path / "s.tuned.toml").read_text()
    assert written.startswith("# Tuned by `evomusic calibrate s.toml --configurations 3 --seeds 1 --confirm 2`")
    assert Study.read(tmp_path / "s.tuned.toml").steps == 400
    assert (tmp_path / "runs/s.calibration/configurations.csv").read_text().count("\n") == 5
