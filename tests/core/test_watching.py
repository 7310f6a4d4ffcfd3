"""News for watchers of a run."""

import pytest

import evomusic as em

TINY = em.make("tiny")


class Listening:
    """A watcher that writes down what it hears."""

    def __init__(self):
        self.heard = []

    def run_begins(self, setting):
        self.heard.append(setting)

    def __call__(self, ledger):
        self.heard.append(ledger.spent)

    def run_ends(self, record):
        self.heard.append(record)


@pytest.mark.parametrize("watch", [lambda w: w, lambda w: em.MaxSteps(10**6) | w, lambda w: em.MaxSteps(80) & w])
def test_a_watcher_hears_the_beginning_every_batch_and_the_record(watch):
    hears = Listening()
    record = em.run(em.GA(), TINY, steps=100, seed=5, watch=watch(hears))
    setting, *batches, last = hears.heard
    assert (setting.task, setting.steps, setting.seed) == (TINY, 100, 5)
    assert setting.method.population == 10  # of the budget
    assert batches[-1] == record.steps == 100
    assert last is record


def test_a_watcher_hears_that_an_error_ended_the_run():
    class Breaking(em.RandomSearch):
        def step(self, task, state, rng):
            raise OverflowError

    hears = Listening()
    with pytest.raises(OverflowError):
        em.run(Breaking(), TINY, steps=10**5, watch=hears)
    assert hears.heard[-1] is None
