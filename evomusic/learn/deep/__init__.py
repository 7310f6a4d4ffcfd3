"""Deep reinforcement learning: DQN and PPOs of stable-baselines3 as methods of the ledger, with the extra `deep`.

DQN moves Q(s, a; w) towards r + gamma max_b Q(s2, b; w-), where w- are older parameters (Mnih et al. 2015); PPO climbs
the clipped ratio of new to old probabilities times the advantage (Schulman et al. 2017). Read `method.py` first: `Deep`
is a method like any other, and its state is plain arrays. `options.py` lists the library's options and their ranges,
`env.py` is the environment that the networks see, `arrays.py` takes a learner apart into arrays and fills it again.
Nothing of the extra is imported before a run.

>>> import evomusic as em
>>> em.Deep(algorithm="DQN", options={"buffer_size": 1000}).options
(('buffer_size', 1000),)
"""
