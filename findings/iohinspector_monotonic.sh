#!/usr/bin/env bash
# IOHinspector 0.0.8, DataManager.load: with monotonic=True, which is the default, rows that do not improve are dropped by a
# difference to the row above that does not heed where a run begins. A run whose first value equals the best value of the run
# above it in the file loses its first row; one that never improves on it is gone. There is no warning, and the overview still
# counts the run. Runs of small tasks end at one optimum, and some begin there. With monotonic=False all rows are there.
#
# Guess: each run as it was logged, from evaluation 1 on, without rows that do not improve within it.
# Seen (best ones of OneMax on 3 bits so far, logged by ioh 0.4.2; three runs: 1 2 3, then 3, then 3):
#   overview: runs 1 2 3
#   monotonic=False: run 1: 1:1 2:2 3:3; run 2: 1:3; run 3: 1:3
#   monotonic=True: run 1: 1:1 2:2 3:3
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "iohinspector==0.0.8" "ioh==0.4.2" "polars==2.1.0" "numpy==2.4.6"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import ioh
import iohinspector

problem = ioh.get_problem("OneMax", dimension=3, problem_class=ioh.ProblemClass.PBO)
logger = ioh.logger.Analyzer(root=".", folder_name="log", algorithm_name="three runs")
problem.attach_logger(logger)
for run in ([[1, 0, 0], [1, 1, 0], [1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]]):
    for bits in run:
        problem(bits)
    problem.reset()
logger.close()

manager = iohinspector.DataManager()
manager.add_folder("log")
counted = manager.overview["run_id"].to_list()
print("overview: runs", *counted)
seen = {}
for monotonic in (False, True):
    runs = {}
    for row in manager.load(monotonic=monotonic).iter_rows(named=True):
        runs.setdefault(row["run_id"], []).append((row["evaluations"], row["raw_y"]))
    seen[monotonic] = runs
    words = [f"run {run}: " + " ".join(f"{e}:{y:g}" for e, y in rows) for run, rows in runs.items()]
    print(f"monotonic={monotonic}:", "; ".join(words))
first = [(1, 1.0), (2, 2.0), (3, 3.0)]
assert counted == [1, 2, 3], "the behaviour has changed"
assert seen == {False: {1: first, 2: [(1, 3.0)], 3: [(1, 3.0)]}, True: {1: first}}, "the behaviour has changed"
PY
