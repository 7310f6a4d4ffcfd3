r"""
1. A melody is a decision process
=================================

A state says all that matters of what was written so far; an action is the next token: a rest, a hold, or the onset of
a pitch. The dynamics are (Sutton & Barto 3.2; Silver, lecture 2)

.. math:: p(s^\prime, r \mid s, a) \doteq \Pr\{S_t = s^\prime, R_t = r \mid S_{t-1} = s, A_{t-1} = a\}

Writing is deterministic: each token leads to one next state and one reward.
"""

import evomusic as em

task = em.make("tiny")  # four steps; a rest, a hold and three pitches: 625 melodies
mdp = em.FiniteMDP.from_task(task)
for action, row in enumerate(mdp.outcomes.rows[: mdp.actions]):
    print(f"token {action}: probability {row[0]}, reward {row[1]:4.1f}, next state {row[2]}, end {bool(row[3])}")

# %%
# **Markov.** 156 histories are 18 states that differ, for a rule remembers little. What is left of a history is the
# clock and the memories of the rules, and no more of the past would tell the future better:
histories = sum(task.grid.tokens**t for t in range(task.grid.steps))
print(histories, "histories,", len(task.q_table()), "states")
{name: em.View.named(name).is_markov(task) for name in ("blind", "short", "pair", "markov")}

# %%
# **One return.** The sum of the rewards of the steps equals what evolution calls the fitness of the melody, to the
# last bit:
best = task.optimum().melody.tokens[None]
assert task.rewards(best).sum() == task.evaluate(best)[0]

# %%
# Each rule of music rewards each step; the sums at the right make the return.
figure = em.plots.draw_account(task, task.optimum().melody)

# %%
# **Exercise.** How many histories and states have two bars, ``em.make("tiny", bars=2)``? Guess first which number
# grows by a factor, and which one merely doubles.
