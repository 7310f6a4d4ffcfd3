"""Studies: tasks x methods x seeds with one budget.

`config` says what a study is, `runner` runs it on `executors`, `folder` writes and `store` reads its folder (`results`
has the types), `statistics` and `table` sum it up.
"""
