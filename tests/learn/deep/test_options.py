"""Parameters of `Deep`, and its error where the extra is not installed: these tests do without it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import evomusic as em
from evomusic.learn.deep.method import Deep
from evomusic.learn.deep.options import ALGORITHMS, DEFAULTS, OPTIONS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("package", ["stable_baselines3", "sb3_contrib"])
def test_missing_extra_is_one_line_that_says_how_to_install_it(algorithm, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ValueError, match=r"pip install 'evomusic\[deep\]'") as caught:
        em.run(Deep(algorithm=algorithm), em.make("tiny"), steps=1_000)
    assert "\n" not in str(caught.value)


def test_describing_a_deep_learner_imports_none_of_the_extra():
    code = (
        "import sys; from evomusic.learn.deep.method import Deep; from evomusic.study.build import describe;"
        "describe(Deep(algorithm='DQN', options={'gamma': .9})); print(' '.join(sys.modules))"
    )
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {m.split(".")[0] for m in modules} & {"torch", "stable_baselines3", "sb3_contrib"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"algorithm": "PPPO"}, "did you mean 'PPO'"),
        ({"algorithm": "A3C"}, "expected one of 'PPO', 'DQN', 'MaskablePPO', 'RecurrentPPO'"),
        ({"observation": "states"}, "did you mean 'state'"),
        ({"view": "shrot"}, "did you mean 'short'"),
        ({"melodies": 1}, "melodies is 1, expected a whole number from 2 to 10,000"),
        ({"last": 0}, "last is 0, expected a whole number from 1 to 10,000"),
        ({"steps": -1}, "steps is -1"),
        ({"options": {"lerning_rate": 0.1}}, "did you mean 'learning_rate'"),
        ({"options": {"buffer_size": 10}}, "PPO has no option 'buffer_size'"),
        ({"algorithm": "DQN", "options": {"n_epochs": 2}}, "DQN has no option 'n_epochs'"),
        ({"options": {"learning_rate": "fast"}}, "option learning_rate is 'fast', expected a number above 0"),
        ({"options": {"learning_rate": 0}}, "expected a number above 0 and up to 10, or a Decay"),
        ({"options": {"learning_rate": {"begin": 1}}}, "expected start, end and fraction of a Decay"),
        ({"options": {"learning_rate": em.Decay(1e-3, -1.0)}}, "expected a number above 0"),
        ({"options": {"gamma": 1.5}}, "option gamma is 1.5, expected a number from 0 to 1"),
        ({"options": {"gamma": em.Decay(0.9, 0.1)}}, "expected a number from 0 to 1"),
        ({"options": {"ent_coef": float("inf")}}, "expected a number from 0 up"),
        ({"options": {"ent_coef": float("nan")}}, "expected a number from 0 up"),
        ({"options": {"n_epochs": 2.5}}, "expected a whole number from 1 to 10,000,000"),
        ({"options": {"batch_size": 1}}, "expected a whole number from 2 to 10,000,000"),
        ({"options": {"normalize_advantage": 1}}, "expected True or False"),
        ({"options": {"net_arch": 64}}, "expected sizes of hidden layers"),
        ({"options": {"net_arch": [64, 0]}}, "expected sizes of hidden layers"),
        ({"options": {"activation_fn": "Tan"}}, "did you mean 'Tanh'"),
    ],
    ids=str,
)
def test_wrong_fields_and_options_are_named_with_what_was_expected(fields, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        Deep(**fields)


def test_options_of_a_studys_table_are_those_of_python():
    table = {"net_arch": [32, 16], "learning_rate": {"start": 1e-3, "end": 1e-4, "fraction": 1.0}, "gamma": 1}
    assert Deep(options=table) == Deep(
        options={"gamma": 1, "learning_rate": em.Decay(1e-3, 1e-4, 1.0), "net_arch": (32, 16)}
    )


def test_deep_learners_can_be_hashed():
    assert len({Deep(), Deep(options={}), Deep(options={"gamma": 0.9}), Deep(algorithm="DQN")}) == 3


def test_every_default_is_an_allowed_option():
    for algorithm in OPTIONS:
        Deep(algorithm=algorithm, options=DEFAULTS[algorithm])


def test_run_length_is_filled_in_once():
    assert Deep().within(500).steps == 500
    assert Deep(steps=80).within(500).steps == 80


def test_generators_are_not_drawn_from_where_the_extra_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    with pytest.raises(ValueError, match="pip install"):
        Deep(steps=100).init(em.make("tiny"), rng)
    assert rng.bit_generator.state == before
