"""Prediction: the state values of a fixed policy, learnt from episodes (Sutton & Barto 2018, chapters 5, 6, 7, 12).

v(s) += alpha (target - v(s)), with these targets:

    TD()                r + gamma v(s2)                                       (6.2)
    TD(n=...)           n rewards, then gamma^n v                             (7.1, 7.2)
    TD(lam=...)         that of TD(), for all states by eligibility traces    (12.5 to 12.7, 12.11, 12.12)
    LambdaReturn        the lambda-return, at the end of the episode          (12.3, 12.4)
    MonteCarloValues    the return                                            (6.1; means: section 5.1)

Read `predict.py` first: `predict` walks a predictor through a model or a task by the one loop. `td.py` has the
predictors and their two agents, `batch.py` the values of a fixed log (`fit_values`, section 6.3). Values are (S,)
float64; the value after the end of an episode is 0, and states of a task are numbered as by `agent_states`.

>>> import evomusic as em
>>> walk = em.FiniteMDP.of({0: {0: [(1.0, 1, 0.0, False)]}, 1: {0: [(1.0, 0, 1.0, True)]}}, start=0)
>>> em.learn.predict(em.TD(alpha=0.5), walk, [0, 0], episodes=2).history.tolist()
[[0.0, 0.0], [0.0, 0.5], [0.25, 0.75]]
"""
