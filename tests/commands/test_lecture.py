"""The lecture: every concept is there, its names exist, and its example shows what it says."""

from __future__ import annotations

import json
from functools import cache
from itertools import chain

import numpy as np
import pytest

import evomusic as em
from evomusic import cli
from evomusic.commands import concepts as lecture
from evomusic.commands import lecture as command
from evomusic.commands.output import USAGE, UsageError, code_of
from tests import naive

PAGE = {  # the concepts that the lecture names, and the entries that show them
    "history": ["history"],
    "the three states": ["environment state", "agent state", "information state"],
    "observability": ["full observability", "partial observability"],
    "beliefs, recurrent networks": ["belief", "recurrent policy"],
    "policy, value function, model": ["policy", "value function", "model"],
    "approaches": ["policy-based", "value-based", "model-based", "mixed approach"],
    "exploration": ["exploration and exploitation", "greedy", "random", "epsilon-greedy", "decaying epsilon"],
    "regret": ["regret"],
    "credit": ["delayed credit"],
    "models": ["MDP", "state", "discount", "V", "Q", "Bellman equation"],
    "learning": ["Monte Carlo", "TD(0)", "TD(lambda)", "SARSA", "Q-learning", "off-policy learning", "actor-critic"],
    "planning": ["policy evaluation", "policy improvement"],
    "fitness = global/final reward": ["fitness", "final reward"],
    "off-line genotype -> phenotype": ["genotype to phenotype"],
    "evolution as RL": ["search in the space of behaviours"],
    "GA, GP, morphogenetic": ["GA", "GP", "morphogenetic programming"],
    "theory rules, listener, or both": ["feedback"],
}


@cache
def shown(name):
    return lecture.CONCEPTS[name].result()


@cache
def tiny():
    return em.make("tiny")


BEST = tiny().optimum().value
FIRST = int(tiny().optimum().melody.tokens[0])
STEPS = tiny().rewards(tiny().optimum().melody.tokens[None])[0]


def test_every_concept_of_the_lecture_is_there_and_no_other():
    assert sorted(chain.from_iterable(PAGE.values())) == sorted(lecture.CONCEPTS)


def test_concepts_stand_group_by_group_in_the_order_of_the_lecture():
    groups = [c.group for c in lecture.CONCEPTS.values()]
    assert groups == sorted(groups, key=lecture.GROUPS.index)
    assert set(groups) == set(lecture.GROUPS)


@pytest.mark.parametrize("name", lecture.CONCEPTS)
def test_names_that_implement_a_concept_are_public(name):
    for where in lecture.CONCEPTS[name].where:
        first, *rest = where.split(".")
        assert first == "em"
        found = em
        for part in rest:
            assert part in dir(found)
            found = getattr(found, part)


@pytest.mark.parametrize("name", lecture.CONCEPTS)
def test_example_can_be_pasted_and_gives_what_the_command_shows(name):
    text, namespace = lecture.CONCEPTS[name].example, {}
    assert "\n" not in text
    exec("\n".join(lecture.SETUP), namespace)
    assert command.plain(eval(text, namespace)) == command.plain(shown(name))


def bayes():
    return [0.5 * 0.8 / (0.5 * 0.8 + 0.5 * 0.2), 0.5 * 0.2 / (0.5 * 0.8 + 0.5 * 0.2)]


def spread_of_noise():
    """Standard deviation of the return of uniform random tokens."""
    return tiny().evaluate(naive.every_melody(tiny().grid)).std()


def best_without_memory():
    return em.value_of_observation(em.make("tiny", bars=2), "pitch").value


def worth(policy):
    return em.plan.evaluate_policy(em.FiniteMDP.from_task(tiny()), policy)[0]


def paid(program):
    return tiny().evaluate(em.Tree().decode(tiny(), em.Tree().parse(tiny(), [program])))[0]


