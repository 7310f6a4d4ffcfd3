"""Accounts of a melody's return: by rule, bar and step, beside noise and the optimum; and their print."""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic.commands.output import OK, console, print_json, print_rows
from evomusic.commands.proofs import Floats, part_names, part_rewards, proof_of
from evomusic.core.melody import Melody
from evomusic.core.task import Task


def account(task: Task, melody: Melody) -> dict[str, Any]:
    """A melody's return: in all, by rule, by bar and by step, beside noise and the optimum."""
    grid, parts = task.grid, part_rewards(task, melody)
    rewards, proof = parts.sum(axis=0), proof_of(task)
    value = float(rewards.sum())
    entries: dict[str, Any] = {
        "task": task.name,
        "melody": melody.text,
        "return": value,
        "random": proof.random,
        "parts": _by_name(task, parts),
        "bars": [float(rewards[start:end].sum()) for start, end in grid.bar_spans],
        **({"pickup": grid.pickup} if grid.pickup else {}),
        "steps_rewards": rewards.tolist(),
    }
    if proof.value == proof.upper:
        goal = {"optimum": proof.value, "regret": proof.value - value}
    else:
        goal = {"best_known": proof.value, "bound": proof.upper}
    return entries | goal | {"best_parts": _by_name(task, part_rewards(task, proof.melody(grid)))}


def _by_name(task: Task, parts: Floats) -> dict[str, float]:
    return dict(zip(part_names(task), parts.sum(axis=1).tolist(), strict=True))


def print_account(entries: dict[str, Any], json: bool) -> int:
    """Print an account, with how the tune was fitted; as JSON where asked for."""
    if json:
        print_json(entries)
        return OK
    out = console()
    for line in entries["fitted"]:
        out.print(f"fitted: {line}")
    first = 0 if "pickup" in entries else 1
    for number, (text, value) in enumerate(zip(entries["melody"].split(" | "), entries["bars"], strict=True), first):
        out.print(f"bar {number:>2}  {value:8.2f}  {text}")
    goal = "optimum" if "optimum" in entries else "best known"
    best: float = entries["optimum" if "optimum" in entries else "best_known"]
    best_parts = entries["best_parts"]
    rows = [(name, f"{value:.2f}", f"{best_parts[name]:.2f}") for name, value in entries["parts"].items()]
    rows.append(("all", f"{entries['return']:.2f}", f"{best:.2f}"))
    print_rows(("rule", "pays", goal), rows, right=(1, 2))
    out.print(_verdict(entries, goal, best))
    return OK


def _verdict(entries: dict[str, Any], goal: str, best: float) -> str:
    """The return in one sentence."""
    way = np.divide(entries["return"] - entries["random"], best - entries["random"]) * 100
    gap = f"regret {entries['regret']:.2f}" if "regret" in entries else f"bound {entries['bound']:.2f}"
    written = entries.get("picture") or ", ".join(entries.get("files", ()))
    where = f"; written to {written}" if written else ""
    noise = f"noise ({entries['random']:.2f})"
    return f"return {entries['return']:.2f}: {way:.0f} % of the way from {noise} to the {goal}; {gap}{where}"
