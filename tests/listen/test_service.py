"""The verbs of a session: what follows from each, what is refused, and that nothing is lost."""

from __future__ import annotations

import threading
import tomllib

import numpy as np
import pytest

import evomusic as em
from evomusic.core.automata import TooManyStates
from evomusic.core.distance import apart
from evomusic.core.grid import FIRST_PITCH
from evomusic.listen import breeding, melodies, page
from evomusic.listen.melodies import Source
from evomusic.listen.presses import act
from evomusic.listen.session import APART, REPEATED
from evomusic.listen.web import Refused
from tests.listen.small import choose, key, press, service, task


def text(session, card):
    return session.any_card(card).melody(session.task.grid).text


def test_a_session_begins_with_melodies_that_differ(tmp_path):
    session = service(tmp_path)
    assert len(session.session.visible) == breeding.SHOWN
    assert len({text(session, card) for card in session.session.pool}) == len(session.session.pool)


def test_everything_follows_from_the_events(tmp_path):
    session = service(tmp_path)
    cards = session.session.visible
    press(session, "keep", card=cards[0], keep=True)
    press(session, "drop", card=cards[1])
    press(session, "lock", card=cards[0], bar=1, on=True)
    press(session, "redraw", card=cards[0])
    press(session, "steer", value=0.8)
    choose(session)
    press(session, "breed")
    choose(session, "same")
    press(session, "mode", mode="stars")
    press(session, "rate", card=session.session.visible[2], stars=4)
    press(session, "undo")
    before = page.state(session)
    assert page.state(service(tmp_path)) == before


def test_undo_takes_back_whatever_came_last_one_by_one(tmp_path):
    session = service(tmp_path)
    states = [page.state(session)]
    cards = session.session.visible
    for verb, body in (
        ("keep", {"card": cards[0], "keep": True}),
        ("lock", {"card": cards[0], "bar": 0, "on": True}),
        ("redraw", {"card": cards[0]}),
        ("drop", {"card": cards[3]}),
        ("steer", {"value": 0.0}),
    ):
        press(session, verb, **body)
        states.append(page.state(session))
    choose(session)
    states.append(page.state(session))
    press(session, "breed")
    for state in reversed(states):
        press(session, "undo")
        now = page.state(session)
        assert now | {"version": 0} == state | {"version": 0}
    with pytest.raises(Refused, match="nothing to undo"):
        press(session, "undo")


def test_a_press_counts_once(tmp_path):
    session = service(tmp_path)
    question, once = session.question(), key()
    body = {"key": once, "pair": session.question_id(question), "winner": "b"}
    for _ in range(3):
        act(session, "choose", body)
    assert len(session.session.answers) == 1
    again = service(tmp_path)
    act(again, "choose", body)
    assert len(again.session.answers) == 1


def test_presses_from_many_threads_all_count_once(tmp_path):
    session = service(tmp_path)
    card, keys = session.session.visible[0], [key() for _ in range(20)]

    def work():
        for i, each in enumerate(keys):
            act(session, "lock", {"key": each, "card": card, "bar": i % 2, "on": i % 3 == 0})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.version == 2 + len(keys)


def test_a_pair_that_is_no_longer_asked_is_refused(tmp_path):
    session = service(tmp_path)
    old = session.question_id(session.question())
    choose(session)
    with pytest.raises(Refused, match="no longer asked") as refused:
        press(session, "choose", pair=old, winner="a")
    assert refused.value.status == 409


def test_locked_bars_stay_and_the_others_change(tmp_path):
    session = service(tmp_path)
    card, spans = session.session.visible[0], session.task.grid.bar_spans
    old = session.card(card).melody(session.task.grid).tokens
    press(session, "lock", card=card, bar=1, on=True)
    press(session, "redraw", card=card)
    new = session.session.visible[0]
    row = session.card(new).melody(session.task.grid).tokens
    assert (row[slice(*spans[1])] == old[slice(*spans[1])]).all()
    assert (row[slice(*spans[0])] != old[slice(*spans[0])]).any()
    assert session.session.locks[new] == {1}
    press(session, "lock", card=new, bar=0, on=True)
    with pytest.raises(Refused, match="all bars are locked"):
        press(session, "redraw", card=new)


