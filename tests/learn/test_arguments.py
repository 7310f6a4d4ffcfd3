"""Every field of every learner refuses wrong values with one sentence that names it."""

from __future__ import annotations

import dataclasses
import math
import typing

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.explore import Average, Decay, Softmax
from evomusic.learn.walk import ROWS

CLASSES = (
    em.QLearning,
    em.Sarsa,
    em.ExpectedSarsa,
    em.DoubleQ,
    em.SarsaLambda,
    em.WatkinsQ,
    em.NStepSarsa,
    em.MonteCarlo,
    em.ActorCritic,
    em.Reinforce,
    em.SoftQLearning,
    em.SoftActorCritic,
    em.Dyna,
    em.ASE,
    em.TreeSearch,
    em.Rollouts,
    em.Deep,
    em.TD,
    em.LambdaReturn,
    em.MonteCarloValues,
    em.Decay,
    em.Average,
    em.Softmax,
    em.UCB,
    em.learn.CartPole,
    em.learn.Testbed,
)
NO_NUMBERS = ("x", "100", True, math.nan, math.inf, 10**400, float, object(), [], [None], {"a": 1})
WRONG = {  # by the types that a field may have, values that are wrong for each
    "numbers": (*NO_NUMBERS, None, -math.inf, 1 + 2j),
    "whole numbers": (*NO_NUMBERS, None, 2.5, -1, 10**12),
    "flags": ("x", None, 2.5, 0, math.nan, bool, object(), []),
    "words": ("no such word", 2.5, True, -1, math.nan, 10**400, str, object(), ["a"]),
    "others": ("no such thing", 2.5, True, -1, math.nan, 10**400, float, object(), [None], [[1.0], [0.5, 0.5]]),
}
EXEMPT = {  # by field: wrong by its type, but allowed
    "initial": ([],),  # one value for each state
    "steps": (10**12,),  # of a run
    "options": ([],),
}


def kind_of(cls: type, name: str) -> str:
    """The row of WRONG for a field."""
    hint = typing.get_type_hints(cls)[name]
    members = set(typing.get_args(hint) or (hint,))
    if bool in members:
        return "flags"
    if float in members:
        return "numbers"
    if int in members:
        return "whole numbers"
    return "words" if members <= {str, type(None)} else "others"


def wrong_values():
    for cls in CLASSES:
        for field in dataclasses.fields(cls):
            kind = kind_of(cls, field.name)
            optional = type(None) in typing.get_args(typing.get_type_hints(cls)[field.name])
            for value in WRONG[kind]:
                allowed = (
                    EXEMPT.get(field.name, ()) if field.name != "initial" or issubclass(cls, em.TD.__base__) else ()
                )
                if (value is None and optional) or any(value is x or value == x for x in allowed):
                    continue
                yield pytest.param(cls, field.name, value, id=f"{cls.__name__}-{field.name}-{str(value)[:12]}")


@pytest.mark.parametrize(("cls", "name", "value"), list(wrong_values()))
def test_wrong_values_get_a_sentence_that_names_the_field(cls, name, value):
    needed = {"importance": "weighted"} if name in ("target", "behaviour") else {}
    with pytest.raises(ValueError, match=rf"\b{name}\b.* (is|has shape) .*, expected |view '") as caught:
        cls(**{name: value, **needed})
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_every_public_part_of_learning_is_in_the_list():
    everything = [getattr(em, name) for name in em.__all__]
    public = {x for x in everything if isinstance(x, type) and x.__module__.startswith("evomusic.learn.")}
    assert public <= set(CLASSES)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_whole_numbers_of_numpy_become_plain(cls):
    made = {
        field.name: np.int64(field.default)
        for field in dataclasses.fields(cls)
        if type(field.default) is int and not isinstance(field.default, bool)
    }
    plain = cls(**made)
    assert plain == cls()
    assert all(type(getattr(plain, name)) is int for name in made)


def test_older_name_of_rows_on_demand_is_accepted_and_becomes_the_new_one():
    assert em.QLearning(rows="met") == em.QLearning(rows="on-demand")
    assert em.QLearning(rows="met").rows == "on-demand"
    assert "met" not in ROWS


def test_schedules_between_wrong_numbers_are_refused():
    for decay in (Decay(2.0, 0.1), Decay(0.1, -0.1)):
        for name in ("alpha", "epsilon"):
            with pytest.raises(ValueError, match=rf"{name} is .*, expected a number from 0 to 1, "):
                em.QLearning(**{name: decay})
    with pytest.raises(ValueError, match=r"temperature is -1.0, expected"):
        Softmax(Decay(1.0, -1.0))
    with pytest.raises(ValueError, match=r"temperature is Average.*, expected"):
        Softmax(Average())
