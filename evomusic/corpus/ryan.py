"""Ryan's Mammoth Collection (Boston, 1883): 1,059 fiddle tunes, read from the installed music21.

The tunes are in the public domain; their transcriptions into ABC come with music21, which is located but not
imported, and are not copied: only statistics derived from them are shipped. A fifth of the tunes, chosen by a hash of
their names, is held out: no statistic is trained on them, nor on a tune that has four bars in common with one of them
(the collection prints some tunes twice, under two names).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, get_args

from evomusic.core import theory
from evomusic.core.checks import choice
from evomusic.core.grid import Grid
from evomusic.corpus.cache import Cache, cache_folder
from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.modes import read_as
from evomusic.corpus.style import train
from evomusic.corpus.tunes import Source, digest, from_abc
from evomusic.rules.style_model import StyleModel

Split = Literal["train", "held out", "all"]
HELD_OUT: Final = 5  # one tune in five
# The shipped styles: their mode, and a mode whose tunes are read as of it, for there are few: 25 minor ones in 4/4, 14
# dorian. Each training tune left out in turn, a note of a minor one costs 2.74 bits, and 2.78 without dorian tunes;
# of a dorian one 2.68, and 2.87 without minor tunes.
STYLES: Final = {"ryan": ("major", ""), "ryan-minor": ("minor", "dorian"), "ryan-dorian": ("dorian", "minor")}
_KEY: Final = re.compile(r"^(K:.*)$", re.MULTILINE)
_LOST: Final = re.compile(r"[A-G]\)*::.*")
_MAIL: Final = re.compile(r"=(?:20)?[ \t]*$|=3D", re.MULTILINE)
_NOTE: Final = re.compile(r"([_^=]*)([A-Ga-g][,']*)")


def paths() -> list[Path]:
    """The files, in order of their names' hashes, so that the first few are a fair sample.

    Raises:
        ValueError: music21 is not installed, or has no such collection.
    """
    spec = find_spec("music21")
    folder = Path(spec.origin).parent / "corpus" / "ryansMammoth" if spec and spec.origin else None
    files = sorted(folder.glob("*.abc"), key=lambda path: _hash(path.stem)) if folder else []
    if not files:
        raise ValueError(
            "Ryan's Mammoth Collection was not found; install music21, which brings it: pip install music21"
        )
    return files


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def is_held_out(name: str) -> bool:
    """Whether a tune is held out, by its file's name without suffix; the same on every machine."""
    return int(_hash(name)[:8], 16) % HELD_OUT == 0


def tunes(split: Split = "all") -> Iterator[Source]:
    """The tunes of a split, each read when it is asked for, from the cache where it has been read before.

    Raises:
        ValueError: as `paths`.
    """
    choice("split", split, get_args(Split))
    cache, files = _cache(cache_folder()), paths()
    held = (_tune(path, cache) for path in files if is_held_out(path.stem))
    rest = (_tune(path, cache) for path in files if not is_held_out(path.stem))
    try:
        if split == "train":
            reserved = {four for tune in held for four in four_bars(tune)}
            yield from (tune for tune in rest if reserved.isdisjoint(four_bars(tune)))
        else:
            yield from held
            yield from rest if split == "all" else ()
    finally:
        cache.save()


def four_bars(tune: Source) -> set[Hashable]:
    """Every four successive bars, as degrees and shares of the bar: alike in any key, octave and note value."""
    fours: set[Hashable] = set()
    for section in tune.sections:
        tonic = theory.parse_scale(section.key)[0] if section.key else 0
        bars = [
            tuple((sound if sound < 0 else (sound - tonic) % 12, n / section.bar_ticks) for sound, n in bar)
            for bar in section.bars
        ]
        fours.update(tuple(bars[i : i + 4]) for i in range(len(bars) - 3))
    return fours


def spell_out_slips(text: str) -> str:
    """A tune's text with the slips of its transcription spelt out as plain ABC.

    The shipped style was counted with this reading, so it stays, and with it every number that builds on the style:
    `K: EM` is E minor; a capital note before `::` is lost with the bar line; the `=` of quoted-printable mail (`=20`,
    `=3D`, or at the end of a line) is a natural that lost its note, and holds for the next note's pitch, from the
    second time that it comes in the bar.
    """
    head, key, body = _KEY.split(text, maxsplit=1)
    *parts, rest = _MAIL.split(_LOST.sub("", body))
    while parts:
        rest = parts[-1] + _naturals("".join(parts).rpartition("|")[2], rest)
        parts.pop()
    return head + key.replace("M", "m") + rest


def _naturals(before: str, text: str) -> str:
    """The text after a natural that lost its note; `before` is the bar's text up to it."""
    bar, line, rest = text.partition("|")
    first = _NOTE.search(bar)
    if first and not first[1]:
        pitch = f"{first[2]}(?![,'])"
        sign = "=" if re.search(f"[_^]{pitch}", before) else ""
        again = re.sub(f"(?<![_^=]){pitch}", f"={first[2]}", bar[first.end() :])
        bar = bar[: first.start()] + sign + first[2] + again
    return bar + line + rest


def _tune(path: Path, cache: Cache) -> Source:
    content = path.read_bytes()
    key = digest(content)
    sections = cache.get(key)
    if sections is None:
        sections = from_abc(spell_out_slips(content.decode("utf-8", errors="replace")))
        cache.put(key, sections)
    return Source(path.stem, key, sections)


@lru_cache(maxsize=1)
def _cache(folder: Path) -> Cache:
    """One a process and folder."""
    return Cache.open(folder, "ryan")


def held_out(grid: Grid, most: int | None = 100, *, tonic: str | None = None, mode: str | None = None) -> Excerpts:
    """Excerpts of held-out tunes on a grid; reads only as many tunes as needed, in an order that does not change.

    Args:
        grid: the frame.
        most: number of excerpts, all when None.
        tonic: as for `excerpts`.
        mode: as for `excerpts`.
    """
    return excerpts(tunes("held out"), grid, tonic=tonic, mode=mode, most=most)


def training(grid: Grid, *, tonic: str | None = None, mode: str | None = None) -> Excerpts:
    """All excerpts of training tunes on a grid."""
    return excerpts(tunes("train"), grid, tonic=tonic, mode=mode)


def style(name: str = "ryan") -> StyleModel:
    """A shipped style, one of `STYLES`, trained anew from the training tunes."""
    choice("name", name, STYLES)
    mode, also = STYLES[name]
    every = [path.stem for path in paths()]
    sources = list(tunes("train"))
    held = sum(map(is_held_out, every))
    taken = f"{mode} tunes, and {also} ones read as {mode}" if also else f"{mode} tunes"
    return train(
        [read_as(source, also, mode) for source in sources] if also else sources,
        name,
        mode=mode,
        metre=(4, 4),
        least=50,
        provenance={
            "source": "Ryan's Mammoth Collection (Boston: Elias Howe, 1883), as installed with music21",
            "licence": "The tunes are in the public domain. Their transcriptions, made by volunteers for music21's "
            "corpus, are not part of this file: it holds counts and percentiles derived from them.",
            "method": f"{taken.capitalize()}, windows of four full bars on a grid, moved to one tonic. Pitches and "
            "features of 4/4 (2/2 as it is, 2/4 at double note values), rhythms of every metre with 50 windows. Not "
            "used: a fifth of the tunes, held out by a hash of their names, and tunes with four bars in common with "
            "one of these.",
            "command": "python -m evomusic.corpus",
            "tunes in the collection": len(every),
            "tunes held out": held,
            "tunes left out as doubles": len(every) - held - len(sources),
        },
    )
