"""The verdict: cross-validated AUC of two classifiers with its interval, copies of real tunes, and diversity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import instance, optional, whole, wrong
from evomusic.core.distance import differ, heard
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody, Tokens, checked_melodies
from evomusic.critic.features import critic_features
from evomusic.rules.generator import style_tonic

FOLDS: Final = 5
REPEATS: Final = 2  # cross-validations, whose scores are averaged
BOOTSTRAPS: Final = 1000
PAIRS: Final = 2000
LEAST: Final = 20  # melodies of each kind
TELLING: Final = 10
COPIED: Final = 12  # notes in a row that a copy shares with a real tune

Floats = NDArray[np.float64]


class Ranked(NamedTuple):
    """An AUC, and its 95 % interval by a bootstrap of the melodies' scores."""

    auc: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.auc:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Verdict:
    """The judgement of generated melodies beside real ones.

    Args:
        boosting: of gradient boosted trees. .5: they cannot be told apart; 1: always.
        linear: of a logistic regression.
        copied: share of the generated with `COPIED` notes in a row, moves and lengths, of a tune in `against`; nan
            without any.
        longest: mean number of notes of the longest such row.
        diversity: mean share of steps at which two of the generated sound differently.
        telling: features that differ most, with their means among the real and among the generated.
    """

    boosting: Ranked
    linear: Ranked
    copied: float
    longest: float
    diversity: float
    telling: tuple[tuple[str, float, float], ...]


def judge(
    generated: Any,
    real: Any,
    names: Sequence[str],
    grid: Grid,
    *,
    against: Any = None,
    tonic: str | None = None,
    seed: int = 0,
) -> Verdict:
    """Judge generated melodies beside real ones.

    Both classifiers score each melody when they have not heard it, nor another excerpt of its tune.

    Args:
        generated: melodies (P, T).
        real: melodies (N, T) of tunes on which nothing was trained, such as `corpus.held_out(grid).melodies`.
        names: of the tunes (N,), so that those of one tune stay together.
        grid: the frame of both.
        against: melodies (M, T) that may have been copied, such as `corpus.training(grid).melodies`.
        tonic: note to which degrees are counted; that of the grid's scale when None.
        seed: of the folds and the bootstrap.

    Raises:
        ValueError: melodies do not fit the grid, there are fewer than 20 of either, or names of another number.
        NotInstalled: scikit-learn is missing.
    """
    instance("grid", grid, Grid, "a Grid, such as em.Grid(bars=4)")
    seed = whole("seed", seed)
    melodies = {"generated": checked_melodies(generated, grid), "real": checked_melodies(real, grid)}
    for name, rows in melodies.items():
        if len(rows) < LEAST:
            raise wrong(name, f"{len(rows)} melodies", f"at least {LEAST}")
    if len(names) != len(melodies["real"]):
        raise wrong("names", f"{len(names)} names", f"{len(melodies['real'])}, one for each real melody")
    home = theory.parse_note(style_tonic(grid) if tonic is None else tonic)
    both = np.concatenate([melodies["real"], melodies["generated"]])
    labels = np.repeat([0, 1], [len(melodies["real"]), len(melodies["generated"])])
    tunes = np.concatenate([np.unique(names, return_inverse=True)[1], len(names) + np.arange(len(both) - len(names))])
    columns, features = critic_features(both, grid, home)
    rng = np.random.default_rng(seed)
    boosting, linear = (_ranked(kind, features, labels, tunes, seed, rng) for kind in ("boosting", "linear"))
    longest = _shared(melodies["generated"], checked_melodies(against, grid), grid) if against is not None else None
    return Verdict(
        boosting=boosting,
        linear=linear,
        copied=float((longest >= COPIED).mean()) if longest is not None else float("nan"),
        longest=float(longest.mean()) if longest is not None else float("nan"),
        diversity=_diversity(melodies["generated"], rng),
        telling=_telling(columns, features, labels),
    )


def _classifier(kind: str, seed: int) -> Any:
    """An unfitted classifier.

    Raises:
        NotInstalled: scikit-learn is missing.
    """
    optional("sklearn", "the critic", "critic")
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "linear":
        return make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    return GradientBoostingClassifier(
        n_estimators=150, max_depth=3, subsample=0.7, learning_rate=0.08, max_features=0.3, random_state=seed
    )


def _ranked(
    kind: str, features: Floats, labels: NDArray[Any], tunes: NDArray[Any], seed: int, rng: np.random.Generator
) -> Ranked:
    model = _classifier(kind, seed)
    from sklearn.model_selection import StratifiedGroupKFold

    scores = np.zeros((REPEATS, len(labels)))
    for repeat in range(REPEATS):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for train, test in folds.split(features, labels, tunes):
            scores[repeat, test] = model.fit(features[train], labels[train]).predict_proba(features[test])[:, 1]
    auc = float(np.mean([_wins(row, labels).mean() for row in scores]))
    wins = _wins(scores.mean(axis=0), labels)
    real, own = (rng.multinomial(n, np.full(n, 1 / n), BOOTSTRAPS) / n for n in wins.shape)
    draws = ((real @ wins) * own).sum(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975]) + auc - wins.mean()
    return Ranked(auc, float(low), float(high))


def _wins(scores: Floats, labels: NDArray[Any]) -> Floats:
    """Whether each generated melody (columns) has a higher score than each real one (rows); .5 for equal ones."""
    real, own = scores[labels == 0][:, None], scores[labels == 1]
    return np.asarray((own > real) + 0.5 * (own == real))


def _shared(generated: Tokens, against: Tokens, grid: Grid) -> NDArray[np.int64]:
    """Notes (P,) of the longest row, moves and lengths, that each melody shares with any of the others."""
    lines = [_line(row, grid) for row in against]
    most = max(map(len, lines), default=0)
    rows = {n: {line[i : i + n] for line in lines for i in range(len(line) - n + 1)} for n in range(1, most + 1)}
    return np.array([_longest_in(_line(row, grid), rows) for row in generated])


def _line(row: Tokens, grid: Grid) -> tuple[tuple[int, float], ...]:
    """Each note as the move to it and its length."""
    notes = Melody(row, grid).notes
    return tuple((b.pitch - a.pitch, b.duration) for a, b in pairwise(notes))


def _longest_in(line: tuple[tuple[int, float], ...], rows: dict[int, set[Any]]) -> int:
    """The longest stretch of a line that is among those of its length; stretches within it are too."""
    best = 0
    for i in range(len(line)):
        while i + best < len(line) and best + 1 in rows and line[i : i + best + 1] in rows[best + 1]:
            best += 1
    return best


def _diversity(melodies: Tokens, rng: np.random.Generator) -> float:
    ears = [heard(row) for row in melodies]
    pairs = (rng.choice(len(ears), 2, replace=False) for _ in range(PAIRS))
    return float(np.mean([differ(ears[a], ears[b], "sound").mean() for a, b in pairs]))


def _telling(columns: list[str], features: Floats, labels: NDArray[Any]) -> tuple[tuple[str, float, float], ...]:
    real, own = features[labels == 0].mean(axis=0), features[labels == 1].mean(axis=0)
    effect = np.abs(real - own) / (features.std(axis=0) + 1e-9)
    order = np.argsort(-effect)[:TELLING]
    return tuple((columns[i], round(float(real[i]), 3), round(float(own[i]), 3)) for i in order)
