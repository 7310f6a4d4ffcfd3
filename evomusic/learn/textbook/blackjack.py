"""Blackjack with an infinite deck, as an explicit model (Sutton & Barto 2018, example 5.1).

A card is 1 (ace) to 9 with probability 1/13 each, or 10 with 4/13. An ace counts 11 where that does not bust: it is
usable then. The dealer shows one card, and draws up to 17. Gymnasium has the game as `Blackjack-v1` with `sab=True`.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, Final

from evomusic.models.mdp import FiniteMDP

CARDS: Final = {card: 4 / 13 if card == 10 else 1 / 13 for card in range(1, 11)}
STANDS: Final = 17  # sum from which the dealer draws no more
NATURAL: Final = "natural"
OVER: Final = "over"


def blackjack() -> FiniteMDP:
    """Return the game as an MDP with gamma 1.

    States are named (sum, dealer's card, usable ace) as Gymnasium's observations are, sums 4 to 21 and usable aces 0 or
    1; besides, (`natural`, dealer's card) after 21 with two cards, and `over`. Actions are `stick` and `hit`, numbered
    as in Gymnasium.
    """
    hands = [(total, dealer, ace) for ace in (0, 1) for total in range(4 + 8 * ace, 22) for dealer in CARDS]
    states: list[Hashable] = [*hands, *((NATURAL, dealer) for dealer in CARDS), OVER]
    start: dict[Any, float] = {}
    for first, p in CARDS.items():
        for second, q in CARDS.items():
            for dealer, r in CARDS.items():
                hand = drawn(*drawn(0, 0, first), second)
                state = (NATURAL, dealer) if hand == (21, 1) else (hand[0], dealer, hand[1])
                start[state] = start.get(state, 0.0) + p * q * r
    return FiniteMDP.from_functions(states, ["stick", "hit"], _step, start=start)


def drawn(total: int, ace: int, card: int) -> tuple[int, int]:
    """Return the sum of a hand after a card, and whether an ace in it is usable; above 21 it is bust."""
    if card == 1 and total + 11 <= 21:
        return total + 11, 1
    total += card
    return (total - 10, 0) if ace and total > 21 else (total, ace)


@cache
def dealers(total: int, ace: int) -> tuple[tuple[int, float], ...]:
    """Return the sums that the dealer ends with, from a hand, and their probabilities; 22 is any bust."""
    if total >= STANDS:
        return ((min(total, 22), 1.0),)
    chances: dict[int, float] = {}
    for card, p in CARDS.items():
        for end, q in dealers(*drawn(total, ace, card)):
            chances[end] = chances.get(end, 0.0) + p * q
    return tuple(chances.items())


def _after(p: float, dealer: int, total: int, ace: int) -> tuple[float, Any, float, bool]:
    """Return the outcome of a hit that leaves a hand."""
    return (p, OVER, -1.0, True) if total > 21 else (p, (total, dealer, ace), 0.0, False)


def _step(state: Any, action: Any) -> Any:
    if state == OVER:
        return 1.0, OVER, 0.0, True
    if action == "hit":
        hand, dealer = ((21, 1), state[1]) if state[0] == NATURAL else ((state[0], state[2]), state[1])
        return [_after(p, dealer, *drawn(hand[0], hand[1], card)) for card, p in CARDS.items()]
    dealer = state[1]
    if state[0] == NATURAL:
        tie = CARDS[10] if dealer == 1 else CARDS[1] if dealer == 10 else 0.0  # the dealer's natural
        return [(1 - tie, OVER, 1.0, True), (tie, OVER, 0.0, True)] if tie else (1.0, OVER, 1.0, True)
    chances = dict.fromkeys((1.0, 0.0, -1.0), 0.0)
    for end, p in dealers(*drawn(0, 0, dealer)):
        chances[1.0 if end == 22 or end < state[0] else 0.0 if end == state[0] else -1.0] += p
    return [(p, OVER, reward, True) for reward, p in chances.items() if p > 0]
