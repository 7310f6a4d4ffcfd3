"""Policies as genomes: evolution searches what reinforcement learning learns. Read `table` first: the smallest one.

`table`, `tree` and `weights` are the encodings: an action for each state, an expression that scores each action, a
network. `scene` makes the observations that they read, `rollout` lets them write melodies or act in a finite MDP, and
`search` (PolicySearch) evolves them on any finite MDP. `machine` and `programs` are the kernels of `tree`: the stack
machine, and the genetic operators.
"""
