"""A user's script, from an own rule to files and a study: it runs, and `mypy --strict` accepts it."""

from dataclasses import dataclass
from pathlib import Path

import evomusic as em
from evomusic.testing import check_method, check_rule


@dataclass(frozen=True, kw_only=True)
class NoTritone:
    """-1 for a move of six semitones, 0 elsewhere. Remembers the last pitch."""

    start: int | None = None
    hears: tuple[str, ...] = ()

    def read(self, memory: int | None, event: em.Event, slot: em.Slot) -> tuple[int | None, float]:
        if not event.is_note:
            return memory, 0.0
        return event.pitch, -1.0 if memory is not None and abs(event.pitch - memory) == 6 else 0.0


def own_task() -> em.Task:
    check_rule(NoTritone())
    tiny = em.make("tiny", bars=2)
    rules = {**tiny.reward.rules, NoTritone(): 0.5, em.rules.Cadence("C major"): 1.0}
    return em.Task(tiny.grid, em.Reward(rules, final={em.measures.PitchEntropy(): 0.25}), "mine")


def evolve(task: em.Task) -> em.Melody:
    ga = em.GA(population=50, encoding=em.Tree(), selection=em.DoubleTournament())
    record = em.run(ga, task, steps=4000, seed=0, watch=em.Stagnation(3000) | em.Target(16.0))
    melody = em.Melody(record.best, task.grid)
    em.write(melody, "tune.mid")
    em.write(melody, Path("tune.musicxml"))
    best: float = record.best_return
    assert best == task.evaluate(melody.tokens[None])[0] == task.rewards([record.best]).sum()
    return em.read("tune.mid", task.grid)


def learn(task: em.Task) -> float:
    learner = em.QLearning(view="short", epsilon=em.Decay(1.0, 0.05, 0.5), alpha=em.Average())
    sarsa = em.Sarsa(view=em.View(observers=(em.LastPitches(2),), clock=True), explore=em.Softmax(0.5))
    check_method(sarsa, task)
    mixed = em.Islands(methods=(em.GA(population=20), learner, sarsa))
    return em.run(mixed, task, steps=4000).best_return + em.run(learner, task, steps=1000).best_return


def plan(task: em.Task) -> float:
    mdp = em.FiniteMDP.from_task(task)
    solved = em.plan.value_iteration(mdp, gamma=0.99)
    trained = em.learn.train(em.QLearning(epsilon=0.3), mdp, episodes=50, seed=0)
    predicted = em.learn.predict(em.TD(lam=0.8), mdp, None, episodes=10, seed=0)
    assert em.plan.evaluate_policy(mdp, solved.policy, gamma=0.99)[0] >= solved.values[0] - 2 * solved.bound
    return float(trained.values[0] + predicted.values[0]) + em.value_of_observation(task, "pitch").loss


def compare(task: em.Task, out: Path) -> em.Study:
    study = em.Study(tasks={"mine": task}, methods={"ga": em.GA(), "q": em.QLearning()}, steps=4000, seeds=2)
    print(em.compare(study, out=out, workers=1, figures=False))
    return study
