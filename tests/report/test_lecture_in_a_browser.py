"""Pages of the lecture in a real browser, opened from files: what they compute is what evomusic computes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

import evomusic as em
from evomusic.commands.concepts import CONCEPTS
from evomusic.commands.lecture import lecture
from evomusic.report.lecture import slug
from tests import naive
from tests.listen.browser import opened, until, violations

pytestmark = pytest.mark.slow
NARROW = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
MODEL = "JSON.parse(document.getElementById('data').textContent).model"
GAMMAS = (0.0, 0.3, 0.5, 0.9, 1.0)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lecture")
    assert lecture([], json=True, html=True, out=folder) == 0
    return folder


def server(site, name):
    return SimpleNamespace(link=(site / f"{name}.html").as_uri(), root=site.as_uri())


@pytest.fixture(scope="module")
def page(site, browser):
    """A page with a model, whose functions tests call."""
    with opened(browser, server(site, slug("Q-learning"))) as page:
        yield page


@pytest.fixture(scope="module")
def read(site, visit):
    """A function that opens one of the lecture's pages."""
    return lambda name, **context: visit(server(site, name), **context)


@cache
def mdp():
    return em.FiniteMDP.from_task(em.make("tiny"))


def js(page, text, **names):
    """The value of an expression in the page, in which `model` and these names stand for their values."""
    words = "".join(f"const {name} = {json.dumps(value)};" for name, value in names.items())
    return page.evaluate(f"(() => {{ const model = {MODEL}; {words} return {text}; }})()")


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=0, atol=1e-9)


@pytest.mark.parametrize("context", [NARROW, WIDE], ids=["dark, 390 px", "light, 1280 px"])
@pytest.mark.parametrize("name", ["index", *map(slug, CONCEPTS)])
def test_page_is_accessible_fits_and_says_nothing_on_the_console(read, name, context):
    with read(name, **context) as page:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        if name != "index":
            assert page.inner_text("#said") != ""


@pytest.mark.parametrize("gamma", GAMMAS)
def test_value_iteration_is_that_of_the_planner(page, gamma):
    found, solved = js(page, "tabular.valueIteration(model, gamma)", gamma=gamma), em.plan.value_iteration(mdp(), gamma)
    near(found["values"], solved.values)
    near(found["q"][:-1], solved.q[:-1])
    near([solved.q[s, a] for s, a in enumerate(found["policy"])], solved.values)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.37, 1.0])
def test_values_of_epsilon_greedy_and_of_the_best_that_explores_are_exact(page, epsilon):
    solved = em.plan.value_iteration(mdp(), gamma=1.0)
    policy = np.full((mdp().states, mdp().actions), epsilon / mdp().actions)
    first = js(page, "tabular.valueIteration(model, 1).policy")
    policy[np.arange(mdp().states), first] += 1 - epsilon
    found = js(page, "tabular.evaluate(model, tabular.epsilonGreedy(q, e), 1)", q=solved.q.tolist(), e=epsilon)
    near(found, em.plan.evaluate_policy(mdp(), policy))
    best = em.plan.value_iteration(em.plan.soft(mdp(), epsilon), gamma=1.0).values
    near(js(page, "tabular.bestSoft(model, e, 1).values", e=epsilon), best)


def test_value_of_random_tokens_is_exact(page):
    near(js(page, "tabular.evaluate(model, tabular.uniform(model), 1)[0]"), em.make("tiny").random_return)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 1.0, 3.0])
def test_soft_optimum_is_that_of_the_task(page, temperature):
    task, melodies = em.make("tiny"), naive.every_melody(em.make("tiny").grid)
    soft = task.soften(temperature, prior="uniform")
    policy = np.array(js(page, "tabular.softOptimum(model, t).policy", t=temperature))
    states = np.array(js(page, "rows.map((m) => tabular.play(model, m).map((x) => x.state))", rows=melodies.tolist()))
    near(policy[states, melodies].prod(axis=1), np.exp(soft.log_probability(melodies)))
    found = js(page, "tabular.evaluate(model, tabular.softOptimum(model, t).policy, 1)[0]", t=temperature)
    near(found, soft.expected_return())


@pytest.mark.parametrize(
    ("lam", "alpha", "gamma"), [(0.0, 1.0, 1.0), (0.5, 1.0, 1.0), (0.9, 0.3, 0.8), (1.0, 0.1, 0.9)]
)
def test_credit_of_td_lambda_is_that_of_the_learner(page, lam, alpha, gamma):
    policy = js(page, "tabular.valueIteration(model, 1).policy")
    setting = {"alpha": alpha, "lambda": lam, "gamma": gamma, "episodes": 5}
    found = js(page, "tabular.td(model, policy, setting)", policy=policy, setting=setting)
    expected = em.learn.predict(em.TD(lam=lam, alpha=alpha, gamma=gamma), mdp(), np.array(policy), episodes=5).history
    near(found, expected)


