"""Watchers: objects that see a run after every batch (`em.run(..., watch=)`). Read `stopping` first: the protocol.

`stopping` ends runs; `hall_of_fame` keeps the best melodies and the Pareto front, `logbook` statistics by generation,
`snapshots` the best melody at chosen generations. `diversity` and `ancestry` run a method themselves and record its
population's diversity, or the family tree of its best melody.
"""
