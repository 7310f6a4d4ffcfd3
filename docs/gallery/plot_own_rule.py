"""
A rule of one's own
===================

A rule is a small automaton in plain Python; tables, speed, the optimum and every method follow from it.
"""

from dataclasses import dataclass

import evomusic as em


@dataclass(frozen=True)
class NoTritone:
    """-1 for a move of six semitones, 0 elsewhere. Remembers the last pitch."""

    start, hears = None, ()

    def read(self, memory, event, slot):
        if not event.is_note:
            return memory, 0.0
        return event.pitch, -1.0 if memory is not None and abs(event.pitch - memory) == 6 else 0.0


em.testing.check_rule(NoTritone())
tune = em.make("tune")
task = em.Task(tune.grid, em.Reward({**tune.reward.rules, NoTritone(): 2.0}))
record = em.run(em.GA(), task, 200_000, seed=0)
record.best_return, task.optimum().value

# %%
figure = em.plots.draw_account(task, em.Melody(record.best, task.grid))
