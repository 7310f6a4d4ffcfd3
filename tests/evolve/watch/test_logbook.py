"""The table of a run."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.core.ledger import run
from evomusic.evolve.ga import GA
from evomusic.evolve.watch.logbook import Logbook
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations

METHOD = GA(population=20)


def test_a_row_is_a_generation_and_says_what_its_melodies_returned():
    book = Logbook(echo=None)
    run(METHOD, TASK, 16 * 400, seed=0, watch=book)
    made = [batch.returns for _, batch in generations(METHOD, len(book.rows) - 1, seed=0)]
    for gen, (row, returns) in enumerate(zip(book.rows[:-1], made[:-1], strict=True)):
        assert row == (gen, len(returns), returns.mean(), returns.std(), returns.min(), returns.max())
    assert sum(book.select("nevals")) == 400


def test_every_so_many_generations_make_a_row_and_none_is_lost():
    fine, coarse = Logbook(echo=None), Logbook(every=10, echo=None)
    record = run(METHOD, TASK, 16 * 405, seed=0, watch=fine | coarse)
    gens, nevals = coarse.select("gen", "nevals")
    assert gens[:3] == [0, 10, 20]
    assert gens[-1] == fine.rows[-1].gen
    assert sum(nevals) == 405
    assert nevals[1] == sum(fine.select("nevals")[1:11])
    assert coarse.rows[1].max == max(fine.select("max")[1:11])
    assert max(coarse.select("max")) == record.best_return


def test_lines_are_printed_as_they_come_the_header_first(capsys):
    book = Logbook()
    run(METHOD, TASK, 16 * 60, seed=0, watch=book)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["gen", "nevals", "avg", "std", "min", "max"]
    assert lines == str(book).splitlines()
    assert len(lines) == 1 + len(book.rows)
    for line, row in zip(lines[1:], book.rows, strict=True):
        assert np.allclose([float(word) for word in line.split()], row, rtol=1e-5)


def test_another_run_begins_another_table():
    book = Logbook(echo=None)
    run(METHOD, TASK, 16 * 200, seed=0, watch=book)
    first = list(book.rows)
    run(METHOD, TASK, 16 * 200, seed=0, watch=book)
    assert book.rows == first


def test_columns_and_intervals_that_are_none_are_refused():
    with pytest.raises(ValueError, match="did you mean 'nevals'"):
        Logbook(echo=None).select("neval")
    with pytest.raises(ValueError, match="every is 0"):
        Logbook(every=0)
