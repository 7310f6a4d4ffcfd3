"""Commands of `evomusic`: one module a group, imported when a command of it is called.

`evomusic.cli` reads the command line; each function here does what a command says and returns its exit code. Read
`studies` first (`compare`, `plot`, `report`, `publish`; `closing` prints the end of `compare`), then `forecast`
(`init`, `check`), `folders` (`resume`, `runs`, `show`), `calibration`, `tunes` (`evolve`, `explain`), `lists` (`tasks`,
`methods`, `rules`, `style`), `lecture` (its texts in `concepts`, numbers of its pages in `lecture_tables`) and `doctor`.
`output` holds the parts that they share: tables, JSON, numbers, exit codes and errors in one line.
"""
