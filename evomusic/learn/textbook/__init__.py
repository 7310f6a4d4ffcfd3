"""Problems and learners of textbooks, on which learners are checked against published results.

`bandits.py` has k-armed bandits, whose values are means of rewards, Q(a) += (r - Q(a)) / n (Sutton & Barto 2018, 2.3),
and the testbed of section 2.3; read it first, it is the shortest problem for `train`. `cart_pole.py` has the cart-pole
of Barto, Sutton & Anderson 1983 in 162 boxes, and `ase.py` their learner, the first actor-critic. `mountain_car.py` is
continuous, for `linear/`; `blackjack.py` an explicit model, `baird.py` the counterexample. A problem is any object with
`walk`, `observed_states`, `actions` and `memory_size` (`models/walk.py`).

>>> import evomusic as em
>>> played = em.learn.run_bandit(em.QLearning(alpha=em.Average()), em.learn.Testbed(runs=5, steps=50))
>>> played.rewards.shape, bool(played.regret[-1] >= played.regret[0])
((5, 50), True)
"""
