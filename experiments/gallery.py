"""Twelve melodies of different methods, metres and forms: `python experiments/gallery.py` makes results/gallery.

Every melody is made by the command beside it, then engraved and played. It needs the extras `score` and `sound`.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

import evomusic as em
from evomusic.catalogue import tune_parameters
from evomusic.cli import run
from evomusic.core.saving import write_bytes
from evomusic.corpus import held_out
from evomusic.io import read_tune
from evomusic.plots.account import draw_account
from evomusic.plots.style import png_bytes
from evomusic.study.references import style_of

FOLDER = Path(__file__).parent.parent / "results" / "gallery"
WIDEST = 8  # bars of which the rewards are drawn


class Piece(NamedTuple):
    """A melody of the gallery: the name of its files, a title, what to hear in it, and the command that makes it."""

    name: str
    title: str
    about: str
    command: str


def written(name: str, options: str) -> str:
    """A command of `write` for one tune, in a folder of its own."""
    return f"evomusic write {options} -n 1 --format .musicxml --format .svg --format .ogg -o {name}"


PIECES = (
    Piece(
        "01-ga",
        "A genetic algorithm",
        "The GA on `tune`: what theory likes best, in even eighths, with a leap or two that it repairs.",
        "evomusic evolve --task tune --method ga --steps 1e6 -o 01-ga.musicxml",
    ),
    Piece(
        "02-q",
        "Q-learning",
        "The same task, learnt note by note from rewards.",
        "evomusic evolve --task tune --method q-short --steps 1e6 -o 02-q.musicxml",
    ),
    Piece(
        "03-trees",
        "Genetic programming",
        "An expression tree of phrases on `tune`: motifs return because the tree uses them again.",
        "evomusic evolve --task tune --method gp --steps 1e6 -o 03-trees.musicxml",
    ),
    Piece(
        "04-grammar",
        "A grammar that grows",
        "A morphogenetic encoding: symbols are rewritten until they are notes.",
        "evomusic evolve --task tune --method grammar --steps 1e6 -o 04-grammar.musicxml",
    ),
    Piece(
        "05-reel",
        "A reel",
        "A song of eight bars: half bars return as they do in real tunes.",
        written("05-reel", "--bars 8 --seed 2"),
    ),
    Piece(
        "06-bridge",
        "A bridge",
        "Two bars at the beginning and two at the end of the reel stay, and the four between are drawn by the rules.",
        written("06-bridge", "--from 05-reel.musicxml --keep 1-2,7-8 --bars 8 --temperature 0.5 --seed 1"),
    ),
    Piece(
        "07-jig",
        "A jig in D, AABB",
        "Two sections of four bars of 6/8, each a song, each twice.",
        written("07-jig", '--key "D major" --metre 6/8 --bars 16 --form AABB --seed 5'),
    ),
    Piece(
        "08-waltz",
        "A waltz in A minor, ABAC",
        "Sections of four bars of 3/4, in the style of O'Neill's and Aird's tunes.",
        written("08-waltz", '--key "A minor" --metre 3/4 --bars 16 --form ABAC --seed 4'),
    ),
    Piece(
        "09-slip-jig",
        "A slip jig with two endings",
        "Four bars of 9/8, and again with an end of their own.",
        written("09-slip-jig", '--metre 9/8 --bars 8 --form "AA\'" --seed 3'),
    ),
    Piece(
        "10-chords",
        "On given chords",
        "Drawn from the soft optimum of theory and style on chords of D minor, two of them in a bar.",
        written(
            "10-chords",
            '--key "D minor" --bars 8 --chords "Dm | Gm A7 | Dm | A7 | Dm | Bb | Gm A7 | Dm" '
            "--temperature 0.5 --seed 1",
        ),
    ),
    Piece(
        "11-seven",
        "Seven eighths",
        "No tune of the collections is in 7/8: the rhythm is put together from beats of 4/4 and 6/8.",
        written("11-seven", "--metre 7/8 --bars 4 --by rules --temperature 0.5 --seed 6"),
    ),
    Piece(
        "12-variation",
        'A variation of "Ah! vous dirai-je, maman" in G minor',
        "The theme in 6/8 and in minor, and a GA that stays near it.",
        "evomusic evolve --task variation -s 'task.key=\"G minor\"' -s 'task.metre=\"6/8\"' -s task.weight=0.3 "
        "--steps 1e6 -o 12-variation.musicxml",
    ),
)


def make(piece: Piece) -> Path:
    """Run a piece's command in the folder; the file that it wrote."""
    words = shlex.split(piece.command)[1:]
    with contextlib.redirect_stdout(io.StringIO()):
        code = run(words)
    if code:
        raise SystemExit(f"{piece.command}: exit code {code}")
    for tune in Path(piece.name).glob("tune-1.*"):
        tune.replace(f"{piece.name}{tune.suffix}")
    if Path(piece.name).is_dir():
        Path(piece.name).rmdir()
    return Path(f"{piece.name}.musicxml")


def entry(piece: Piece) -> str:
    """Make a piece, its score, sound and rewards; its part of the page."""
    file = make(piece)
    others = [f"{piece.name}{suffix}" for suffix in (".svg", ".ogg") if not Path(f"{piece.name}{suffix}").exists()]
    if others:
        with contextlib.redirect_stdout(io.StringIO()):
            run(["render", str(file), "--to", ",".join(others), "--title", piece.title])
    parameters = tune_parameters(read_tune(file))
    bars = len(em.read(file).grid.bar_spans) - bool(em.read(file).grid.pickup)
    task = em.make("tune", **parameters | {"bars": bars})
    melody = em.read(file, task.grid)
    here = float(task.evaluate(melody.tokens[None])[0])
    lines = [f"## {piece.title}", "", piece.about, "", "```", piece.command, "```", ""]
    lines += [f"![score]({piece.name}.svg)", "", f"[sound]({piece.name}.ogg), [MusicXML]({file.name})", ""]
    lines.append(f"Return on `tune` in its own key and metre: {here:.1f}{beside(task)}.")
    if bars <= WIDEST:
        write_bytes(Path(f"{piece.name}-rewards.png"), png_bytes(draw_account(task, melody)))
        lines += ["", f"![rewards by rule and step]({piece.name}-rewards.png)"]
    print(f"{piece.name}: {lines[-1] if bars > WIDEST else melody.text}", flush=True)
    return "\n".join(lines)


def beside(task: em.Task) -> str:
    """Returns of held-out tunes on the same grid, where there are a few."""
    style = style_of(task)
    found = held_out(task.grid, None, style=style).melodies
    if len(found) < 10:
        return ""
    low, middle, high = np.quantile(task.evaluate(found), [0.1, 0.5, 0.9])
    return f"; of {len(found)} held-out tunes of `{style}` P10 {low:.1f}, median {middle:.1f}, P90 {high:.1f}"


def main() -> None:
    """Make all pieces, and the page."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.chdir(FOLDER)
    parts = [entry(piece) for piece in PIECES]
    (FOLDER / "README.md").write_text(HEAD + "\n\n".join(parts) + "\n", encoding="utf-8")


HEAD = """# Twelve melodies

Made by `python experiments/gallery.py`: each melody by the command beside it, then engraved by verovio and played by
the synthesis of the package. The pictures show the reward of each rule at each step. Nothing was chosen after hearing
it but the seeds of the drawn tunes.

"""


if __name__ == "__main__":
    main()
