"""Motifs: half bars by reference, with plans that are genes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic.encodings.motifs import MotifGenes
from evomusic.testing import check_encoding, check_method

GRID = em.Grid(bars=2, beats=4, steps_per_beat=1, low=60, high=76, scale="C major")  # four units of two steps
EIGHT = em.Grid(bars=2, beats=2, steps_per_beat=4, low=60, high=76, scale="C major")  # four units of four steps
TASK, LONG = em.Task(GRID, em.Reward()), em.Task(EIGHT, em.Reward())
PICKUP = em.Task(replace(EIGHT, pickup=2), em.Reward())
ODD = em.Task(em.Grid(bars=3, beats=3, steps_per_beat=1), em.Reward())


def genes(text, plan):
    """Genes of one melody: digits are pitches, dashes holds, dots rests; a plan has lag, move and end of each unit."""
    tokens = [{"-": 1, ".": 0}.get(each) if each in "-." else 2 + int(each) for each in text.replace(" ", "")]
    lag, move, end = np.array(plan).T
    return MotifGenes(*(np.array([row], kind) for row, kind in zip((tokens, lag, move, end), "BBbB", strict=True)))


def sounds(task, found):
    digits = {0: ".", 1: "-"}
    return "".join(digits.get(token) or str(token - 2) for token in em.Motifs().decode(task, found)[0].tolist())


NEW = (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "plan", "melody"),
    [
        ("1234 5678 1111 2222", [NEW] * 4, "1234 5678 1111 2222"),
        ("1234 5678 1111 2222", [NEW, (1, 0, 0), NEW, (2, 0, 0)], "1234 1234 1111 1234"),
        ("12-. 5678 1111 2222", [NEW, (1, 2, 0), (1, -3, 0), NEW], "12-. 34-. 01-. 2222"),
        ("1234 5678 1111 2222", [NEW, (1, 0, 1), (2, 0, 2), NEW], "1234 1238 1211 2222"),
        ("12-4 5678 1-11 2222", [NEW, (1, 0, 2), NEW, (3, 1, 1)], "12-4 1678 1-11 23-2"),
        ("1234 5678 9999 2222", [NEW, NEW, (1, 9, 0), (1, 0, 0)], "1234 5678 9999 9999"),
    ],
    ids=["new", "same", "moved on", "ends", "ends from their first note on", "out of range"],
)
def test_melody_of_a_genome_by_hand(text, plan, melody):
    assert sounds(LONG, genes(text, plan)) == melody.replace(" ", "")


@given(st.integers(0, 2**32), st.sampled_from([TASK, LONG, PICKUP, ODD]))
def test_every_melody_is_encoded_and_decodes_again(seed, task):
    rng, encoding = np.random.default_rng(seed), em.Motifs()
    melodies = encoding.decode(task, encoding.sample(task, rng, 5))
    found = encoding.encode(task, melodies)
    assert (encoding.decode(task, found) == melodies).all()


def test_plans_are_found_in_melodies():
    encoding = em.Motifs()
    row = em.Motifs().decode(LONG, genes("1234 5678 1111 2222", [NEW, (1, 2, 0), (2, 0, 1), (3, 0, 0)]))
    found = encoding.encode(LONG, row)
    assert found.lag.tolist() == [[0, 1, 2, 3]]
    assert found.move.tolist() == [[0, 2, 0, 0]]
    assert found.end.tolist() == [[0, 0, 1, 0]]


def test_a_mutation_changes_a_motif_wherever_it_returns():
    encoding = em.Motifs(crossover_rate=0.0, plan_rate=0.0, notes=em.Notes(mutations="move", mutation_rate=1.0))
    one = genes("3454 0000 4343 0000", [NEW, (1, 0, 0), NEW, (3, 1, 0)])
    many = MotifGenes(*(np.repeat(part, 300, axis=0) for part in one))
    children = encoding.vary(LONG, many, np.random.default_rng(1))
    units = encoding.decode(LONG, children).reshape(300, 4, 4).astype(int)
    changed = (units != encoding.decode(LONG, many).reshape(300, 4, 4)).any(axis=2)
    assert (units[:, 1] == units[:, 0]).all()
    assert (units[:, 3] == np.minimum(units[:, 0] + 1, EIGHT.tokens - 1)).all()
    assert (changed[:, 0] == changed[:, 1]).all()
    assert (changed[:, 0] == changed[:, 3]).all()
    assert 0.6 < changed[:, 0].mean() < 0.9  # three of four notes that may be hit belong to the first motif
    assert (changed[:, 0] != changed[:, 2]).all()


def test_a_plan_that_is_mutated_sets_a_unit_free_as_it_sounds_or_draws_how_it_returns():
    encoding = em.Motifs(crossover_rate=0.0, plan_rate=1.0, notes=em.Notes(mutation_rate=0.0))
    many = MotifGenes(*(np.repeat(part, 400, axis=0) for part in genes("3454 0000 4343 0000", [NEW] + [(1, 0, 0)] * 3)))
    children = encoding.vary(LONG, many, np.random.default_rng(2))
    free = (children.lag[:, 1:] == 0).any(axis=1)
    assert 0.4 < free.mean() < 0.6
    assert (encoding.decode(LONG, children)[free] == encoding.decode(LONG, many)[free]).all()
    changed = (encoding.decode(LONG, children)[~free] != encoding.decode(LONG, many)[~free]).any(axis=1)
    assert changed.mean() > 0.15  # those that are moved
    assert (children.lag <= np.arange(4)).all()


def test_offspring_have_the_first_units_of_one_parent_and_the_rest_of_the_other():
    encoding = em.Motifs(crossover_rate=1.0, plan_rate=0.0, notes=em.Notes(mutation_rate=0.0))
    rows = np.repeat(np.array([[3], [5]], np.uint8), 16, axis=1)
    zero = np.zeros((2, 4), np.uint8)
    children = encoding.vary(LONG, MotifGenes(rows, zero, zero.astype(np.int8), zero), np.random.default_rng(3)).tokens
    cuts = (children[0] == 3).sum()
    assert cuts in (4, 8, 12)
    assert (children[0] == np.repeat([3, 5], [cuts, 16 - cuts])).all()
    assert (children[1] == np.repeat([5, 3], [cuts, 16 - cuts])).all()


@pytest.mark.parametrize(("form", "task"), [("AABA", "tune"), ("AA'BA'", "tune"), ("A A+1 B A", "rules")])
def test_a_form_is_the_first_plan_and_stays_where_plans_do_not_mutate(form, task):
    task, rng = em.make(task, bars=8), np.random.default_rng(4)
    encoding = em.Motifs(form=form, plan_rate=0.0, first="style" if task.generator else "random")
    genomes = encoding.sample(task, rng, 6)
    for _ in range(4):
        genomes = encoding.vary(task, genomes, rng)
    melodies = encoding.decode(task, genomes)
    same = em.Form(form=form)
    assert (same.decode(task, melodies[:, same.plan(task).free]) == melodies).all()


def test_songs_bring_their_own_plans():
    task = em.make("tune")
    genomes = em.Motifs(first="song").sample(task, np.random.default_rng(5), 60)
    assert (genomes.tokens == task.song.sample(60, np.random.default_rng(5))).all()
    assert 0.2 < (genomes.lag > 0).mean() < 0.7
    assert (em.Motifs().decode(task, genomes) == genomes.tokens).all()


@pytest.mark.parametrize("encoding", [em.Motifs(), em.Motifs(form="AABA"), em.Motifs(plan_rate=1.0)])
def test_contracts(encoding):
    task = em.make("tiny", bars=4)
    check_encoding(encoding, task)
    check_method(em.GA(population=8, encoding=encoding), task)
    check_method(em.HillClimb(encoding=encoding), task)


def test_evolution_finds_returns_where_they_are_rewarded():
    task = em.Task(GRID, em.Reward({em.rules.IntervalSize(): 0.2}, final={em.measures.BarRepetition(): 10.0}))
    best = em.run(em.GA(population=30, encoding=em.Motifs()), task, steps=8_000, seed=1).best
    assert em.measures.BarRepetition()(best[None], GRID)[0] > 0.9


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: em.Motifs(form="aab"), "form is 'aab'"),
        (lambda: em.Motifs(form=3), "form is 3"),
        (lambda: em.Motifs(first="songs"), "did you mean 'song'"),
        (lambda: em.Motifs(plan_rate=1.5), "plan_rate is 1.5"),
        (lambda: em.Motifs(notes="pitch"), "notes is 'pitch'"),
        (lambda: em.Motifs(notes=em.Notes(mutations="song")), "mutations other than 'style' and 'song'"),
        (lambda: em.Motifs(form="ABABABAB").sample(TASK, np.random.default_rng(0), 1), "whole units of 2 steps"),
        (lambda: em.Motifs(form="ABA").sample(TASK, np.random.default_rng(0), 1), "do not divide"),
        (lambda: em.Motifs().encode(TASK, np.zeros((1, 7), np.uint8)), "shape"),
    ],
)
def test_bad_input_is_refused_in_one_line(wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)
