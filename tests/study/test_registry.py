"""The two lists of names, of methods and of their parts, against the classes themselves."""

from __future__ import annotations

import inspect
from dataclasses import is_dataclass

import pytest

import evomusic as em
from evomusic.encodings.base import Encoding
from evomusic.study.build import build_method
from evomusic.study.registry import METHODS, PARTS, SHORT, find, short_name

PUBLIC = {name: thing for name in em.__all__ if inspect.isclass(thing := getattr(em, name))}
NO_MELODIES = {"ASE"}  # chooses between two actions, and a melody has three tokens or more


def is_method(thing: type) -> bool:
    return not inspect.isabstract(thing) and all(
        callable(getattr(thing, verb, None)) for verb in ("init", "step", "deliver")
    )


@pytest.mark.parametrize("name", METHODS)
def test_every_registered_method_initialises_steps_and_delivers(name):
    assert is_method(find(name, METHODS))
    assert is_dataclass(find(name, METHODS))


def test_every_public_method_is_registered():
    assert {name for name, thing in PUBLIC.items() if is_method(thing)} == set(METHODS) | NO_MELODIES


def test_every_public_encoding_is_a_registered_part():
    verbs = [name for name in vars(Encoding) if not name.startswith("_") and callable(getattr(Encoding, name))]
    encodings = {name for name, thing in PUBLIC.items() if all(hasattr(thing, verb) for verb in verbs)}
    assert {"Notes", "PolicyTree"} <= encodings <= set(PARTS)


@pytest.mark.parametrize("name", PARTS)
def test_every_registered_part_is_a_class_with_parameters(name):
    assert is_dataclass(find(name, PARTS))
    assert not is_method(find(name, PARTS))


def test_no_name_is_registered_twice():
    assert len({name.lower() for name in (*METHODS, *PARTS)}) == len(METHODS) + len(PARTS)
    assert len(set(map(short_name, METHODS))) == len(METHODS)


@pytest.mark.parametrize("name", SHORT)
def test_every_short_name_makes_a_method(name):
    assert type(build_method(SHORT[name])).__name__ in METHODS


def test_every_method_has_its_short_name():
    assert {SHORT[short_name(name)]["kind"] for name in METHODS} == set(METHODS)


def test_a_view_observes_parts_of_views_and_rules():
    observers = [{"kind": "LastPitches", "count": 2}, {"kind": "InScale", "scale": "C major"}]
    method = build_method({"kind": "QLearning", "view": {"kind": "View", "observers": observers}})
    assert method.view.observers == (em.LastPitches(count=2), em.rules.InScale("C major"))


def test_a_window_is_a_table_around_an_observer():
    observers = [
        {"kind": "Window", "of": "LastPitches", "length": 3},
        {"kind": "Window", "of": {"kind": "BarPosition"}, "length": 2},
    ]
    method = build_method({"kind": "Sarsa", "view": {"observers": observers, "clock": False}})
    assert method.view.observers == (em.Window(em.LastPitches(), 3), em.Window(em.BarPosition(), 2))
