"""The classic `.POMDP` text format (Cassandra's file specification), read and written; reading is bounded.

A file is a run of words; `#` starts a comment, colons stand for themselves, and white space, line ends too, only parts
words. First `discount`, `values`, `states`, `actions`, `observations` in any order, then `start`, then entries of T, O
and R; where two say the same cell, the later one holds. A `*` stands for every state, action or observation.
"""

from __future__ import annotations

import math
import os
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, number, shown, wrong
from evomusic.core.theory import nearest
from evomusic.models.names import near
from evomusic.models.outcomes import TOLERANCE
from evomusic.models.pomdp_cells import Cells, Rewards
from evomusic.models.rows import LISTED

Model = TypeVar("Model")

ROUNDED = 1e-5  # how far from 1 a row of decimals may sum

_WORD = re.compile(r":|[^\s:]+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COUNTED = {"states": "state", "actions": "action", "observations": "observation"}
_READERS = dict.fromkeys(_COUNTED, "names") | {"T": "probabilities", "O": "probabilities", "R": "rewards"}
MOST = 100_000  # states, actions or observations
CELLS = 2**24  # numbers of all tables: 128 MiB
WRITES = 2**27  # cells that entries may write, since a short entry with stars fills a table
SIZE, WORDS, LETTERS = 2**24, 2**20, 200  # characters of a text, words of a text, characters of a word
LONG_SIZE, LONG_WORDS = 2**27, 2**24  # the same of a text whose model is sparse
_KEYS = ("discount", "values", *_COUNTED, "start", "T", "O", "R")

Place = int | slice


class Word(NamedTuple):
    """One word of a file, and the line that it stands on."""

    text: str
    line: int


class Words:
    """The words of a file, read from the left; only those next to be read are kept."""

    def __init__(self, text: str, most: int = WORDS):
        lines, count = text.splitlines(), 0
        for i, line in enumerate(lines, 1):
            for word in _words_of(line):
                count += 1
                if len(word) > LETTERS:
                    raise _error(Word(word, i), f"words of at most {LETTERS} characters")
            if count > most:
                raise ValueError(f"line {i}: the text has more than {most:,} words, expected fewer")
        self.rest = (Word(word, i) for i, line in enumerate(lines, 1) for word in _words_of(line))
        self.next: deque[Word] = deque()
        self.end = Word("", max(len(lines), 1))

    def peek(self, ahead: int = 0) -> Word:
        """The next word, or one after it; an empty one at the end."""
        while len(self.next) <= ahead:
            word = next(self.rest, self.end)
            if word is self.end:
                return word
            self.next.append(word)
        return self.next[ahead]

    def take(self) -> Word:
        """The next word; reading goes on after it."""
        word = self.peek()
        if self.next:
            self.next.popleft()
        return word

    def colon(self, after: str) -> None:
        """Go over a colon."""
        if self.peek().text != ":":
            raise _error(self.peek(), f"a colon after {after!r}")
        self.take()

    def opens(self, at: int = 0) -> bool:
        """Whether a new entry, or the end, follows, after so many words."""
        word = self.peek(at).text
        if word and word not in _KEYS:
            return False
        ahead = self.peek(at + 1).text
        return (
            not word
            or ahead == ":"
            or (word == "start" and ahead in ("include", "exclude") and self.peek(at + 2).text == ":")
        )

    def number(self, wanted: str) -> float:
        """The next number; a sign may stand apart."""
        word = self.take()
        text = word.text + self.take().text if word.text in ("+", "-") else word.text
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise _error(Word(text, word.line), wanted)
        return float(text)

    def numbers(self, count: int, wanted: str) -> NDArray[np.float64]:
        """As many numbers, and no more."""
        found = np.array([self.number(f"{wanted}: {count} in all, number {i + 1} here") for i in range(count)])
        if not self.opens():
            raise _error(self.peek(), f"no more than {count} for {wanted}, then discount, start, T, O or R and a colon")
        return found


def _words_of(line: str) -> Sequence[str]:
    """The words of a line, without its comment."""
    return _WORD.findall(line.partition("#")[0]) if line else ()


def _error(word: Word, wanted: str) -> ValueError:
    came = shown(word.text) if word.text else "the end of the file"
    return ValueError(f"line {word.line}: {came} came, expected {wanted}")


def _no_key(word: Word) -> ValueError:
    return _error(word, f"one of {', '.join(_KEYS)} and a colon{near(word.text, _KEYS)}")


class Reader:
    """Reads a model entry by entry into tables.

    Args:
        text: the text.
        discount: of a text that says none.
        listed: list what can happen, for SparsePOMDP, in place of dense tables.
    """

    def __init__(self, text: str, discount: float | None = None, listed: bool = False):
        size, words = (LONG_SIZE, LONG_WORDS) if listed else (SIZE, WORDS)
        if len(text) > size:
            raise ValueError(f"the text has more than {size:,} characters, expected fewer")
        self.words, self.listed = Words(text, words), listed
        self.default = None if discount is None else number("discount", discount, 0.0, 1.0)
        self.names: dict[str, tuple[str, ...]] = {}
        self.discount: float | None = None
        self.sign, self.valued = 1.0, False
        self.start: NDArray[np.float64] | None = None
        self.tables: dict[str, Any] = {}
        self.numbers: dict[str, dict[str, int]] = {}
        self.written = 0

    def fields(self) -> dict[str, Any]:
        """The arguments of FinitePOMDP, once all was read."""
        while self.words.peek().text:
            if not self.words.opens():
                raise _no_key(self.words.peek())
            key = self.words.take()
            if key.text in ("T", "O", "R") and not self.tables:
                self._begin(key)
            getattr(self, f"_read_{_READERS.get(key.text, key.text)}")(key)
        if not self.tables:
            self._begin(self.words.end)
        if self.listed:
            return self._listed_fields()
        return {
            "transitions": _unrounded(self.tables["T"]),
            "emissions": _unrounded(self.tables["O"]),
            "rewards": self.sign * self.tables["R"] + 0.0,
            "start": self.start,
            "discount": self.discount,
            **{f"{what}_names": names for what, names in self.names.items()},
        }

    def _listed_fields(self) -> dict[str, Any]:
        """The arguments of SparsePOMDP."""
        transitions, emissions = (self.tables[key].rows(ROUNDED) for key in "TO")
        states = len(self.names["state"])
        return {
            "transitions": transitions,
            "emissions": emissions,
            "expected": self.sign * self.tables["R"].expected(transitions, emissions) + 0.0,
            "start": np.full(states, 1 / states) if self.start is None else self.start,
            "discount": self.discount,
            **{f"{what}_names": names for what, names in self.names.items()},
        }

    def _begin(self, word: Word) -> None:
        """Tables of zeros, once everything is named."""
        missing = [key for key, what in _COUNTED.items() if what not in self.names]
        self.discount = self.default if self.discount is None else self.discount
        missing = ["discount"] * (self.discount is None) + missing
        if missing:
            hint = "; or give `discount=` to read or parse" * (missing[0] == "discount")
            raise _error(word, f"{missing[0]} and a colon first: it is missing{hint}")
        states, actions, seen = (len(self.names[x]) for x in ("state", "action", "observation"))
        if self.listed:
            if actions * states > LISTED:
                raise _error(word, f"at most {LISTED:,} pairs of actions and states: it has {actions * states:,}")
            self.tables = {
                "T": Cells((actions, states, states)),
                "O": Cells((actions, states, seen)),
                "R": Rewards((actions, states, states, seen)),
            }
            return
        self._check_size(word, actions * states * (states + seen + 1))
        self.tables = {
            "T": np.zeros((actions, states, states)),
            "O": np.zeros((actions, states, seen)),
            "R": np.zeros((actions, states, 1, 1)),
        }

    def _read_discount(self, key: Word) -> None:
        self.words.colon("discount")
        values = self.words.number("a number from 0 to 1")
        if not 0 <= values <= 1:
            raise _error(Word(str(values), key.line), "a discount from 0 to 1")
        if self.discount is not None:
            raise _error(key, "one discount: there was one before")
        self.discount = values

    def _read_values(self, key: Word) -> None:
        self.words.colon("values")
        word = self.words.take()
        if word.text not in ("reward", "rewards", "cost", "costs"):
            raise _error(word, f"reward or cost{nearest(word.text, ('reward', 'cost'))}")
        if self.valued:
            raise _error(key, "values once: they were given before")
        self.valued = True
        self.sign = -1.0 if word.text.startswith("cost") else 1.0

    def _read_names(self, key: Word) -> None:
        self.words.colon(key.text)
        if self.tables:
            raise _error(key, "states, actions and observations before T, O and R")
        found: dict[str, int] = {}
        while not self.words.opens():
            word = self.words.take()
            if self.words.peek().text == ":":
                raise _no_key(word)
            if word.text in (":", "*") or word.text in found:
                raise _error(word, f"names of {key.text}, each once")
            found[word.text] = len(found)
            if len(found) > MOST:
                raise _error(word, f"at most {MOST} {key.text}")
        only = next(iter(found), "")
        if len(found) == 1 and _NUMBER.fullmatch(only):
            if not only.isdecimal() or not 1 <= int(only) <= MOST:
                raise _error(Word(only, key.line), f"a number of {key.text} from 1 to {MOST}, or their names")
            found = {str(i): i for i in range(int(only))}
        if not found:
            raise _error(self.words.peek(), f"a number of {key.text} from 1 up, or their names")
        self.names[_COUNTED[key.text]], self.numbers[_COUNTED[key.text]] = tuple(found), found

    def _read_start(self, key: Word) -> None:
        if "state" not in self.names:
            raise _error(key, "states before start")
        states = len(self.names["state"])
        listed = self.words.take().text if self.words.peek().text in ("include", "exclude") else ""
        self.words.colon("start")
        word, alone = self.words.peek(), not self.words.opens() and self.words.opens(1)
        if listed:
            chosen = np.full(states, listed == "exclude")
            while not self.words.opens():
                chosen[self._place("state", star=False)] = listed == "include"
            if not chosen.any():
                raise _error(word, "a state or more to start from")
            self.start = chosen / chosen.sum()
        elif alone and word.text == "uniform":
            self.words.take()
            self.start = np.full(states, 1 / states)
        elif alone and states > 1:
            self.start = np.zeros(states)
            self.start[self._place("state", star=False)] = 1.0
        else:
            self.start = _unrounded(self.words.numbers(states, "probabilities of the first state"))

    def _place(self, what: str, star: bool = True) -> Place:
        """A state, action or observation, by name or number; `*` is all."""
        word, names = self.words.take(), self.names[what]
        if word.text == "*" and star:
            return slice(None)
        if word.text in self.numbers[what]:
            return self.numbers[what][word.text]
        if word.text.isdecimal() and int(word.text) < len(names):
            return int(word.text)
        raise _error(word, f"a name of one of {len(names)} {what}s, or a number below that{near(word.text, names)}")

    def _places(self, *kinds: str) -> list[Place]:
        """Places parted by colons, as far as they go."""
        found: list[Place] = []
        for what in kinds:
            if found and self.words.peek().text != ":":
                break
            self.words.colon("an entry's name")
            found.append(self._place(what))
        return found

    def _read_probabilities(self, entry: Word) -> None:
        """An entry, a row or a matrix of T or O."""
        self._read_table(entry)
        if self.listed:
            self._check_listed(entry, self.tables[entry.text])

    def _check_listed(self, entry: Word, table: Cells | Rewards) -> None:
        """Raise where a table lists too much."""
        if table.count > LISTED:
            raise _error(entry, f"entries that list at most {LISTED:,} numbers in all")

    def _read_table(self, entry: Word) -> None:
        key, of = entry.text, "the next state" if entry.text == "T" else "the observation"
        at = self._places("action", "state", "state" if key == "T" else "observation")
        table, word = self.tables[key], self.words.peek()
        width = table.shape[2]
        if not self.listed:
            self._count_writes(entry, table, at)
        if len(at) == 3:
            table[tuple(at)] = self.words.numbers(1, f"a probability of {of}")[0]
        elif word.text == "uniform":
            table[tuple(at)] = 1 / width
        elif word.text == "identity" and key == "T" and len(at) == 1:
            if self.listed:
                table.identity(at[0])
            else:
                table[tuple(at)] = np.eye(width)
        elif word.text == "reset" and key == "T":
            table[tuple(at)] = np.full(width, 1 / width) if self.start is None else self.start
        else:
            shape = (width,) if len(at) == 2 else table.shape[1:]
            table[tuple(at)] = self.words.numbers(math.prod(shape), f"probabilities of {of}").reshape(shape)
            return
        if len(at) < 3:
            self.words.take()

    def _read_rewards(self, entry: Word) -> None:
        at = self._places("action", "state", "state", "observation")
        states, seen = len(self.names["state"]), len(self.names["observation"])
        if len(at) < 2:
            raise _error(self.words.peek(), "a colon and a state after R and an action")
        shape = {4: (), 3: (seen,), 2: (states, seen)}[len(at)]
        values = self.words.numbers(math.prod(shape), "rewards").reshape(shape)
        if self.listed:
            self.tables["R"][tuple(at)] = values
            self._check_listed(entry, self.tables["R"])
            return
        self._widen(entry, len(at) == 2 or isinstance(at[2], int), len(at) < 4 or isinstance(at[3], int))
        self._count_writes(entry, self.tables["R"], at)
        self.tables["R"][tuple(at)] = values

    def _widen(self, entry: Word, by_state: bool, by_observation: bool) -> None:
        """Give rewards an axis of next states, of observations, where they begin to depend on them."""
        old = self.tables["R"]
        sizes = (len(self.names["state"]) if by_state else 1, len(self.names["observation"]) if by_observation else 1)
        shape = (*old.shape[:2], max(sizes[0], old.shape[2]), max(sizes[1], old.shape[3]))
        if shape != old.shape:
            self._check_size(entry, sum(self.tables[key].size for key in "TO") + math.prod(shape))
            self.tables["R"] = np.broadcast_to(old, shape).copy()

    def _check_size(self, word: Word, cells: int) -> None:
        """Raise where tables would have too many numbers together."""
        if cells > CELLS:
            raise _error(
                word,
                f"a model of at most {CELLS:,} numbers in all, for actions x states x (states + observations) and the "
                f"rewards: it has {cells:,}",
            )

    def _count_writes(self, entry: Word, table: NDArray[np.float64], at: Sequence[Place]) -> None:
        """Raise where entries write too many cells in all."""
        cells = [n for n, place in zip(table.shape, (*at, *[slice(None)] * 4), strict=False) if place == slice(None)]
        self.written += math.prod(cells)
        if self.written > WRITES:
            raise _error(entry, f"entries that write at most {WRITES:,} cells in all")


def _unrounded(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows (.., N) that sum to nearly 1, divided by their sum; others are left for the check to find."""
    sums = table.sum(axis=-1, keepdims=True)
    return np.where(
        (np.abs(sums - 1) <= ROUNDED) & (np.abs(sums - 1) > TOLERANCE), table / np.where(sums > 0, sums, 1), table
    )


def parse_fields(text: str, discount: float | None = None, listed: bool = False) -> dict[str, Any]:
    """The arguments of FinitePOMDP, or of SparsePOMDP (listed), from a text.

    Raises:
        ValueError: another word was expected, or a bound is passed; the error names the line.
    """
    return Reader(text, discount, listed).fields()


def read_text(path: str | Path, most: int, parse: Callable[[str], Model]) -> Model:
    """A model from a file of at most so many bytes.

    Raises:
        OSError: the file cannot be read.
        ValueError: what `parse` raises, after the path.
    """
    instance("path", path, (str, os.PathLike), "the path of a file")
    with Path(path).open("rb") as file:
        data = file.read(most + 1)
    try:
        if len(data) > most:
            raise ValueError(f"the file has more than {most:,} bytes, expected fewer")
        return parse(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def write_listed(model: Any) -> str:  # SparsePOMDP
    """A sparse model in the format, an entry a line, with every digit of its numbers."""
    names = {what: _spoken(model.names(what)) for what in _COUNTED.values()}
    lines = _head(model.discount, names, model.start)
    names = {what: _places(words) for what, words in names.items()}
    for key, rows in (("T", model.transitions), ("O", model.emissions)):
        a, s = np.divmod(rows.row, model.states)
        ends = names["state" if key == "T" else "observation"]
        lines += [
            f"{key}: {names['action'][i]} : {names['state'][j]} : {ends[k]} {p!r}"
            for i, j, k, p in zip(a.tolist(), s.tolist(), rows.to.tolist(), rows.p.tolist(), strict=True)
        ]
    lines += [
        f"R: {names['action'][a]} : {names['state'][s]} : * : * {model.expected[a, s].item()!r}"
        for a, s in np.argwhere(model.expected != 0).tolist()
    ]
    return "\n".join(lines) + "\n"


def _spoken(names: Sequence[Any]) -> tuple[str, ...]:
    """Names, or their numbers where some are no text."""
    return tuple(names if all(isinstance(name, str) for name in names) else map(str, range(len(names))))


def _places(names: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an entry for names: their numbers, but for the names where one of these looks like a number."""
    return names if any(name.isdecimal() for name in names) else tuple(map(str, range(len(names))))


def _head(discount: float, names: Mapping[str, tuple[str, ...]], start: NDArray[np.float64]) -> list[str]:
    """The lines before the entries."""
    lines = [f"discount: {discount!r}", "values: reward"]
    for key, what in _COUNTED.items():
        words = names[what]
        plain = words == tuple(map(str, range(len(words))))
        lines.append(f"{key}: {len(words) if plain else ' '.join(_words(what, words))}")
    return [*lines, f"start: {_row(start)}"]


def write_text(fields: Mapping[str, Any]) -> str:
    """A model in the format, with every digit of its numbers; `fields` are those of FinitePOMDP."""
    transitions, emissions, rewards = fields["transitions"], fields["emissions"], fields["rewards"]
    names = {what: tuple(fields[f"{what}_names"]) for what in _COUNTED.values()}
    lines = _head(fields["discount"], names, fields["start"])
    names = {what: _places(words) for what, words in names.items()}
    for a in range(len(transitions)):
        action = names["action"][a]
        lines += [f"T: {action}", *map(_row, transitions[a]), f"O: {action}", *map(_row, emissions[a])]
    ends = [rewards.shape[i] == 1 for i in (2, 3)]
    for a, s, *last in np.argwhere(rewards != 0).tolist():
        after = " : ".join(
            "*" if all_alike else names[what][n]
            for all_alike, what, n in zip(ends, ("state", "observation"), last, strict=True)
        )
        lines.append(
            f"R: {names['action'][a]} : {names['state'][s]} : {after} {rewards[a, s, last[0], last[1]].item()!r}"
        )
    return "\n".join(lines) + "\n"


def _words(what: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names, refused where the format would read them otherwise."""
    for name in names:
        alone = len(names) == 1 and _NUMBER.fullmatch(name)
        if not _WORD.fullmatch(name) or name in (":", "*") or "#" in name or len(name) > LETTERS or alone:
            raise wrong(f"{what}_names", name, f"words of 1 to {LETTERS} characters without white space, colon, * or #")
    return names


def _row(numbers: Sequence[float] | NDArray[np.float64]) -> str:
    return " ".join(repr(float(x)) for x in numbers)
