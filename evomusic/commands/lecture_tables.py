"""Numbers that the lecture's pages hold: the model of `tiny`, and small tables of what a browser cannot compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import evomusic as em
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.method import Method
from evomusic.report.lecture import VIEWS

SEEDS = 5
BUDGETS = (40, 100, 200, 400, 1000, 2000)  # steps of islands
TREES = (160, 400, 800, 1600, 4000, 16_000)  # steps of genetic programming
GROWING = "axiom -> A(2)\nA(x) if x > 0 -> note up(1) A(x-1) note"
ACCURACIES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def content(kind: str, options: dict[str, Any], knobs: Sequence[str]) -> dict[str, Any]:
    """Return what a control's page holds: the model, the grid as a sheet, and what its kind needs.

    Args:
        kind: of the control.
        options: of the control.
        knobs: names of its knobs; the first is that of a table.
    """
    task = em.make("tiny")
    best = task.optimum().melody.tokens
    found: dict[str, Any] = {
        "kind": kind,
        "options": options,
        "model": model_of(em.FiniteMDP.from_task(task)),
        "melody": sheet_of(task.grid),
    }
    if kind == "writer":
        found["start"] = best.tolist()
    if "view" in options:
        found |= {"views": views(task), "markov": {v: bool(em.View.named(v).is_markov(task)) for v in VIEWS}}
    if options.get("final"):
        found["final"] = em.measures.PitchEntropy()(every_melody(task.grid), task.grid).tolist()
    if kind == "bits":
        bits = em.Bits().encode(task, best[None])[0].tolist()
        found |= {"bits": bits, "width": len(bits) // task.grid.steps}
    if kind == "table":
        found["table"] = {"knob": knobs[0]} | TABLES[options["table"]]()
    return found


def model_of(mdp: em.FiniteMDP) -> dict[str, list[list[Any]]]:
    """Return a deterministic model as next states and rewards (S, A); the last state is the end."""
    rows = mdp.outcomes.rows[: mdp.states * mdp.actions].reshape(mdp.states, mdp.actions)
    return {"next": rows["to"].tolist(), "reward": rows["reward"].tolist()}


def sheet_of(grid: Grid) -> dict[str, Any]:
    """Return names of tokens, pitches, steps a bar, and steps a minute: all that draws and plays a melody."""
    return {
        "names": ["rest", "hold", *grid.names],
        "pitches": list(grid.pitches),
        "beats": grid.steps // grid.bars,
        "tempo": grid.tempo * grid.steps_per_beat,
    }


def every_melody(grid: Grid) -> Any:
    """Return all melodies of a small grid, (A^T, T), in the order of their tokens as digits."""
    return np.indices((grid.tokens,) * grid.steps).reshape(grid.steps, -1).T.astype(np.uint8)


def views(task: em.Task) -> dict[str, list[int]]:
    """Return the agent state that each view makes of each history before a step: shorter histories first."""
    melodies, tokens = every_melody(task.grid), task.grid.tokens
    found = {}
    for name in VIEWS:
        states = em.agent_states(task, name, melodies)
        found[name] = [int(s) for t in range(task.grid.steps) for s in states[:: tokens ** (task.grid.steps - t), t]]
    return found


def _tokens(melody: Melody | None) -> list[int]:
    """Tokens of a melody, if there is one."""
    return [] if melody is None else list(melody.tokens.tolist())


def _observation() -> dict[str, Any]:
    """Best return through views without the clock, by bars."""
    rows = []
    for bars in (1, 2, 3, 4):
        found = {
            seen: em.value_of_observation(em.make("tiny", bars=bars), seen) for seen in ("pitch", "pitches", "bar")
        }
        best = found["pitch"].optimum
        items = [{"label": "optimum", "value": best}]
        items += [{"label": seen, "value": each.value, "tokens": _tokens(each.melody)} for seen, each in found.items()]
        losses = ", ".join(f"{seen} loses {each.loss:.2f}" for seen, each in found.items())
        rows.append(
            {"label": str(bars), "said": f"With {bars} bars the optimum is {best:.2f}: {losses}.", "items": items}
        )
    return {"across": "bars", "title": "Best return by what is seen", "rows": rows}


def _recurrent() -> dict[str, Any]:
    """Return of evolved networks with and without a memory, by hidden units; means of three seeds."""
    task = em.make("tiny", bars=2)
    ceiling, rows = em.value_of_observation(task, "pitch").value, []
    for hidden in (1, 2, 3, 4):
        items: list[dict[str, Any]] = [{"label": "best without memory", "value": ceiling}]
        for recurrent, label in ((False, "evolved, no memory"), (True, "evolved, recurrent")):
            ga = em.GA(encoding=em.PolicyWeights(view="pitch", hidden=hidden, recurrent=recurrent))
            runs = [em.run(ga, task, steps=20_000, seed=seed) for seed in range(3)]
            best = max(runs, key=lambda run: run.best_return)
            mean = float(np.mean([run.best_return for run in runs]))
            items.append({"label": label, "value": mean, "tokens": best.best.tolist()})
        gain = items[2]["value"] - ceiling
        said = (
            f"With {hidden} hidden {'units' if hidden > 1 else 'unit'} recurrent networks return "
            f"{items[2]['value']:.2f} on average of three seeds, {gain:+.2f} from the best policy without memory."
        )
        rows.append({"label": str(hidden), "said": said, "items": items})
    return {"across": "hidden units", "title": "Return through the view pitch", "rows": rows}


def _islands() -> dict[str, Any]:
    """Best return of evolution, learning and both, by budget; means over seeds."""
    task = em.make("tiny")
    methods: dict[str, Method] = {
        "GA": em.GA(),
        "Q-learning": em.QLearning(view="markov"),
        "islands": em.Islands(methods=(em.GA(), em.QLearning(view="markov"))),
    }
    rows = []
    for steps in BUDGETS:
        means = {
            name: float(np.mean([em.run(method, task, steps=steps, seed=s).best_return for s in range(SEEDS)]))
            for name, method in methods.items()
        }
        said = ", ".join(f"{name} {mean:.2f}" for name, mean in means.items())
        items = [{"label": name, "value": mean} for name, mean in means.items()]
        rows.append(
            {
                "label": str(steps),
                "said": f"After {steps} steps, the best of {SEEDS} seeds on average: {said}.",
                "items": items,
            }
        )
    return {"across": "steps", "title": "Best return", "rows": rows}


def _trees() -> dict[str, Any]:
    """Best tree of a run on two bars, by budget."""
    task, rows = em.make("tiny", bars=2), []
    for steps in TREES:
        run = em.run(em.GA(population=20, encoding=em.Tree()), task, steps=steps)
        best, melodies = float(run.state.returns.max()), steps // task.grid.steps
        text = em.Tree().text(task, run.state.genomes)[run.state.returns.argmax()]
        rows.append(
            {
                "label": str(melodies),
                "said": f"After {melodies} melodies the best tree returns {best:.2f}.",
                "text": text,
                "items": [
                    {
                        "label": "the best tree's melody",
                        "value": best,
                        "tokens": em.Tree().decode(task, em.Tree().parse(task, [text]))[0].tolist(),
                    }
                ],
            }
        )
    return {"across": "melodies", "title": "Return of the best tree", "rows": rows}


def _growth() -> dict[str, Any]:
    """The growth of a melody, stage by stage."""
    grammar = em.Grammar()
    rows: list[dict[str, Any]] = []
    stages = list(dict.fromkeys(grammar.develop(grammar.parse(GROWING))))
    for stage, text in enumerate(stages):
        said = f"Stage {stage}: {len(text.split())} symbols."
        rows.append({"label": str(stage), "said": said, "text": f"{GROWING}\n\n{text}", "items": []})
    grown = grammar.decode(em.make("tiny"), grammar.parse(GROWING))[0].tolist()
    rows[-1]["items"] = [{"label": "the melody that is grown", "tokens": grown}]
    return {"across": "stage", "title": "Growth", "rows": rows}


def _listening() -> dict[str, Any]:
    """Value of listening, by how rightly the listener reacts."""
    grid = em.Grid(bars=1, low=57, high=64, scale="C major")
    rows = []
    for accuracy in ACCURACIES:
        found = em.value_of_listening(em.Listener(accuracy=accuracy), grid)
        values = {
            "blind": found.blind,
            "QMDP": found.qmdp,
            "belief": found.belief,
            "informed": found.informed,
        }
        said = (
            f"Reactions that are right with probability {accuracy} are worth {found.belief - found.blind:.3f}; "
            f"to know the taste is worth {found.informed - found.blind:.3f}."
        )
        items = [{"label": name, "value": value} for name, value in values.items()]
        rows.append({"label": str(accuracy), "said": said, "items": items})
    return {"across": "probability of a right reaction", "title": "Expected return", "rows": rows}


TABLES: dict[str, Callable[[], dict[str, Any]]] = {
    "observation": _observation,
    "recurrent": _recurrent,
    "islands": _islands,
    "trees": _trees,
    "growth": _growth,
    "listening": _listening,
}