def test_a_note_moves_by_pitches_of_the_grid_and_not_beyond(tmp_path):
    session = service(tmp_path)
    card = next(c for c in session.session.visible if session.card(c).melody(session.task.grid).notes)
    first = session.card(card).melody(session.task.grid).notes[0].pitch
    pitches = session.task.grid.pitches
    by = 1 if first != pitches[-1] else -1
    press(session, "nudge", card=card, note=0, by=by)
    new = session.session.visible[session.session.shown.index(session.session.visible[0])]
    edited = next(c for c in session.session.visible if session.card(c).parents == (card,))
    assert session.card(edited).melody(session.task.grid).notes[0].pitch == pitches[pitches.index(first) + by]
    assert new in session.session.visible
    with pytest.raises(Refused, match="cannot move there"):
        press(session, "nudge", card=edited, note=0, by=len(pitches))


def test_two_choices_are_enough_to_breed_and_one_is_not(tmp_path):
    session = service(tmp_path)
    choose(session)
    with pytest.raises(Refused, match="1 more"):
        press(session, "breed")
    choose(session)
    press(session, "breed")
    assert session.session.generation == 1
    assert session.session.until_breed == 2


def test_children_name_their_parents_and_differ_from_each_other(tmp_path):
    session = service(tmp_path)
    kept = session.session.visible[:3]
    for card in kept:
        press(session, "keep", card=card, keep=True)
    press(session, "breed")
    grid, cards = session.task.grid, [session.card(card) for card in session.session.visible]
    assert len(cards) == breeding.SHOWN
    assert all(set(card.parents) <= set(kept) for card in cards)
    assert any(card.parents for card in cards)
    for i, x in enumerate(cards):
        for y in cards[:i]:
            assert apart(x.melody(grid), y.melody(grid)) >= breeding.APART


def test_a_melody_that_was_dropped_is_no_parent_and_is_not_asked_of(tmp_path):
    session = service(tmp_path)
    card = session.session.visible[0]
    press(session, "keep", card=card, keep=True)
    press(session, "drop", card=card)
    assert card not in session.session.parents
    for _ in range(30):
        question = session.question()
        assert card not in (question.a, question.b) or question.repeats is not None
        choose(session)


def test_repeats_are_of_earlier_pairs_swapped_and_none_twice(tmp_path):
    session = service(tmp_path)
    for number in range(40):
        choose(session, "ab"[number % 2])
    answers = session.session.answers
    repeats = [(i, answer) for i, answer in enumerate(answers) if answer.repeats is not None]
    assert [i for i, _ in repeats] == [i for i in range(40) if i % REPEATED == REPEATED - 1]
    for i, answer in repeats:
        first = answers[answer.repeats]
        assert (answer.a, answer.b) == (first.b, first.a)
        assert i - answer.repeats > APART
    assert len({answer.repeats for _, answer in repeats}) == len(repeats)
    same, of = session.session.consistency
    assert of == len(repeats)
    assert same == sum(answers[a.repeats].liked == a.liked for _, a in repeats)


def test_the_same_presses_give_the_same_session(tmp_path):
    states = []
    for name in "xy":
        (tmp_path / name).mkdir()
        session = service(tmp_path / name, seed=5)
        for _ in range(3):
            choose(session)
        press(session, "breed")
        states.append(page.state(session))
    assert states[0] == states[1]


def test_what_is_liked_comes_to_be_written(tmp_path):
    """A listener who likes high melodies gets higher ones: choices alone steer what is drawn and bred."""
    session = service(tmp_path)

    def height(card):
        return float(np.mean([note.pitch for note in session.card(card).melody(session.task.grid).notes] or [0]))

    def shown():
        return np.mean([height(card) for card in session.session.visible])

    first = shown()
    press(session, "steer", value=1.0)
    for _ in range(4):
        for _ in range(6):
            question = session.question()
            choose(session, "a" if height(question.a) > height(question.b) else "b")
        press(session, "breed")
    assert shown() > first + 1.5
    assert page.state(session)["learnt"][0]["text"] == "You like melodies with higher notes"


