"""Studies: tasks x methods x seeds with one budget, run into a folder that may be interrupted and continued.

Read `config` first: it says what a study is, and checks it (`toml` reads its text, `sweep` multiplies its entries,
`build` makes methods of tables and `tasks` tasks, `registry` lists their names). Then `runner`, which runs a study:
`work` does one job, `executors` run jobs in worker processes (`processes` says how these start), here, or on a cluster
(`cluster`, and `there` on its workers), dealt out by `lanes` in the order of `schedule`, `references` computes what
returns are measured against, `progress` says how far it is.

The folder: `beginning` opens it or lets it grow, unless what is there is of another study or of other code
(`fingerprints`); `folder` writes it and seals every file with a digest, finished cells are lines (`cells`) of files
that grow (`packs`), `store` reads and checks it, `results` has the types that statistics, figures and reports are made
of, `provenance` names the code and packages behind it, `publish` copies it without its cells. `statistics` and `table`
sum it up, `inference`, `interaction` and `verdicts` say which differences stand, `columns` has all of it for other
tools. `calibration` tunes methods by two studies of its own.
"""
