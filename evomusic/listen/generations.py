"""The generations of a session: the first one, and the next of what the listener likes; each is an event."""

from __future__ import annotations

import numpy as np

from evomusic.core.automata import TooManyStates
from evomusic.core.melody import Melody
from evomusic.listen import breeding
from evomusic.listen.breeding import Candidates
from evomusic.listen.log import Event
from evomusic.listen.melodies import Rows
from evomusic.listen.service import Service
from evomusic.listen.session import Card
from evomusic.listen.web import Refused


def first_generation(service: Service, theme: Melody | None = None) -> Event:
    """The first generation: a tune of the listener's own and its variations, or fresh draws."""
    rng, made = np.random.default_rng([service.seed, 0]), list[Card]()
    if theme is not None:
        own = theme.canonical.tokens
        made.append(service.new_card(0, own.tobytes(), "your tune", (), 0))
        bred = breeding.children(own[None], service.task, service.source.form, breeding.CHILDREN, rng)
        for row in breeding.spread(np.concatenate([own[None], bred.rows]), breeding.SHOWN)[1:]:
            made.append(service.new_card(len(made), row.tobytes(), f"varied from {made[0].name}", (made[0].id,), 0))
    for row in service.source.first(breeding.POOL - len(made), rng):
        how = "drawn from the soft optimum" if service.source.tunes is None else "drawn as real tunes are"
        made.append(service.new_card(len(made), row.tobytes(), how, (), 0))
    return _event(made)


def next_generation(service: Service) -> Event:
    """Children of what the listener likes and fresh draws; see `breeding`."""
    service.say("progress", f"breeding {breeding.CHILDREN + breeding.SOFT + breeding.SONGS:,} melodies")
    session, rng = service.session, np.random.default_rng([service.seed, 3, service.version])
    parents = session.parents or service.taste.best(session, 2)
    if not parents:
        raise Refused("all melodies of this generation were dropped; undo one of them to breed", 409)
    rows, form = session.rows(parents), service.source.form
    bred = breeding.children(rows, service.task, form, breeding.CHILDREN, rng)
    groups = [
        bred.only(service.taste.usual(bred.rows, rows)),
        Candidates.drawn(_soft(service, rng)),
        Candidates.drawn(service.source.songs(breeding.SONGS, rng)),
    ]
    names, made = [session.cards[card].name for card in parents], list[Card]()
    for group, i in breeding.chosen(groups, lambda rows, k: service.taste.scores(session, rows, k, rng), rng):
        own = groups[group].parents[i]
        how = ("bred from " if len(own) > 1 else "varied from ") + " and ".join(names[k] for k in own)
        how = how if own else "drawn from your soft optimum" if group == 1 else "drawn as real tunes are"
        tokens, ids = groups[group].rows[i].tobytes(), tuple(parents[k] for k in own)
        made.append(service.new_card(len(made), tokens, how, ids, session.generation + 1))
    return _event(made)


def _soft(service: Service, rng: np.random.Generator) -> Rows:
    """Draws of the soft optimum as it is steered; none where the task's style is too large for it."""
    try:
        return service.source.soft(breeding.SOFT, rng, service.policy())
    except TooManyStates:
        return np.zeros((0, service.task.grid.steps), np.uint8)


def _event(cards: list[Card]) -> Event:
    return {"kind": "generation", "cards": [card.to_json() for card in cards], "shown": breeding.SHOWN}
