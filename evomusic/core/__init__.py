"""The nouns of the suite: grid, melody, rule, reward, task, view, method, run.

A *grid* has T steps; a melody is T *tokens*, one a step: 0 is a rest, 1 holds the sounding note, 2 + i begins the i-th
pitch of the grid. A *rule* r is a finite automaton over the events of a melody: from its memory and the event of step t
it computes the next memory and a value v_r(t). A *reward* has a weight w_r for each rule, and weights for measures of
the finished melody. A *task* puts a reward on a grid; the return of a melody x is

    G(x) = sum over t and r of w_r v_r(t) + sum over m of w_m m(x),

and the reward of step t is the inner sum over r; that of the last step includes the final measures. All weighted values
are rounded to multiples of 2^-32 and their sums stay below 2^20, so that float64 sums are exact in any order: the step
rewards of a melody add up to its return, with `==`. A *method* spends a budget of steps on a task; T steps a melody.

>>> import numpy as np
>>> import evomusic as em
>>> grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=64, scale="C major")
>>> task = em.Task(grid, em.Reward({em.rules.LeapRecovery(): 1.0, em.rules.Sustain(): 0.5}))
>>> melody = em.Melody.parse("C4 - E4 .", grid)
>>> melody.tokens
array([2, 1, 4, 0], dtype=uint8)
>>> task.rewards(melody.tokens[None]), task.evaluate(melody.tokens[None])
(array([[ 0.   ,  0.   ,  0.   , -0.125]]), array([-0.125]))
>>> em.run(em.GA(), task, steps=4000, seed=0).best_return == task.optimum().value
True

Read in this order: `grid` and `melody`, then `rule` (the protocols of rules and measures), `reward` and `task`.
`method` and `ledger` hold the protocol of methods and the loop that runs them. Behind a task: `automata` (rules as
tables), `machine` (a reward as tables), `kernels` (the compiled walk over the tables) and `optimum` (the exact best
melody). `views` and `histories` define what an agent sees; `theory` parses notes, scales and chords; `checks` holds the
argument checks of the package, `saving` writes files and states.
"""
