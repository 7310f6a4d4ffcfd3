"""Control written from the definitions, with dense tables and whole histories, on the loop's own random stream."""

from __future__ import annotations

import numpy as np

from evomusic.models.mdp import FiniteMDP
from evomusic.models.walk import start, step


def random_mdp(seed: int, states: int = 5, actions: int = 3) -> FiniteMDP:
    """A small model with self-loops, two outcomes or more an action, and an end."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(states, 0.5), (states, actions))
    return FiniteMDP.from_arrays(p, rng.normal(size=p.shape).round(2), start=0, terminal=[states - 1])


class Naive:
    """Values, and actions drawn in the loop's order: what is greedy (ties), then the coin, then the action."""

    def __init__(self, mdp, rng, alpha=0.1, gamma=0.9, epsilon=0.2):
        self.q, self.rng = np.zeros((mdp.states, mdp.actions)), rng
        self.alpha, self.gamma, self.epsilon, self.before = alpha, gamma, epsilon, True

    def best(self, s):
        ties = np.flatnonzero(self.q[s] == self.q[s].max())
        return int(ties[0]) if len(ties) == 1 else int(ties[int(self.rng.random() * len(ties))])

    def anything(self):
        return int(self.rng.random() * self.q.shape[1])

    def act(self, s):
        return self.anything() if self.rng.random() < self.epsilon else self.best(s)

    def ahead(self, s):
        best = self.best(s)
        return self.anything() if self.rng.random() < self.epsilon else best

    def learn(self, s, a, r, s2, end):
        """Learn from a transition; the next action if it is chosen for that."""

    def finish(self, s, end):
        """Learn from the end of an episode, or from where it is cut off."""


class DenseTraces(Naive):
    """Sarsa(lambda) with a trace for every pair (Sutton & Barto 2018, 12.5, 12.12; the box of 12.7 for dutch)."""

    def __init__(self, mdp, rng, lam, kind, **rest):
        super().__init__(mdp, rng, **rest)
        self.lam, self.kind, self.z, self.old = lam, kind, np.zeros_like(self.q), 0.0

    def learn(self, s, a, r, s2, end):
        a2 = None if end else self.ahead(s2)
        self.trace(s, a, r, 0.0 if end else self.q[s2, a2])
        return a2

    def trace(self, s, a, r, later):
        x = np.zeros_like(self.q)
        x[s, a] = 1.0
        value = self.q[s, a]
        error = r + self.gamma * later - value
        decayed = self.gamma * self.lam * self.z
        if self.kind == "dutch":
            self.z = decayed + (1 - self.alpha * decayed[s, a]) * x
            self.q += self.alpha * (error + value - self.old) * self.z - self.alpha * (value - self.old) * x
            self.old = later
            return
        self.z = decayed + x if self.kind == "accumulating" else np.maximum(decayed * (1 - x), x)
        self.q += self.alpha * error * self.z

    def finish(self, s, end):
        self.z, self.old = np.zeros_like(self.q), 0.0


class DenseWatkins(DenseTraces):
    """Q(lambda): the traces of what came before an exploratory action are zero (Sutton & Barto 2018, 12.10)."""

    def learn(self, s, a, r, s2, end):
        if self.q[s, a] < self.q[s].max():
            self.z[:] = 0.0
        if end:
            self.trace(s, a, r, 0.0)
            return None
        best = self.best(s2)
        explores = self.rng.random() < self.epsilon
        chosen = self.anything() if explores else best
        self.trace(s, a, r, self.q[s2, best])
        moved = self.z[s2].any()  # the greedy action may be another one now
        return self.best(s2) if moved and not explores else chosen


class WholeHistory(Naive):
    """n-step Sarsa over a whole episode's history (Sutton & Barto 2018, the box of section 7.2)."""

    def __init__(self, mdp, rng, n, **rest):
        super().__init__(mdp, rng, **rest)
        self.n, self.steps, self.after = n, [], None

    def settle(self, tau, last, later):
        rewards = [r for _, _, r in self.steps[tau:last]]
        total = sum(self.gamma**i * r for i, r in enumerate(rewards)) + self.gamma ** len(rewards) * later
        s, a, _ = self.steps[tau]
        self.q[s, a] += self.alpha * (total - self.q[s, a])

    def learn(self, s, a, r, s2, end):
        self.steps.append((s, a, r))
        if end:
            return None
        self.after = self.ahead(s2)
        if len(self.steps) >= self.n:
            self.settle(len(self.steps) - self.n, len(self.steps), self.q[s2, self.after])
        return self.after

    def finish(self, s, end):
        last = len(self.steps)
        waiting = min(last, self.n if end else self.n - 1)  # cut off, the last step has settled one
        for tau in range(last - waiting, last):
            self.settle(tau, last, 0.0 if end else self.q[s, self.after])
        self.steps = []