def test_a_tune_of_the_listeners_own_is_the_first_card_and_has_variations(tmp_path):
    theme = em.Melody.from_notes([(60, 0, 1), (64, 1, 1), (67, 2, 1), (60, 3, 1)], service(tmp_path).task.grid)
    (tmp_path / "own").mkdir()
    session = service(tmp_path / "own", theme=theme)
    cards = [session.card(card) for card in session.session.visible]
    assert cards[0].melody(theme.grid) == theme
    assert {card.parents for card in cards[1:]} == {(cards[0].id,)}


def returns(rows):
    """Whether the notes of the second bar begin as those of the first; a hold goes on with what was before."""
    begun = np.where(rows >= FIRST_PITCH, rows, 0)
    return bool((begun[:, :4] == begun[:, 4:]).all())


def test_a_tune_without_notes_is_begun_with_too(tmp_path):
    grid = task().grid
    session = service(tmp_path, theme=em.Melody(np.zeros(grid.steps, np.uint8), grid))
    assert session.card(session.session.visible[0]).melody(grid).notes == []
    assert len(session.session.visible) == breeding.SHOWN


def test_nothing_is_bred_from_melodies_that_were_all_dropped(tmp_path):
    session = service(tmp_path)
    for answer in ("a", "b"):
        choose(session, answer)
    session.session.dropped |= set(session.session.pool)  # by presses where so few melodies are possible
    with pytest.raises(Refused, match="were dropped; undo"):
        press(session, "breed")


def test_a_form_holds_for_all_that_is_drawn_and_bred(tmp_path):
    session = service(tmp_path, form="AA")
    for _ in range(2):
        assert returns(session.session.rows(session.session.pool))
        for _ in range(2):
            choose(session)
        press(session, "breed")
    card = session.session.visible[0]
    press(session, "redraw", card=card)
    assert returns(session.session.rows(session.session.visible[:1]))


@pytest.mark.parametrize(
    ("verb", "body", "line"),
    [
        ("keep", {"card": "c999", "keep": True}, "no longer shown"),
        ("keep", {"card": "../../etc", "keep": True}, "no longer shown"),
        ("keep", {"card": ["c1"], "keep": True}, "no longer shown"),
        ("keep", {"card": "c1", "keep": 1}, "neither true nor false"),
        ("rate", {"card": "c1", "stars": 6}, "1 to 5"),
        ("rate", {"card": "c1", "stars": True}, "1 to 5"),
        ("lock", {"card": "c1", "bar": -1, "on": True}, "0 to 1"),
        ("nudge", {"card": "c1", "note": 10**30, "by": 1}, "0 to"),
        ("steer", {"value": float("nan")}, "0 to 1"),
        ("steer", {"value": "0.5"}, "0 to 1"),
        ("mode", {"mode": "loud"}, "pairs, stars"),
        ("choose", {"pair": None, "winner": "a"}, "no longer asked"),
        ("choose", {"pair": "p0", "winner": "c"}, "a, b, same"),
        ("fly", {}, "no such address"),
    ],
)
def test_wrong_presses_are_refused_and_change_nothing(tmp_path, verb, body, line):
    session = service(tmp_path)
    before = page.state(session)
    with pytest.raises(Refused, match=line):
        press(session, verb, **body)
    assert page.state(session) == before
    assert len(service(tmp_path).log.events) == 2


@pytest.mark.parametrize("wrong", [None, 7, "short", "x" * 65, "with space", "a/../../b"])
def test_a_press_needs_a_key(tmp_path, wrong):
    with pytest.raises(Refused, match="key"):
        act(service(tmp_path), "undo", {"key": wrong})


