"""Slow twins of the moves, written from their definitions on lists of notes and of cells, not on tokens.

A note is [onset, length, pitch]; a cell is what one step sounds: (pitch or None, whether it begins here).
"""

from __future__ import annotations

import numpy as np

from evomusic.core.grid import FIRST_PITCH, HOLD, REST


def notes_of(row):
    notes, sounding = [], False
    for t, token in enumerate(np.asarray(row).tolist()):
        if token >= FIRST_PITCH:
            notes.append([t, 1, token - FIRST_PITCH])
            sounding = True
        elif token == REST:
            sounding = False
        elif sounding:
            notes[-1][1] += 1
    return notes


def row_of(notes, steps):
    row = [REST] * steps
    for onset, length, pitch in notes:
        row[onset : onset + length] = [pitch + FIRST_PITCH] + [HOLD] * (length - 1)
    return row


def cells_of(row):
    cells = [(None, True)] * len(row)
    for onset, length, pitch in notes_of(row):
        for t in range(onset, onset + length):
            cells[t] = (pitch, t == onset)
    return cells


def tokens_of(cells):
    return [REST if pitch is None else pitch + FIRST_PITCH if begins else HOLD for pitch, begins in cells]


def joined(before, after):
    """Cells end to end; a tied cell is struck anew where another pitch, or none, sounds before it."""
    if after and after[0][0] is not None and not after[0][1]:
        tied = bool(before) and before[-1][0] == after[0][0]
        after = [(after[0][0], not tied), *after[1:]]
    return [*before, *after]


def drawn(choices, u):
    return choices[int(u * len(choices))]


def events(cells):
    """Cells cut where a note or a rest begins; the first piece begins in any case."""
    pieces = []
    for i, (pitch, begins) in enumerate(cells):
        if begins or i == 0:
            pieces.append([(pitch, True)])
        else:
            pieces[-1].append((pitch, False))
    return pieces


def rearranged(row, a, b, order):
    cells = cells_of(row)
    pieces = events(cells[a:b])
    if len(pieces) == 1:
        return tokens_of(cells)
    inside = [cell for piece in order(pieces) for cell in piece]
    return tokens_of(joined(cells[:a] + inside, cells[b:]))


def reverse(row, a, b):
    return rearranged(row, a, b, lambda pieces: pieces[::-1])


def rotate(row, a, b, u):
    def order(pieces):
        first = 1 + int(u * (len(pieces) - 1))
        return pieces[first:] + pieces[:first]

    return rearranged(row, a, b, order)


def shifts(low, high, pitches):
    return [by for by in range(-7, 8) if by and low + by >= 0 and high + by < pitches]


def transpose(row, a, b, pitches, u):
    notes = notes_of(row)
    inside = [n for n in notes if a <= n[0] < b]
    choices = shifts(min(n[2] for n in inside), max(n[2] for n in inside), pitches) if inside else []
    by = drawn(choices, u) if choices else 0
    for note in inside:
        note[2] += by
    return row_of(notes, len(row))


def invert(row, a, b, pitches):
    notes = notes_of(row)
    inside = [n for n in notes if a <= n[0] < b]
    if inside:
        wanted = 2 * inside[0][2]
        legal = [s for s in range(2 * pitches) if all(0 <= s - n[2] < pitches for n in inside)]
        axis = min(legal, key=lambda s: abs(s - wanted))
        for note in inside:
            note[2] = axis - note[2]
    return row_of(notes, len(row))


def copy(row, bar, half, pitches, varied, u, v, w, x):
    steps = len(row)
    unit = bar if steps > bar and u < 0.5 else half
    units = list(range(0, steps, unit))
    if len(units) < 2:
        return tokens_of(cells_of(row))
    source = drawn(units, v)
    to = drawn([s for s in units if s != source], w)
    cells = cells_of(row)
    head = joined(cells[:to], cells[source : source + unit])
    inside = head[to:]
    if varied:
        struck = [p for p, begins in inside if begins and p is not None]
        choices = shifts(min(struck), max(struck), pitches) if struck else []
        by, began = (drawn(choices, x) if choices else 0), False
        for i, (pitch, begins) in enumerate(inside):
            began = began or begins
            if pitch is not None and began:
                inside[i] = (pitch + by, begins)
    return tokens_of(joined(head[:to] + inside, cells[to + unit :]))


def move(row, pitches, u, v, w):
    notes = notes_of(row)
    if notes:
        note = drawn(notes, u)
        near = [p for p in range(pitches) if p != note[2] and (v >= 0.5 or abs(p - note[2]) <= 2)]
        note[2] = drawn(near, w) if near else note[2]
    return row_of(notes, len(row))


def shift(row, u):
    notes = notes_of(row)
    choices = []
    for i, (onset, length, _) in enumerate(notes):
        shorter = notes[i - 1] if i and sum(notes[i - 1][:2]) == onset else None
        if onset > 0 and (shorter is None or shorter[1] > 1):
            choices.append((i, -1, shorter))
        if length > 1:
            choices.append((i, 1, shorter))
    if choices:
        i, by, before = drawn(choices, u)
        notes[i][0] += by
        notes[i][1] -= by
        if before is not None:
            before[1] += by
    return row_of(notes, len(row))


def split(row, pitches, u, v):
    notes = notes_of(row)
    choices = [(note, t) for note in notes for t in range(note[0] + 1, note[0] + note[1])]
    if choices:
        note, t = drawn(choices, u)
        pitch = drawn([p for p in range(pitches) if abs(p - note[2]) <= 2], v)
        notes.append([t, note[0] + note[1] - t, pitch])
        note[1] = t - note[0]
    return row_of(notes, len(row))


def merge(row, u):
    notes = notes_of(row)
    choices = [i for i in range(1, len(notes)) if sum(notes[i - 1][:2]) == notes[i][0]]
    if choices:
        i = drawn(choices, u)
        notes[i - 1][1] += notes[i][1]
        del notes[i]
    return row_of(notes, len(row))


def lengthen(row, u, v):
    notes = notes_of(row)
    choices = []
    for i, (onset, length, _) in enumerate(notes):
        follower = notes[i + 1] if i + 1 < len(notes) else [len(row), 1, None]
        gap = follower[0] - onset - length
        room = gap if gap else follower[1] - 1
        if room > 0:
            choices.append((notes[i], follower if gap == 0 else None, room))
    if choices:
        note, eaten, room = drawn(choices, u)
        by = drawn(range(1, room + 1), v)
        note[1] += by
        if eaten is not None:
            eaten[0] += by
            eaten[1] -= by
    return row_of(notes, len(row))


def shorten(row, u, v):
    notes = notes_of(row)
    choices = [n for n in notes if n[1] > 1]
    if choices:
        note = drawn(choices, u)
        note[1] = drawn(range(1, note[1]), v)
    return row_of(notes, len(row))