@pytest.mark.parametrize("lam", [0.0, 0.5, 0.9, 1.0])
def test_delayed_credit_is_that_of_the_learner(page, lam):
    def step(state, _):
        return 1.0, min(state + 1, 4), em.make("tiny").optimum().value if state == 3 else 0.0, state == 3

    chain = em.FiniteMDP.from_functions(range(5), ["on"], step, start=0)
    expected = em.learn.predict(em.TD(lam=lam, alpha=0.1), chain, episodes=3).history[:, :4]
    policy = js(page, "tabular.valueIteration(model, 1).policy")
    setting = {"alpha": 0.1, "lambda": lam, "gamma": 1, "episodes": 3, "delayed": True}
    path = js(page, "tabular.walk(model, policy).map((x) => x.state)", policy=policy)
    near(np.array(js(page, "tabular.td(model, policy, setting)", policy=policy, setting=setting))[:, path], expected)


@pytest.mark.parametrize("smiled", [True, False])
@pytest.mark.parametrize("rewards", [(1.0, -1.0), (0.0, 2.0), (-1.0, -3.0)])
def test_belief_is_the_listeners(page, smiled, rewards):
    expected = em.Listener(accuracy=0.7).update([0.3, 0.7], rewards=rewards, smiled=smiled)
    near(js(page, "tabular.believe([0.3, 0.7], r, 0.7, smiled)", r=rewards, smiled=smiled), expected)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_sweeps_are_those_of_the_bellman_equations(page, gamma):
    best, noise = np.zeros(mdp().states), np.zeros(mdp().states)
    found = js(page, "[null, tabular.uniform(model)].map((p) => tabular.sweeps(model, p, gamma, 5))", gamma=gamma)
    for k in range(6):
        near([found[0][k], found[1][k]], [best, noise])
        best = em.plan.q_of(mdp(), best, gamma).max(axis=1)
        noise = em.plan.q_of(mdp(), noise, gamma).mean(axis=1)


def test_rounds_of_improvement_are_those_of_the_planner(page):
    policy = np.full((mdp().states, mdp().actions), 1 / mdp().actions)
    for each in js(page, "tabular.improvements(model, 1, 3)"):
        near(each["values"], em.plan.evaluate_policy(mdp(), policy))
        policy = em.plan.improve(mdp(), em.plan.evaluate_policy(mdp(), policy))


def test_every_melody_returns_what_the_task_says(page):
    melodies = naive.every_melody(em.make("tiny").grid)
    found = js(page, "rows.map((m) => tabular.play(model, m).map((x) => x.reward))", rows=melodies.tolist())
    near(found, em.make("tiny").rewards(melodies))


def test_every_string_of_bits_decodes_as_in_the_encoding(page):
    strings = np.indices((2,) * 12).reshape(12, -1).T.astype(np.uint8)
    found = js(page, "rows.map((bits) => tabular.decode(bits, 5))", rows=strings.tolist())
    assert found == em.Bits().decode(em.make("tiny"), strings).tolist()


# z of the difference between two means of independent seeds. Beyond 4.5: a false alarm in 150,000 a comparison.
def apart(one, two):
    one, two = np.asarray(one), np.asarray(two)
    return abs(one.mean() - two.mean()) / np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))


