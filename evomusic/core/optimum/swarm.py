"""Particles that write melodies with ties.

A tie makes a token's probability depend on the tokens of an earlier span, which no product of small automata remembers.
So particles write melodies from left to right and copy where they are tied, and a copy weighs them by its probability
at its place. Three things make the weights even. A token that will be copied is drawn by its probability here times
that of its copies, which a ghost of each foresees: another melody's memory at that place, which hears the same tokens.
The steps before a copy are drawn on the condition that its first token comes. And particles are resampled when few of
them weigh most, within islands that are independent of each other. All that is guessed is divided out again: the mean
weight of an island is an unbiased estimate of the probability that a melody has the ties.

Sources: N. Whiteley and A. Lee, "Twisted particle filters" (2014); C. Verge et al., "On parallel implementation of
sequential Monte Carlo methods: the island particle model" (2015).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.optimum.chain import Chain, Floats, Rows, choose
from evomusic.core.optimum.stages import Stages
from evomusic.core.optimum.sweeps import backward
from evomusic.core.ties import NONE, Ties

AHEAD: Final = 8  # steps before a copy that are drawn towards its first token
DOUBT: Final = 0.05  # share of a token's probability anywhere in what a ghost foresees


class Copies:
    """The chain beside its ties: places of copies, and chains towards their first tokens, written when first used.

    Args:
        chain: the soft optimum, on conditions that the ties close.
        ties: the ties.
    """

    def __init__(self, chain: Chain, ties: Ties) -> None:
        self.chain, self.root, self.copy, self.marginals = chain, ties.root, ties.copy, chain.flow.marginals
        steps = range(len(ties.root))
        self.copies = {s: [t for t in steps if ties.root[t] == s != t] for s in steps}
        self.joins = [t for t in steps if self.root[t] < t and (t == 0 or not self.goes_on(t))]
        self.first: dict[int, int] = {}  # first step that is drawn towards a copy
        self.towards: dict[int, int] = {}  # the copy towards which a step is drawn
        for before, join in zip([-1, *self.joins], self.joins, strict=False):
            last = max((t for t in range(join) if self.root[t] < t), default=-1)  # steps that copy are not drawn
            self.first[join] = max(int(self.root[join]), before, last, join - AHEAD - 1) + 1
            self.towards |= dict.fromkeys(range(self.first[join], join + 1), join)
        self._locked: dict[tuple[int, int], Chain] = {}

    def goes_on(self, t: int) -> bool:
        """Whether step t copies the step after the one that step t - 1 copies."""
        return bool(self.root[t - 1] < t - 1 and self.root[t - 1] == self.root[t] - 1)

    def locked(self, join: int, token: int) -> Chain:
        """The chain from the first step that is drawn towards a copy to that copy, which begins with a token."""
        if (join, token) in self._locked:
            return self._locked[join, token]
        here = slice(self.first[join], join + 1)
        stages, weights, allowed = self.chain.stages, self.chain.weights[here], self.chain.allowed[here].copy()
        allowed[-1] &= np.arange(allowed.shape[1]) == token
        steps = stages.steps[here]
        sums = backward(steps, weights, allowed, self.chain.sums[join + 1 : join + 2])
        self._locked[join, token] = Chain(Stages(steps, stages.shift), weights, sums, self.chain.scale, allowed)
        return self._locked[join, token]


class Swarm:
    """Particles in islands of equal size, in the middle of writing."""

    def __init__(self, tied: Copies, islands: int, particles: int, rng: np.random.Generator) -> None:
        self.tied, self.islands, self.rng = tied, islands, rng
        self.many = np.arange(islands * particles)
        self.tokens = np.zeros((len(self.many), len(tied.root)), np.uint8)
        self.rows = np.zeros(len(self.many), np.int64)
        self.logs = np.zeros(len(self.many))  # weights since the last resampling
        self.means = np.zeros(islands)  # logarithms of the mean weights before
        self.ghosts: dict[int, Rows] = {}  # by the step of the copy that they foresee next
        self.foreseen: dict[int, Floats] = {}  # by step: probabilities by which copies were foreseen
        self.others = self._others()

    def write(self) -> tuple[NDArray[np.uint8], Floats]:
        """A melody (islands, T) of each island, and the logarithms (islands,) of the islands' mean weights."""
        for t in range(len(self.tied.root)):
            self._step(t)
        weights, means = self._weights()
        chosen = np.minimum(choose(weights, self.rng.random(self.islands)), weights.shape[1] - 1)
        melodies = self.tokens.reshape(*weights.shape, -1)[np.arange(self.islands), chosen]
        return melodies, self.means + means

    def _step(self, t: int) -> None:
        """Write the tokens of a step, weigh, and resample."""
        tied, weighed = self.tied, t in self.tied.first.values()
        if weighed:
            self._enter(t)
        if tied.root[t] < t:
            tokens = np.maximum(tied.copy[t, self.tokens[:, tied.root[t]]], 0)
            here, foreseen = self._probabilities(t)[self.many, tokens], self.foreseen.pop(t)
            self.logs += _log(np.where(foreseen > 0, here / np.where(foreseen > 0, foreseen, 1.0), 0.0))
            rows = tied.chain.follow(t, self.rows, tokens)
        elif tied.copies[t] or t in tied.towards:
            odds = self._probabilities(t)
            ahead = {c: self._foresee(c) for c in tied.copies[t]}
            for copy in ahead.values():
                odds *= copy
            self.logs += _log(odds.sum(axis=1))
            tokens = np.minimum(choose(odds, self.rng.random(len(self.many))), odds.shape[1] - 1)
            rows = tied.chain.follow(t, self.rows, tokens)
            for c, copy in ahead.items():
                self.foreseen[c] = copy[self.many, tokens]
                self._haunt(c, np.maximum(tied.copy[c, tokens], 0))
        else:
            tokens, rows = tied.chain.draw(t, self.rows, self.rng.random(len(self.many)))
        self.tokens[:, t], self.rows = tokens, rows
        if weighed or tied.root[t] < t or tied.copies[t]:
            self._resample()

    def _enter(self, t: int) -> None:
        """Weigh particles by the probability that the copy ahead can begin as it has to."""
        for _, at, chain in self._towards(t):
            rows, sums = self.rows[at], self.tied.chain.sums[t].kinds
            odds = chain.sums[0].kinds.logs(rows)
            self.logs[at] += np.where(odds > -np.inf, odds - np.where(odds > -np.inf, sums.logs(rows), 0.0), odds)

    def _towards(self, t: int) -> list[tuple[int, Rows, Chain]]:
        """Number of the step, particles, and the chain of each first token towards which they are drawn."""
        join = self.tied.towards[t]
        wanted = self.tied.copy[join, self.tokens[:, self.tied.root[join]]]
        return [
            (t - self.tied.first[join], np.flatnonzero(wanted == token), self.tied.locked(join, int(token)))
            for token in np.unique(wanted)
        ]

    def _probabilities(self, t: int) -> Floats:
        """Probabilities (N, A) of tokens, on the condition that the copy ahead begins as it has to."""
        if t not in self.tied.towards:
            return _alive(self.tied.chain, t, self.rows)
        found = np.empty((len(self.many), self.tied.copy.shape[1]))
        for step, at, chain in self._towards(t):
            found[at] = _alive(chain, step, self.rows[at])
        return found

    def _others(self) -> dict[int, tuple[Rows, Rows, Rows]]:
        """At the beginning of each copy: tokens in order and rows after them, of other melodies, and rows before."""
        rows, found = np.zeros(len(self.many), np.int64), {}
        for t in range(len(self.tied.root)):
            tokens, ahead = self.tied.chain.draw(t, rows, self.rng.random(len(self.many)))
            if t in self.tied.joins:
                order = np.argsort(tokens, kind="stable")
                found[t] = tokens[order], ahead[order], rows
            rows = ahead
        return found

    def _foresee(self, c: int) -> Floats:
        """Probabilities (N, A), by tokens of its root, that copy c is foreseen to have."""
        anywhere = np.broadcast_to(self.tied.marginals[c], (len(self.many), self.tied.marginals.shape[1]))
        if c in self.ghosts:
            anywhere = (1 - DOUBT) * _alive(self.tied.chain, c, self.ghosts[c]) + DOUBT * anywhere
        return np.where(self.tied.copy[c] > NONE, anywhere[:, self.tied.copy[c]], 0.0)

    def _haunt(self, c: int, tokens: Rows) -> None:
        """Let ghosts hear the tokens (N,) of copy c; a ghost that begins is one of the others that had this token."""
        if c in self.ghosts:
            ahead = self.tied.chain.follow(c, self.ghosts.pop(c), tokens)
        else:
            drawn, rows, before = self.others[c]
            first, past = np.searchsorted(drawn, tokens), np.searchsorted(drawn, tokens, side="right")
            at = first + (self.rng.random(len(tokens)) * (past - first)).astype(np.int64)
            ahead = rows[np.minimum(at, len(rows) - 1)]
            ahead = np.where(past > first, ahead, self.tied.chain.follow(c, before, tokens))
        if c + 1 < len(self.tied.root) and self.tied.root[c + 1] < c + 1 and self.tied.goes_on(c + 1):
            self.ghosts[c + 1] = ahead

    def _weights(self) -> tuple[Floats, Floats]:
        """Weights (islands, particles), as shares of the island's, and the logarithms (islands,) of their means."""
        logs = self.logs.reshape(self.islands, -1)
        top = logs.max(axis=1)
        weights = np.exp(logs - np.where(top > -np.inf, top, 0.0)[:, None])
        total = weights.sum(axis=1)
        return weights / np.where(total > 0, total, 1.0)[:, None], top + _log(total / logs.shape[1])

    def _resample(self) -> None:
        """In islands where less than half of the particles are effective, draw anew in proportion to weights."""
        weights, means = self._weights()
        size, total = weights.shape[1], weights.sum(axis=1)
        anew = (total > 0) & (size * (weights**2).sum(axis=1) > 2)
        if not anew.any():
            return
        so_far = np.cumsum(weights, axis=1) + np.arange(self.islands)[:, None]
        places = (np.arange(size) + self.rng.random((self.islands, 1))) / size + np.arange(self.islands)[:, None]
        own = self.many.reshape(weights.shape)
        drawn = np.clip(np.searchsorted(so_far.ravel(), places.ravel()).reshape(own.shape), own[:, :1], own[:, -1:])
        chosen = np.where(anew[:, None], drawn, own).ravel()
        self.means[anew] += means[anew]
        self.logs[np.repeat(anew, size)] = 0.0
        self.tokens, self.rows = self.tokens[chosen], self.rows[chosen]
        self.ghosts = {c: rows[chosen] for c, rows in self.ghosts.items()}
        self.foreseen = {c: copy[chosen] for c, copy in self.foreseen.items()}


def _alive(chain: Chain, t: int, rows: Rows) -> Floats:
    """Probabilities (N, A) at rows; 0 where no melody goes on."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.nan_to_num(chain.probabilities(t, rows), nan=0.0, posinf=0.0)


def _log(x: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x))
