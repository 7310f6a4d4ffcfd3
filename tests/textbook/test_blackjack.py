"""Blackjack by dynamic programming and by sampling: Sutton & Barto 2018, example 5.1 and figure 5.2."""

from __future__ import annotations

from functools import cache

import gymnasium
import numpy as np
import pytest

import evomusic as em

GAME = em.learn.blackjack()
SOLVED = em.plan.value_iteration(GAME, gamma=1.0)
HANDS = [(total, dealer, ace) for ace in (0, 1) for total in range(12, 22) for dealer in range(1, 11)]  # the book's 200
DECK = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10)


def worth(cards):
    """The best sum of a hand, a tuple of cards, and whether an ace counts 11."""
    hard = sum(cards)
    return (hard + 10, 1) if 1 in cards and hard + 10 <= 21 else (hard, 0)


@cache
def dealer_ends(cards):
    """Probabilities of the dealer's last sum, from sorted cards; 0 is bust."""
    total, _ = worth(cards)
    if total >= 17:
        return {0 if total > 21 else total: 1.0}
    ends: dict[int, float] = {}
    for card in DECK:
        for end, p in dealer_ends(tuple(sorted((*cards, card)))).items():
            ends[end] = ends.get(end, 0.0) + p / 13
    return ends


@cache
def naive_values(cards, dealer):
    """Values of stick and hit, from all cards of the hand."""
    total, _ = worth(cards)
    stick = sum(p * ((total > end) - (total < end)) for end, p in dealer_ends((dealer,)).items())
    hit = 0.0
    for card in DECK:
        more = tuple(sorted((*cards, card)))
        hit += (-1.0 if worth(more)[0] > 21 else max(naive_values(more, dealer))) / 13
    return stick, hit


@pytest.mark.parametrize("dealer", range(1, 11))
def test_values_are_those_of_a_naive_recursion_over_hands_of_cards(dealer):
    hands = {worth(cards): cards for cards in ((2, b) for b in range(2, 11))} | {
        worth(cards): cards for cards in ((1, b) for b in range(1, 10))
    }
    hands |= {(total, 0): (10, total - 10) for total in range(12, 21)} | {(21, 0): (10, 9, 2)}
    for (total, ace), cards in hands.items():
        if total < 21 or not ace:
            values = SOLVED.q[GAME.state((total, dealer, ace))]
            assert values == pytest.approx(naive_values(tuple(sorted(cards)), dealer), abs=1e-9)


def sticks(total, dealer, ace):
    """Figure 5.2, without and with a usable ace; the notch at the ace is the book's."""
    if ace:
        return total >= 19 or (total == 18 and 2 <= dealer <= 8)
    return total >= 17 or (total >= 13 and 2 <= dealer <= 6) or (total == 12 and 4 <= dealer <= 6)


def test_the_optimal_policy_is_that_of_figure_5_2():
    assert {hand: SOLVED.policy[GAME.state(hand)] == 0 for hand in HANDS} == {hand: sticks(*hand) for hand in HANDS}


def start_value(policy):
    rows = GAME.outcomes.rows[GAME.outcomes.first[-2] :]
    return (rows["p"] * em.plan.evaluate_policy(GAME, policy, gamma=1.0)[rows["to"]]).sum()


def test_gymnasium_plays_the_same_game():
    """Mean return of the optimal policy over 10,000 games; five standard errors, sd below 1."""
    env, total = gymnasium.make("Blackjack-v1", sab=True).unwrapped, 0.0
    hand, _ = env.reset(seed=0)
    for _ in range(10_000):
        over = False
        while not over:
            hand, reward, over, _, _ = env.step(int(SOLVED.policy[GAME.state(tuple(map(int, hand)))]))
        total += reward
        hand, _ = env.reset()
    assert total / 10_000 == pytest.approx(start_value(SOLVED.policy), abs=0.05)


def test_q_learning_finds_the_whole_policy_from_games():
    """Sample averages of random play: 5 million games decide all 200 hands, the closest by .0025."""
    learnt = em.learn.train(em.QLearning(alpha=em.Average(), epsilon=1.0), GAME, episodes=5_000_000, seed=0)
    states = [GAME.state(hand) for hand in HANDS]
    assert (learnt.policy[states] == SOLVED.policy[states]).mean() >= 0.99
    assert start_value(learnt.policy) == pytest.approx(start_value(SOLVED.policy), abs=1e-3)


def test_games_of_gymnasium_teach_nearly_all_of_it():
    """20,000 games decide most hands as they should; each hand counts once, the rare ones too."""
    learner = em.QLearning(alpha=em.Average(), epsilon=1.0)
    learnt = em.learn.train(learner, gymnasium.make("Blackjack-v1", sab=True), episodes=20_000, seed=0)
    policy = SOLVED.policy.copy()
    for hand in HANDS:
        policy[GAME.state(hand)] = learnt.act(hand)
    assert np.mean([learnt.act(hand) == SOLVED.policy[GAME.state(hand)] for hand in HANDS]) > 0.85
    assert start_value(policy) > start_value(SOLVED.policy) - 0.03
