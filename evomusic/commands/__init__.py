"""Commands of `evomusic`: one module a group, imported when a command of it is called.

`evomusic.cli` reads the command line; each function here does what a command says and returns its exit code. Read
`studies` first (`compare`, `plot`, `report`, `publish`; `closing` prints the end of `compare`), then `forecast`
(`init`, `check`), `folders` (`resume`, `runs`, `show`), `calibration`, `tunes` (`evolve`, `explain`), `lists` (`tasks`,
`methods`, `rules`, `style`), `lecture` (texts in `concepts`, its pages' numbers in `lecture_tables`), `doctor`.
`output` holds the parts that they share: tables, JSON, numbers, exit codes and errors in one line.
"""
