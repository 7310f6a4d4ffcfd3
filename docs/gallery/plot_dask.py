"""
A study on a Dask cluster
=========================

The same small study in this process and on the worker processes of a Dask cluster: every file of results has the same
bytes. The cluster is one of this machine here; elsewhere `cluster` is the address of its scheduler.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import evomusic as em
from evomusic.study.progress import Progress

methods = {"GA": em.GA(), "Q-learning": em.QLearning(), "random": em.RandomSearch()}
study = em.Study(tasks={"tune": em.make("tune", bars=2)}, methods=methods, steps=30_000, seeds=4)
folder = Path(tempfile.mkdtemp())
quiet = {"figures": False, "progress": Progress()}
alone = em.compare(study, folder / "alone", workers=1, **quiet)
there = em.compare(study, folder / "there", workers=2, cluster="local", **quiet)

# %%
# All that both leave, file by file. How many seconds a cell took is in a file of its own.
files = sorted(path.relative_to(alone.folder) for path in alone.folder.rglob("[!.]*.*") if path.is_file())
for file in files:
    same = (alone.folder / file).read_bytes() == (there.folder / file).read_bytes()
    print(f"{'same bytes' if same else 'differs':12}{file}")

# %%
# Lines are the cells of this process, dots those of the cluster.
figure, ax = plt.subplots(figsize=(7, 4))
for colour, name in zip(("C0", "C1", "C2"), methods, strict=True):
    for result, style in ((alone, "-"), (there, "o")):
        for cell in result.run.tasks["tune"].outcomes[name]:
            label = f"{name}, {'here' if result is alone else 'on the cluster'}" if cell.cell.seed == 0 else None
            ax.plot(cell.curve.steps, cell.curve.best, style, color=colour, markersize=3, linewidth=0.8, label=label)
ax.axhline(alone.run.tasks["tune"].references.value, color="black", linestyle=":", label="optimum")
ax.set(xscale="log", xlabel="steps", ylabel="best return")
ax.legend(fontsize=8)
figure.tight_layout()