class Returns(Naive):
    """Monte Carlo by listing returns (Sutton & Barto 2018, section 5.4)."""

    def __init__(self, mdp, rng, first, average=True, **rest):
        super().__init__(mdp, rng, **rest)
        self.first, self.average, self.steps, self.listed = first, average, [], {}

    def learn(self, s, a, r, s2, end):
        self.steps.append((s, a, r))

    def rest(self, s):
        return (1 - self.epsilon) * self.q[s, self.best(s)] + self.epsilon * self.q[s].mean()

    def finish(self, s, end):
        rest, last = 0.0 if end else self.rest(s), len(self.steps)
        for t, (s1, a1, _) in enumerate(self.steps):
            if self.first and (s1, a1) in [(x, y) for x, y, _ in self.steps[:t]]:
                continue
            rewards = [r for _, _, r in self.steps[t:]]
            total = sum(self.gamma**i * r for i, r in enumerate(rewards)) + self.gamma ** (last - t) * rest
            returns = self.listed.setdefault((s1, a1), [])
            returns.append(total)
            self.q[s1, a1] = (
                np.mean(returns) if self.average else self.q[s1, a1] + self.alpha * (total - self.q[s1, a1])
            )
        self.steps = []


class Ratios(Naive):
    """Off-policy Monte Carlo: weighted returns, listed (Sutton & Barto 2018, equations 5.5 and 5.6)."""

    def __init__(self, mdp, rng, kind, first, target=None, **rest):
        super().__init__(mdp, rng, **rest)
        self.kind, self.first, self.target, self.steps, self.listed = kind, first, target, [], {}

    def act(self, s):
        ties = self.q[s] == self.q[s].max()
        chances = self.epsilon / len(ties) + (1 - self.epsilon) * ties / ties.sum()
        a = super().act(s)
        self.chance = chances[a]
        return a

    def learn(self, s, a, r, s2, end):
        self.steps.append((s, a, r, self.chance))

    def wanted(self, s):
        ties = self.q[s] == self.q[s].max()
        return ties / ties.sum() if self.target is None else self.target[s]

    def finish(self, s, end):
        total = 0.0 if end else self.q[s, self.best(s)] if self.target is None else self.target[s] @ self.q[s]
        if not end and self.target is not None:
            self.best(s)  # the draw, if there are ties
        ratio = 1.0
        for t in reversed(range(len(self.steps))):
            s1, a1, r, chance = self.steps[t]
            total = r + self.gamma * total
            if not self.first or (s1, a1) not in [(x, y) for x, y, _, _ in self.steps[:t]]:
                pairs = self.listed.setdefault((s1, a1), [])
                pairs.append((ratio, total))
                weights = sum(w for w, _ in pairs)
                under = len(pairs) if self.kind == "ordinary" else weights
                if under > 0:
                    self.q[s1, a1] = sum(w * g for w, g in pairs) / under
            ratio *= self.wanted(s1)[a1] / chance
        self.steps = []


def walked(mdp: FiniteMDP, twin: Naive, steps: int, horizon: int):
    """The actions that a naive learner takes, and its values in the end."""
    model, memory, actions = mdp.walk, np.zeros(1, np.int64), []
    s, a, t = start(model, memory, twin.rng), None, 0
    for _ in range(steps):
        a = twin.act(s) if a is None else a
        s2, r, end = step(model, memory, s, a, twin.rng)
        actions.append(a)
        t += 1
        a, s = twin.learn(s, a, r, s2, bool(end)), s2
        if end or t >= horizon:
            twin.finish(s2, bool(end))
            s, a, t = start(model, memory, twin.rng), None, 0
    return actions, twin.q