def test_a_melody_that_was_undone_still_has_its_picture(tmp_path):
    session = service(tmp_path)
    card = session.session.visible[0]
    press(session, "lock", card=card, bar=0, on=True)
    press(session, "redraw", card=card)
    new = session.session.visible[0]
    press(session, "undo")
    assert new not in session.session.cards
    assert session.any_card(new).parents == (card,)
    press(session, "redraw", card=card)
    assert session.session.visible[0] != new
    assert service(tmp_path).any_card(new).parents == (card,)


def test_a_task_whose_style_is_too_large_still_breeds(tmp_path, monkeypatch):
    session = service(tmp_path)
    session.taste.prepare()

    def too_large(reward):
        raise TooManyStates("the style alone has more than 9 rows a step")

    monkeypatch.setattr(Source, "policy", lambda self, reward: too_large(reward))
    for _ in range(2):
        choose(session)
    press(session, "breed")
    assert all(card.parents for card in map(session.card, session.session.visible))
    with pytest.raises(Refused, match="cannot be drawn anew on this task"):
        press(session, "redraw", card=session.session.visible[0])


def test_a_soft_optimum_takes_as_many_rows_as_the_style_needs(monkeypatch):
    task = em.make("tune", bars=1)
    monkeypatch.setattr(melodies, "LEAST", 100)
    monkeypatch.setattr(melodies, "ROWS", 1)
    policy = Source(task).policy(task.reward)
    assert policy.sample(1, np.random.default_rng(0)).shape == (1, 16)
    monkeypatch.setattr(melodies, "MOST", 100)
    with pytest.raises(TooManyStates, match="style alone"):
        Source(task).policy(task.reward)


def test_songs_have_a_pickup(tmp_path):
    source = Source(em.make("tune", bars=2, pickup=1))
    assert source.tunes == "ryan"
    assert source.first(5, np.random.default_rng(0)).shape == (5, source.task.grid.steps)


def test_a_melody_that_was_kept_stays_at_hand_in_later_generations(tmp_path):
    session = service(tmp_path)
    kept = session.session.visible[:2]
    for card in kept:
        press(session, "keep", card=card, keep=True)
    assert page.state(session)["favourites"] == []
    press(session, "breed")
    assert [card["id"] for card in page.state(session)["favourites"]] == kept[::-1]
    press(session, "keep", card=kept[0], keep=False)
    assert [card["id"] for card in page.state(session)["favourites"]] == kept[1:]


def test_an_edited_melody_keeps_its_name_and_its_place_in_the_family(tmp_path):
    session = service(tmp_path)
    for card in session.session.visible[:2]:
        press(session, "keep", card=card, keep=True)
    press(session, "breed")
    old = next(card for card in session.session.visible if session.card(card).parents)
    press(session, "keep", card=old, keep=True)
    place = session.session.shown.index(old)
    for _ in range(3):
        press(session, "redraw", card=session.session.shown[place])
    new = session.session.shown[place]
    assert session.card(new).name == session.card(old).name
    assert session.card(new).how == f"{session.card(old).how}, redrawn"
    named = [card for card in page.family(session.session) if card["name"] == session.card(old).name]
    assert [(card["id"], card["parents"], card["kept"]) for card in named] == [
        (new, list(session.card(old).parents), True)
    ]


def test_little_of_the_listener_is_in_the_file_while_little_is_learnt(tmp_path):
    session = service(tmp_path)
    press(session, "steer", value=1.0)
    shares = []
    for _ in range(20):
        choose(session, "a" if session.question().a < session.question().b else "b")
        shares.append(tomllib.loads(session.taste.toml(session.session))["steer"])
    assert 0 < shares[0] < 0.5
    assert shares[0] < shares[-1] < 1


def test_variations_of_a_tune_have_the_form(tmp_path):
    theme = em.Melody.from_notes([(60, 0, 1), (64, 1, 1), (67, 2, 1), (60, 3, 1)], service(tmp_path).task.grid)
    (tmp_path / "own").mkdir()
    session = service(tmp_path / "own", theme=theme, form="AA")
    cards = session.session.visible
    assert session.card(cards[0]).melody(theme.grid) == theme
    assert returns(session.session.rows(cards[1:]))
