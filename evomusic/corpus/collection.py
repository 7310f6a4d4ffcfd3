"""Collections of tunes with a split: a fifth of the tunes is held out, and what doubles one of them is not trained on.

The tunes come with music21, which is located but not imported; their transcriptions are not copied: only statistics
derived from them are shipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from evomusic.core import theory
from evomusic.core.checks import choice
from evomusic.core.grid import Grid
from evomusic.corpus.cache import Cache, cache_folder
from evomusic.corpus.excerpts import Excerpts, excerpts
from evomusic.corpus.modes import read_as
from evomusic.corpus.style import train
from evomusic.corpus.tunes import Section, Source, digest
from evomusic.rules.style_model import Metre, StyleModel

Split = Literal["train", "held out", "all"]
HELD_OUT: Final = 5  # one tune in five


class Text(NamedTuple):
    """A tune's name and the bytes that it was read from."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Collection:
    """A collection that is at hand.

    Args:
        name: of its cache.
        title: in error messages.
        folders: below music21's corpus.
        texts: the tunes of a file of the collection.
        read: the sections of a tune.
        styles: the shipped styles: their mode, and a mode whose tunes are read as of it, or nothing.
        metre: whose pitches the styles count; of every metre when None.
        source: and the next two: for the provenance of a style.
        licence: see above.
        method: see above.
    """

    name: str
    title: str
    folders: tuple[str, ...]
    texts: Callable[[Path], Iterator[Text]]
    read: Callable[[bytes], tuple[Section, ...]]
    styles: Mapping[str, tuple[str, str]]
    metre: Metre | None
    source: str
    licence: str
    method: str

    def paths(self) -> list[Path]:
        """The files, in order of their names' hashes, so that the first few are a fair sample.

        Raises:
            ValueError: music21 is not installed, or has no such collection.
        """
        spec = find_spec("music21")
        corpus = Path(spec.origin).parent / "corpus" if spec and spec.origin else None
        files = [path for folder in self.folders for path in sorted((corpus / folder).glob("*.abc"))] if corpus else []
        if not files:
            raise ValueError(f"{self.title} was not found; install music21, which brings it: pip install music21")
        return sorted(files, key=lambda path: _hash(path.stem))

    def tunes(self, split: Split = "all") -> Iterator[Source]:
        """The tunes of a split, each read when it is asked for, from the cache where it has been read before.

        Raises:
            ValueError: as `paths`.
        """
        choice("split", split, get_args(Split))
        cache, texts = _cache(cache_folder(), self.name), self._texts()
        held = (self._tune(text, cache) for text in texts if is_held_out(text.name))
        rest = (self._tune(text, cache) for text in texts if not is_held_out(text.name))
        try:
            if split == "train":
                reserved = {four for tune in held for four in four_bars(tune)}
                yield from (tune for tune in rest if reserved.isdisjoint(four_bars(tune)))
            else:
                yield from held
                yield from rest if split == "all" else ()
        finally:
            cache.save()

    def _texts(self) -> list[Text]:
        """The tunes in order of their names' hashes."""
        return sorted((text for path in self.paths() for text in self.texts(path)), key=lambda text: _hash(text.name))

    def _tune(self, text: Text, cache: Cache) -> Source:
        key = digest(text.content)
        sections = cache.get(key)
        if sections is None:
            sections = self.read(text.content)
            cache.put(key, sections)
        return Source(text.name, key, sections)

    def held_out(
        self, grid: Grid, most: int | None = 100, *, tonic: str | None = None, mode: str | None = None
    ) -> Excerpts:
        """Excerpts of held-out tunes on a grid; reads only as many tunes as needed, in an order that does not change.

        Args:
            grid: the frame.
            most: number of excerpts, all when None.
            tonic: as for `excerpts`.
            mode: as for `excerpts`.
        """
        return excerpts(self.tunes("held out"), grid, tonic=tonic, mode=mode, most=most)

    def training(self, grid: Grid, *, tonic: str | None = None, mode: str | None = None) -> Excerpts:
        """All excerpts of training tunes on a grid."""
        return excerpts(self.tunes("train"), grid, tonic=tonic, mode=mode)

    def style_tunes(self, name: str) -> Iterator[Source]:
        """The tunes that a shipped style is trained on, those of another mode that are read as of its own included."""
        mode, also = self.styles[choice("name", name, self.styles)]
        return (read_as(source, also, mode) if also else source for source in self.tunes("train"))

    def style(self, name: str) -> StyleModel:
        """A shipped style, one of `styles`, trained anew from the training tunes."""
        choice("name", name, self.styles)
        mode, also = self.styles[name]
        every = [text.name for text in self._texts()]
        sources = list(self.style_tunes(name))
        held = sum(map(is_held_out, every))
        taken = f"{mode} tunes, and {also} ones read as {mode}" if also else f"{mode} tunes"
        return train(
            sources,
            name,
            mode=mode,
            metre=self.metre,
            least=50,
            provenance={
                "source": self.source,
                "licence": self.licence,
                "method": f"{taken.capitalize()}, {self.method}",
                "command": "python -m evomusic.corpus",
                "tunes in the collection": len(every),
                "tunes held out": held,
                "tunes left out as doubles": len(every) - held - len(sources),
            },
        )


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def is_held_out(name: str) -> bool:
    """Whether a tune is held out, by its name; the same on every machine."""
    return int(_hash(name)[:8], 16) % HELD_OUT == 0


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


@lru_cache(maxsize=4)
def _cache(folder: Path, name: str) -> Cache:
    """One a process, folder and collection."""
    return Cache.open(folder, name)