CLAIMS = {
    "MDP": lambda x: x["reward"].tolist() == tiny().rewards([[a, 0, 0, 0] for a in range(5)])[:, 0].tolist(),
    "history": lambda x: x == [[2, 4, 3, 2][:t] for t in range(5)],
    "state": lambda x: x == (1 + 5 + 25 + 125, 18),
    "environment state": lambda x: x[0] == x[2] != x[1],
    "agent state": lambda x: x[0] == x[1] != x[2],
    "information state": lambda x: [name for name, markov in x.items() if markov] == ["markov"],
    "full observability": lambda x: x == BEST,
    "partial observability": lambda x: x["pitch"] >= max(x["pitches"], x["bar"]) > 0,
    "belief": lambda x: np.allclose(x, bayes()),
    "recurrent policy": lambda x: best_without_memory() < x <= em.make("tiny", bars=2).optimum().value,
    "exploration and exploitation": lambda x: x[1] > max(x[0], x[2]),
    "greedy": lambda x: x < BEST,
    "random": lambda x: x == (BEST, tiny().random_return),
    "epsilon-greedy": lambda x: x[0] < x[-1] <= BEST,
    "decaying epsilon": lambda x: shown("epsilon-greedy")[-1] < x[-1] <= BEST,
    "regret": lambda x: (x >= 0).all() and x[-1] < x[0],
    "delayed credit": lambda x: x == {0.0: 1, 0.9: 4},
    "policy": lambda x: worth(x) == BEST,
    "value function": lambda x: x[0] == BEST,
    "model": lambda x: x == BEST,
    "discount": lambda x: x[0.0] == tiny().rewards([[a, 0, 0, 0] for a in range(5)])[:, 0].max() and x[1.0] == BEST,
    "V": lambda x: np.isclose(*x, rtol=0, atol=1e-12),
    "Q": lambda x: x.max() == BEST and x.argmax() == FIRST,
    "Bellman equation": lambda x: x == 0,
    # a false alarm in 1.7 million: five standard deviations of a mean of 10,000 returns
    "Monte Carlo": lambda x: abs(x[0] - x[1]) < 5 * spread_of_noise() / 100,
    "TD(0)": lambda x: x.tolist() == [0, *np.cumsum(STEPS)],
    "TD(lambda)": lambda x: all(np.isclose(v, (STEPS * lam ** np.arange(4)).sum()) for lam, v in x.items()),
    "SARSA": lambda x: x[0] < x[1],
    "Q-learning": lambda x: x == (BEST, BEST),
    "off-policy learning": lambda x: x == BEST,
    "actor-critic": lambda x: x.argmax() == FIRST and np.isclose(x.sum(), 1),
    "policy evaluation": lambda x: np.isclose(*x, rtol=0, atol=1e-9),
    "policy improvement": lambda x: np.round(tiny().random_return, 1) == -2.1 and np.round(x, 1) == 1.4,
    "policy-based": lambda x: x.argmax() == FIRST and np.isclose(x.sum(), 1),
    "value-based": lambda x: x.argmax() == FIRST,
    "model-based": lambda x: x[0] < x[50] <= BEST,
    "mixed approach": lambda x: x == BEST,
    "fitness": lambda x: x[0] == x[1].sum() == BEST,
    "final reward": lambda x: not x[:-1].any() and x[-1] > 0,
    "genotype to phenotype": lambda x: x[0].shape == (1, 12) and x[1][0].tolist() == [2, 4, 3, 2],
    "search in the space of behaviours": lambda x: x == BEST,
    "GA": lambda x: x == BEST,
    "GP": lambda x: paid(x) == BEST,
    "morphogenetic programming": lambda x: x[0] == "A(2)" and len(x[0]) < len(x[1]) < len(x[2]),
    "feedback": lambda x: x["blind"] <= x["qmdp"] <= x["belief"] <= x["informed"] and x["blind"] < x["belief"],
}


@pytest.mark.parametrize("name", lecture.CONCEPTS)
def test_example_shows_what_the_concept_says(name):
    assert CLAIMS[name](shown(name))


def test_command_lists_all_concepts_with_names_and_examples(capsys):
    assert command.lecture([], json=False) == 0
    out = capsys.readouterr().out
    assert out.startswith("import evomusic as em\n")
    for c in lecture.CONCEPTS.values():
        assert f"\n{c.name}: {c.says} ({', '.join(c.where)})\n    {c.example}\n" in out


def test_command_shows_a_concept_and_what_its_example_gives(capsys):
    assert command.lecture(["bellman", "Equation"], json=False) == 0
    out = capsys.readouterr().out
    assert out.startswith("Bellman equation (values)")
    assert out.endswith(f">>> {lecture.CONCEPTS['Bellman equation'].example}\n0.0\n")


def test_command_prints_json_and_nothing_else(capsys):
    assert command.lecture([], json=True) == 0
    assert [c["name"] for c in json.loads(capsys.readouterr().out)["concepts"]] == list(lecture.CONCEPTS)
    assert command.lecture(["discount"], json=True) == 0
    assert json.loads(capsys.readouterr().out)["result"]["1.0"] == BEST


@pytest.mark.parametrize("name", lecture.CONCEPTS)
def test_results_can_be_printed_as_json(name):
    assert json.loads(json.dumps(command.plain(shown(name)))) is not None


@pytest.mark.parametrize(("said", "meant"), [("sarsar", "SARSA"), ("belman equation", "Bellman equation")])
def test_misspelt_concept_is_refused_with_the_nearest(said, meant):
    with pytest.raises(UsageError, match=f"(?i){said!r} is not known.*{meant}") as caught:
        command.lecture([said], json=False)
    assert code_of(caught.value) == USAGE


def test_command_line_takes_a_concept_of_several_words(capsys):
    assert cli.run(["lecture", "off-policy", "learning"]) == 0
    assert capsys.readouterr().out.endswith("\n2.4\n")
    assert cli.run(["lecture", "off-policy", "lurning"]) == USAGE
    assert "did you mean 'off-policy learning'" in capsys.readouterr().err
