"""The task of songs: rewards that end at what real tunes reach, an optimum that is proved, a first population."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import evomusic as em
from evomusic.song import reward
from evomusic.song.reward import AtMost, Typicality


@pytest.fixture(scope="module")
def task():
    return em.make("song")


def test_the_reward_is_the_capped_log_probability_and_the_capped_theory(task):
    rows = np.concatenate([task.sampler.sample(40, np.random.default_rng(1)), task.sampler.windows[:40]])
    typical, theory = task.reward.final
    bits = task.sampler.log_probability(rows) / np.log(2)
    rules = em.Task(task.grid, em.Reward(dict(theory.rules))).evaluate(rows)
    expected = np.minimum(bits, typical.bounds(task.grid)[1]) + 0.25 * np.minimum(rules, theory.cap)
    assert task.evaluate(rows) == pytest.approx(expected, abs=1e-8)
    assert (task.rewards(rows).sum(axis=1) == task.evaluate(rows)).all()
    assert (task.rewards(rows)[:, :-1] == 0).all()


def test_three_of_four_draws_reach_the_cap_and_the_optimum_is_proved(task):
    drawn = task.sampler.sample(400, np.random.default_rng(2))
    cap = next(iter(task.reward.final)).bounds(task.grid)[1]
    reached = task.sampler.log_probability(drawn) / np.log(2) >= cap
    assert 0.68 < reached.mean() < 0.82
    best = task.optimum()
    assert best.value == task.bound().upper == task.evaluate(best.melody.tokens[None])[0]


def test_the_cap_is_found_once_for_each_model_and_is_the_same_when_read(monkeypatch, tmp_path):
    monkeypatch.setenv("EVOMUSIC_CACHE", str(tmp_path))
    monkeypatch.setattr(reward, "DRAWS", 20)
    grid = em.make("song", bars=2).grid
    song, shorter = (em.train_song(grid, em.corpus.training(grid).melodies, order=order) for order in (3, 2))
    found = reward._quartile.__wrapped__(song)
    draws = song.sample(20, np.random.default_rng(0))
    assert found == np.quantile(song.log_probability(draws), 0.25) / np.log(2)
    (path,) = tmp_path.glob("typicality-*.json")
    stamp = path.stat().st_mtime_ns
    assert reward._quartile.__wrapped__(song) == found
    assert path.stat().st_mtime_ns == stamp
    assert reward._quartile.__wrapped__(shorter) != found
    path.write_bytes(path.read_bytes().replace(b"quartile", b"quartilf"))
    assert reward._quartile.__wrapped__(song) == found


def test_first_populations_and_style_mutations_come_from_the_song(task):
    rng = np.random.default_rng(3)
    first = em.Notes(first="style").sample(task, rng, 30)
    assert np.median(task.evaluate(first)) > task.optimum().value - 20
    children = em.Notes(mutations="style", mutation_rate=1.0, crossover_rate=0.0).vary(task, first, rng)
    assert 10 < (children != first).any(axis=1).sum() <= 30
    assert np.median(task.evaluate(children)) > task.optimum().value - 20


def test_a_task_in_a_worker_gives_the_same(task):
    sent = pickle.loads(pickle.dumps(task))
    rows = task.sampler.sample(5, np.random.default_rng(4))
    assert (sent.evaluate(rows) == task.evaluate(rows)).all()
    assert (sent.sampler.sample(5, np.random.default_rng(4)) == rows).all()


def test_noise_and_one_long_note_return_less_than_real_tunes(task):
    rng = np.random.default_rng(5)
    noise = rng.integers(0, task.grid.tokens, (50, task.grid.steps), np.uint8)
    held = np.full((1, task.grid.steps), 1, np.uint8)
    held[0, 0] = 7
    real = em.corpus.held_out(task.grid).melodies
    assert task.evaluate(np.concatenate([noise, held])).max() < np.quantile(task.evaluate(real), 0.1)


def test_a_folder_of_tunes_is_a_collection_whose_changes_are_noticed(tmp_path):
    grid = em.make("song", bars=1).grid
    for i, row in enumerate(em.corpus.held_out(grid, 60).melodies):
        em.write(em.Melody(np.tile(row, 2), em.make("tune", bars=2).grid), tmp_path / f"{i}.mid")
    own = em.make("song", bars=1, tunes=str(tmp_path))
    assert len(own.sampler.windows) >= 60
    typical = next(iter(own.reward.final))
    other = Typicality(typical.tunes, typical.tonic, "0" * 16)
    with pytest.raises(ValueError, match="others than those of the task"):
        other(own.sampler.windows[:1], grid)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"tunes": "rian"}, "did you mean 'ryan'"),
        ({"bars": 32}, "expected 40 at least"),
        ({"theory": -1}, "theory is -1"),
    ],
    ids=["tunes", "bars", "theory"],
)
def test_bad_parameters_are_refused_in_one_line(parameters, words):
    with pytest.raises(ValueError, match=words) as caught:
        em.make("song", **parameters)
    assert "\n" not in str(caught.value)


def test_rules_of_a_cap_are_pairs():
    with pytest.raises(ValueError, match="pairs of a rule"):
        AtMost([em.rules.InScale("C major")])
