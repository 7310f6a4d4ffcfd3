"""Form: sections by reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evomusic as em
from evomusic.testing import check_encoding, check_method

GRID = em.Grid(bars=4, beats=4, steps_per_beat=1, scale="C major")
TASK = em.Task(GRID, em.Reward())
SECTIONS = st.tuples(st.sampled_from("AB"), st.sampled_from(["", "+1", "-2", "+12"]), st.sampled_from(["", "'", "''"]))
FORMS = st.sampled_from([4, 8, 16]).flatmap(  # of two letters, one at least returns
    lambda n: st.lists(SECTIONS.map("".join), min_size=n, max_size=n).map("".join)
)


def decoded(form: str, genome: str) -> str:
    row = [1 if d == "-" else GRID.token(60) + int(d) for d in genome]
    melody = em.Form(form=form).decode(TASK, np.array([row], np.uint8))[0]
    return "".join("-" if t == 1 else str(t - GRID.token(60)) for t in melody.tolist())


@pytest.mark.parametrize(
    ("form", "genome", "melody"),
    [
        ("AABA", "12340567", "1234 1234 0567 1234"),
        ("AA'BA'", "1234010567", "1234 1201 0567 1201"),
        ("A A' A'' A", "12345670", "1234 1256 1270 1234"),
        ("AA+1A-2A", "23-5", "23-5 34-6 01-3 23-5"),
        ("A+1ABB", "34562222", "3456 2345 2222 2222"),
        ("AA'", "123456701212", "12345670 12341212"),
        ("period", "123456701234", "12345670 12341234"),
        ("AABACADAEAFAGAHA", "12345670", "1121314151617101"),
    ],
)
def test_melody_of_a_genome_by_hand(form, genome, melody):
    assert decoded(form, genome) == melody.replace(" ", "")


def test_notes_beyond_the_range_are_its_highest_and_lowest():
    top = GRID.tokens - 1 - GRID.token(60)
    melody = em.Form(form="AA+9A-9A").decode(TASK, np.array([[2 + top, 2 + 5, 0, 2]], np.uint8))[0] - 2
    assert melody[4:12].tolist() == [top, 14, 254, 9, top - 9, 0, 254, 0]


@given(FORMS, st.integers(0, 2**32))
def test_whatever_returns_is_the_same_and_every_place_of_the_genome_counts(form, seed):
    encoding, rng = em.Form(form=form), np.random.default_rng(seed)
    genomes = encoding.sample(TASK, rng, 3)
    melodies = encoding.decode(TASK, genomes)
    free, place, _ = encoding.plan(TASK)
    assert melodies.shape == (3, 16)
    assert sorted(set(place.tolist())) == list(range(genomes.shape[1]))
    assert (melodies[:, free] == genomes).all()
    assert ((melodies < 2) == (genomes[:, place] < 2)).all()
    assert (melodies[:, place == 0] == melodies[:, :1])[:, 0].all()


@given(FORMS, st.integers(0, 2**32))
def test_encoding_decodes_to_the_melody_again(form, seed):
    encoding = em.Form(form=form)
    middle = np.random.default_rng(seed).integers(5, 9, (4, len(encoding.plan(TASK).free)), np.uint8)
    melodies = encoding.decode(TASK, middle)
    assert (encoding.decode(TASK, encoding.encode(TASK, melodies)) == melodies).all()


def test_melodies_without_the_form_are_refused():
    melody = np.full((1, 16), 2, np.uint8)
    melody[0, 13] = 4
    with pytest.raises(ValueError, match="melody 0 has not the form AABA: step 13 differs"):
        em.Form(form="AABA").encode(TASK, melody)


@pytest.mark.parametrize("form", ["AABA", "AA'BA'", "A A+2 B A-1", "period"])
def test_contracts(form):
    task = em.make("tiny", bars=4)
    check_encoding(em.Form(form=form), task)
    check_method(em.GA(population=8, encoding=em.Form(form=form)), task)
    check_method(em.HillClimb(encoding=em.Form(form=form)), task)


def test_sections_return_after_evolution():
    task = em.make("rules")
    best = em.run(em.GA(population=30, encoding=em.Form(form="ABAB")), task, steps=60_000, seed=1).best
    bars = np.asarray(best).reshape(4, 16)
    assert (bars[:2] == bars[2:]).all()
    assert (bars[0] != bars[1]).any()


def test_sections_shorter_than_a_bar_and_longer():
    for form in ("AAAAAAAA", "AA'"):
        check_encoding(em.Form(form=form), em.make("rules", bars=2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"form": ""}, "form is '', expected sections such as 'AABA'"),
        ({"form": "aaba"}, "form is 'aaba', expected sections such as 'AABA'"),
        ({"form": "AA+BA"}, r"form is 'AA\+BA'"),
        ({"form": "A" * 2000}, "form is 'AAA"),
        ({"form": 3}, "form is 3"),
        ({"notes": "Notes"}, "notes is 'Notes', expected operators"),
        ({"notes": em.Notes(mutations="style")}, "mutations other than 'style'"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        em.Form(**arguments)


def test_sections_must_divide_the_melody():
    with pytest.raises(ValueError, match="form is 'ABA', 3 sections: 4 bars do not divide into so many"):
        em.Form(form="ABA").sample(TASK, np.random.default_rng(0), 1)
    with pytest.raises(ValueError, match="form is 'AABA', 4 sections: 7 bars do not"):  # sections would cut bars
        em.Form().sample(em.make("tiny", bars=7), np.random.default_rng(0), 1)