LEARNERS = {
    "Q-learning": (em.QLearning(alpha=0.2, epsilon=0.1), {}),
    "Q-learning, optimistic": (em.QLearning(alpha=0.2, epsilon=0.0, initial=3.0), {"epsilon": 0, "initial": 3}),
    "Q-learning, random": (em.QLearning(alpha=0.5, epsilon=1.0), {"epsilon": 1, "alpha": 0.5}),
    "Sarsa": (em.Sarsa(alpha=0.2, epsilon=0.1), {}),
    "Double Q": (em.DoubleQ(alpha=0.2, epsilon=0.1), {}),
    "Dyna": (em.Dyna(alpha=0.2, epsilon=0.1, planning=5), {"planning": 5}),
    "actor-critic": (em.ActorCritic(alpha=0.1, beta=0.1, gamma=0.9), {"gamma": 0.9}),
    "REINFORCE": (em.Reinforce(alpha=0.1, beta=0.1), {}),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_learning_curves_lie_within_the_intervals_of_the_learners(page, name):
    learner, options = LEARNERS[name]
    seeds, episodes = 200, 150
    found = js(
        page,
        "learners.runs(model, kind, episodes, seeds, options).map((x) => x.online)",
        kind=name.partition(",")[0],
        episodes=episodes,
        seeds=seeds,
        options=options,
    )
    expected = [em.learn.train(learner, mdp(), episodes=episodes, seed=s).returns for s in range(seeds)]
    for block in np.split(np.arange(episodes), 5):
        assert apart(np.array(found)[:, block].mean(axis=1), np.array(expected)[:, block].mean(axis=1)) < 4.5


def test_a_falling_epsilon_is_that_of_a_decay(page):
    seeds, episodes = 200, 150
    options = {"epsilon": {"start": 1, "end": 0.05, "fraction": 0.5}}
    found = js(
        page, "learners.runs(model, 'Q-learning', n, seeds, o).map((x) => x.online)", n=episodes, seeds=seeds, o=options
    )
    learner = em.QLearning(alpha=0.2, epsilon=em.Decay(1.0, 0.05, 0.5, steps=4 * episodes))
    expected = [em.learn.train(learner, mdp(), steps=4 * episodes, seed=s).returns for s in range(seeds)]
    for block in np.split(np.arange(episodes), 5):
        assert apart(np.array(found)[:, block].mean(axis=1), np.array(expected)[:, block].mean(axis=1)) < 4.5


def generations(task, ga, count, seed):
    """Best return of each generation of Python's GA."""
    rng, best = np.random.default_rng(seed), []
    state, _ = ga.init(task, rng)
    for _ in range(count):
        best.append(state.returns.max())
        state, _ = ga.step(task, state, rng)
    return best


@pytest.mark.parametrize("genome", ["bits", "policy"])
def test_generations_lie_within_the_intervals_of_the_ga(page, genome):
    task, seeds, count = em.make("tiny"), 200, 12
    encodings = {"bits": em.Bits(flip_rate=0.05), "policy": em.PolicyTable(view="markov", mutation_rate=0.05)}
    options = {"population": 20, "mutation": 0.05, "crossover": 0.7}
    text = "Array.from({ length: seeds }, (_, i) => learners.evolve(model, genome, count, i + 1, options).best)"
    found = np.array(js(page, text, seeds=seeds, genome=genome, count=count, options=options))
    ga = em.GA(population=20, encoding=encodings[genome])
    expected = np.array([generations(task, ga, count, seed) for seed in range(seeds)])
    for g in (0, 1, 3, 6, 11):
        assert apart(found[:, g], expected[:, g]) < 4.5


def test_the_same_seed_gives_the_same_run(page):
    text = "JSON.stringify([3, 3, 4].map((s) => learners.run(model, 'Sarsa', 50, s, {}).online))"
    first, second, other = json.loads(js(page, text))
    assert first == second != other


def move(page, name, value):
    """Move a slider to a value, and wait until the page shows it."""
    ready = page.evaluate("lecture.ready")
    page.evaluate(
        f"(() => {{ const knob = document.querySelector('[data-knob=\"{name}\"]'); knob.value = {value};"
        " knob.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )
    until(page, f"lecture.ready > {ready}")


@pytest.mark.parametrize("name", [c.name for c in CONCEPTS.values() if c.control and c.control.knobs])
def test_every_slider_changes_what_is_shown(read, name):
    with read(slug(name), **NARROW) as page:
        for knob, start in CONCEPTS[name].control.knobs.items():
            slider, shown = page.locator(f"[data-knob='{knob}']"), set()
            for end in ("min", "max"):
                move(page, knob, slider.get_attribute(end))
                shown.add(page.inner_text("#said") + page.inner_html("#pictures"))
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert len(shown) == 2
            assert "NaN" not in "".join(shown)
            move(page, knob, start)


def test_a_slider_shows_the_planners_number(read):
    with read("discount") as page:
        move(page, "gamma", 0.5)
        value = em.plan.value_iteration(mdp(), gamma=0.5).values[0]
        near(page.evaluate("lecture.numbers.values[0]"), value)
        assert f"the start is worth {value:.3f}" in page.inner_text("#said")


def test_the_keyboard_moves_a_slider(read):
    with read("epsilon-greedy") as page:
        page.focus("#knob-epsilon")
        page.keyboard.press("ArrowRight")
        until(page, "lecture.values.epsilon === 0.11")
        assert page.inner_text("output") == "0.11"


def test_a_melody_that_is_written_has_the_tasks_rewards_with_the_final_one(read):
    task = em.make("tiny")
    both = em.Task(task.grid, replace(task.reward, final={em.measures.PitchEntropy(): 1.5}))
    with read("final-reward") as page:
        for place, token in enumerate((4, 1, 3, 2)):
            page.select_option(f"#token-{place}", str(token))
        move(page, "weight", 1.5)
        near(page.evaluate("lecture.numbers.rewards"), both.rewards(np.array([[4, 1, 3, 2]], np.uint8))[0])


def test_a_view_that_is_not_markov_is_shown_by_a_pair_of_histories(read):
    with read("information-state") as page:
        for view in ("blind", "short", "pair", "markov"):
            ready = page.evaluate("lecture.ready")
            page.select_option("#view", view)
            until(page, f"lecture.ready > {ready} || lecture.values.view === '{view}'")
            found = page.evaluate("lecture.numbers")
            assert found["markov"] == em.View.named(view).is_markov(em.make("tiny"))
            assert (found["pair"] is None) == found["markov"]


def test_a_melody_plays_and_escape_stops_it(read):
    with read("fitness") as page:
        page.click("#pictures button")
        until(page, "document.querySelector('.note.sounding') !== null")
        page.keyboard.press("Escape")
        assert page.inner_text("#pictures button").startswith("Play")
        assert page.locator(".note.sounding").count() == 0
