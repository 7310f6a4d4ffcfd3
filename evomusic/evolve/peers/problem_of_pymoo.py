"""Tasks and problems as a `Problem` of pymoo; imported where pymoo is, by `exports.as_pymoo`."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.core.problem import Problem  # type: ignore[import-untyped, unused-ignore]

from evomusic.core.ledger import Ledger
from evomusic.evolve.peers.charging import Charged


class ChargedProblem(Problem):  # type: ignore[misc, unused-ignore]
    """A problem of pymoo that a ledger charges; all objectives are negated, since pymoo minimises.

    Args:
        evaluate: evaluates and charges.
    """

    def __init__(self, evaluate: Charged) -> None:
        space, self.evaluate_and_charge = evaluate.space, evaluate
        whole = int if space.dtype.kind != "f" else float
        super().__init__(n_var=space.length, n_obj=len(evaluate.groups) or 1, xl=space.low, xu=space.high, vtype=whole)

    @property
    def ledger(self) -> Ledger:
        """The ledger that charges."""
        return self.evaluate_and_charge.ledger

    def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        genomes = self.evaluate_and_charge.space.genomes(x)
        out["F"] = -np.asarray(self.evaluate_and_charge(genomes)[1])
