"""Deep learners: DQN, PPO, MaskablePPO and RecurrentPPO of stable-baselines3 and sb3-contrib, as methods of the ledger.

They come with an extra, `pip install evomusic[deep]`. One adapter, `Deep`, runs all four: each step builds the learner,
fills it from the state's arrays, lets it write whole melodies and train on them, and takes the new state from it.
Networks read observations one-hot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import gcd
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, instance, whole
from evomusic.core.method import Batch, all_untried
from evomusic.core.task import Task
from evomusic.core.views import View, as_view
from evomusic.learn.deep.arrays import Network, Replay, aside, built, check_finite, falling, filled, library, taken
from evomusic.learn.deep.options import ALGORITHMS, DEFAULTS, Options, frozen
from evomusic.learn.explore import MOST_STEPS, Decay, store

if TYPE_CHECKING:
    from evomusic.learn.deep.env import NetworkEnv

__all__ = ["Deep", "Network", "Replay"]
OBSERVATIONS = ("state", "history")
MOST_TOKENS, MOST_MELODIES = 10_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Deep:
    """A learner of stable-baselines3 (Raffin et al. 2021); options have the library's names and, mostly, defaults.

    "PPO" (Schulman et al. 2017) and "DQN" (Mnih et al. 2015); of sb3-contrib "MaskablePPO" (Huang & Ontanon 2022),
    which may not write a hold where nothing sounds (it may write the rest that it would sound like), and
    "RecurrentPPO", whose LSTM remembers earlier observations: give it a history of one token.

    Rewards are those of the task; an episode is a melody. The PPOs write `melodies` side by side and train once on
    them. DQN writes one after another and trains every `train_freq` steps; where a melody is no multiple of that, it
    writes a few more; it explores less and less over the first `exploration_fraction` of the run. Defaults that are
    not the library's, since melodies are short and budgets small: gamma 1 and learning_rate .001; DQN's buffer_size
    50,000, target_update_interval 1,000 and exploration_fraction .5; an LSTM of 64. All is done on one thread of the
    CPU.

    Args:
        algorithm: "PPO", "DQN", "MaskablePPO" or "RecurrentPPO".
        view: the agent state, or its name; not used by a history.
        observation: "state" for the view's memory and step, "history" for the last tokens and the step.
        last: number of tokens in a history.
        melodies: melodies in a step of the method, 2 or more.
        options: the library's parameters of the algorithm and of its network (`net_arch`, `activation_fn`, ...), by
            name; `learning_rate` and the clip ranges may be a Decay.
        steps: length of the run that schedules refer to; filled in by `run`.

    Raises:
        ValueError: a name is not one of these, or a number is out of range; when it runs, the extra is not installed,
            or the view's states are too many to number.
    """

    algorithm: str = "PPO"
    view: View | str = "short"
    observation: str = "state"
    last: int = 16
    melodies: int = 8
    options: Options = ()
    steps: int = 0

    def __post_init__(self) -> None:
        for name, choices in (("algorithm", ALGORITHMS), ("observation", OBSERVATIONS)):
            choice(name, getattr(self, name), choices)
        store(
            self,
            view=instance("view", as_view(self.view), View, "a View, or the name of one"),
            last=whole("last", self.last, 1, MOST_TOKENS),
            melodies=whole("melodies", self.melodies, 2, MOST_MELODIES),
            steps=whole("steps", self.steps, 0, MOST_STEPS),
            options=frozen(self.algorithm, self.options),
        )

    def within(self, steps: int) -> Self:
        """Return the learner with its schedules stretched over a run of so many steps."""
        return self if self.steps else replace(self, steps=steps)

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Network, Batch]:
        """Return the state of a new network after its first melodies, and these.

        Raises:
            ValueError: the extra is not installed; a schedule needs the run's length; states are too many to number.
        """
        library(self.algorithm)
        total = self._total()
        with aside():
            first = taken(self._built(task, self._envs(task), total, int(rng.integers(2**31))))
        return self.step(task, first, rng)

    def step(self, task: Task, state: Network, rng: np.random.Generator) -> tuple[Network, Batch]:
        """Write some melodies and learn from them.

        Raises:
            ValueError: the learner diverged.
        """
        envs, total = self._envs(task), self._total()
        with aside():
            model = self._built(task, envs, total)
            callback = filled(model, state, total)
            model.set_random_seed(int(rng.integers(2**31)))
            try:
                self._learn(model, envs, callback)
            except ValueError:  # torch's distributions refuse what is not finite
                check_finite(model)
                raise
            after = taken(model)
        made = np.concatenate([env.rows for env in envs])
        return after, Batch(made, task.evaluate(made), updates=int(after.ages.max() - state.ages.max()))

    def deliver(self, task: Task, state: Network) -> NDArray[np.uint8]:
        """Return the greedy melody (1, T): at each step the most probable token, or that of the greatest value."""
        env, other = self._env(task), self._env(task)  # the PPOs refuse a rollout of one step in one environment
        with aside():
            model = self._built(task, [env, other], self.steps or 1)
            filled(model, state._replace(replay=()), self.steps or 1)
            seen, _ = env.reset()
            memory, ended = None, False
            while not ended:
                masks = {"action_masks": env.get_wrapper_attr("action_masks")()} if self._masks else {}
                begins = np.array([memory is None])
                token, memory = model.predict(seen, memory, begins, deterministic=True, **masks)
                seen, _, ended, _, _ = env.step(int(token))
        return np.array(env.rows)

    untried = all_untried

    @property
    def sees_more(self) -> bool:
        """Whether the policy acts on more than its view: on a history, a memory, or a mask that tells what sounds."""
        return self.observation == "history" or self.algorithm == "RecurrentPPO" or self._masks

    @property
    def _masks(self) -> bool:
        return self.algorithm == "MaskablePPO"

    def _learn(self, model: Any, envs: list[NetworkEnv], callback: Any) -> None:
        """Write whole melodies and train on them, by the library's own loops."""
        if self.algorithm != "DQN":
            model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)
            model._update_current_progress_remaining(model.num_timesteps, model._total_timesteps)
            model.train()
            return
        every = model.train_freq.frequency
        several = every // gcd(every, envs[0].length)  # melodies until a training falls on the end of one
        wanted = -(-self.melodies // several) * several
        while len(envs[0].rows) < wanted:
            model.collect_rollouts(
                model.env, callback, model.train_freq, model.replay_buffer, learning_starts=model.learning_starts
            )
            if model.num_timesteps > model.learning_starts:
                model.train(model.gradient_steps, model.batch_size)

    def _env(self, task: Task) -> NetworkEnv:
        from evomusic.learn.deep.env import NetworkEnv

        return NetworkEnv(task, as_view(self.view), self.last if self.observation == "history" else 0, self._masks)

    def _envs(self, task: Task) -> list[NetworkEnv]:
        return [self._env(task) for _ in range(1 if self.algorithm == "DQN" else self.melodies)]

    def _total(self) -> int:
        """Return the length of the run, which schedules need."""
        scheduled = ["DQN's exploration"] if self.algorithm == "DQN" else []
        scheduled += [name for name, value in dict(self.options).items() if isinstance(value, Decay)]
        if scheduled and not self.steps:
            raise ValueError(f"{scheduled[0]} falls over a share of the run: start it by run(), or give Deep its steps")
        return self.steps or 1

    def _built(self, task: Task, envs: list[NetworkEnv], total: int, seed: int | None = None) -> Any:
        options = DEFAULTS[self.algorithm] | dict(self.options)
        options |= {n: falling(v, n, total) for n, v in options.items() if isinstance(v, Decay)}
        return built(self.algorithm, [partial(_itself, env) for env in envs], task.grid.steps, options, seed)


def _itself(env: NetworkEnv) -> NetworkEnv:
    return env
