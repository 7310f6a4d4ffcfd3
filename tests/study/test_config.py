import pydoc
from dataclasses import dataclass, field, fields
from pathlib import Path

import pytest

import evomusic as em
from evomusic.study.build import BadTable, build_method, convert, describe
from evomusic.study.config import ConfigError, Study, quickstart
from evomusic.study.registry import METHODS
from evomusic.study.toml import set_value
from tests.seconds import within
from tests.study.stand_ins import Uniform, small_task

GOOD = """
steps = 1e4
seeds = 2
[tasks.one]
name = "tiny"
[methods.ga]
kind = "GA"
population = 50
encoding = { kind = "Notes", crossover_rate = 0.5 }
[methods.q]
kind = "QLearning"
view = "blind"
epsilon = { start = 1.0, end = 0.1, fraction = 0.5 }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def faults(tmp_path: Path, text: str, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as told:
        Study.read(written(tmp_path, text), overrides)
    return told.value.lines


def test_tables_become_methods_and_their_parts(tmp_path):
    study = Study.read(written(tmp_path, GOOD))
    assert study.steps == 10_000
    assert study.methods["ga"] == em.GA(population=50, encoding=em.Notes(crossover_rate=0.5))
    assert study.methods["q"] == em.QLearning(view="blind", epsilon=em.Decay(start=1.0, end=0.1, fraction=0.5))
    assert study.tasks["one"].name == "tiny"


@pytest.mark.parametrize("row", [[2, 0, 4, 0], [2.0, 0, 4, 0.5]], ids=["whole", "mixed"])
def test_rows_of_numbers_may_be_whole(row):
    made = build_method({"kind": "GA", "start": [row]})
    assert made == em.GA(start=(tuple(row),))


def test_the_embedded_quickstart_is_the_one_in_experiments():
    kept = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
    assert quickstart() == kept.read_text(encoding="utf-8")


def test_the_quickstart_is_a_study_with_the_ten_methods_of_the_comparison():
    study = Study.read()
    assert (study.steps, study.seeds) == (1_000_000, 5)
    assert list(study.methods) == [
        "random",
        "hill",
        "ga",
        "bits",
        "deap",
        "sarsa",
        "q-blind",
        "q-short",
        "q-pair",
        "q-markov",
    ]
    assert len(study.tasks["tune"].reward.rules) >= 10


def test_every_fault_is_told_at_once_with_its_key_path(tmp_path):
    text = GOOD.replace("seeds", "seed_count").replace("population = 50", 'population = "many"\npopulaton = 3')
    assert faults(tmp_path, text.replace('"blind"', '"blnd"').replace('"tiny"', '"tinny"')) == (
        "study.toml: tasks.one: task 'tinny' is not known, expected one of tiny, rules, tune, variation, open, song, "
        "family, rl-tuner"
        "; did you mean 'tiny'?",
        "study.toml: methods.ga.population: expected a whole number or nothing, came 'many'",
        "study.toml: methods.ga.populaton: GA has no such parameter, expected one of population, encoding, tournament, "
        "selection, elite, start; did you mean 'population'?",
        "study.toml: methods.q: view 'blnd' is not known, expected one of blind, short, pair, markov, pitch, "
        "pitches, bar, observation; did you mean 'blind'?",
        "study.toml: seed_count: unknown key, expected one of steps, seeds, seed, tasks, methods, sweep"
        "; did you mean 'seed'?",
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("steps = 1e4", "steps = 0", "steps: expected 1 or more, came 0"),
        ("steps = 1e4", "steps = 10.5", "steps: expected a whole number, came 10.5"),
        ("steps = 1e4", "steps = 3", "steps is 3, expected at least 4: a melody of task 'one'"),
        ("seeds = 2", "seeds = true", "seeds: expected a whole number, came True"),
        (
            'name = "tiny"',
            'name = "tiny"\nbrs = 2',
            "tasks.one: task 'tiny' has no parameter 'brs', expected one of bars",
        ),
        (
            'name = "tiny"',
            'name = "tiny"\nbars = 0',
            "tasks.one: grid bars is 0, expected a whole number from 1 to 4,096",
        ),
        (
            'name = "tiny"',
            "",
            "tasks.one.name: expected one of tiny, rules, tune, variation, open, song, family, rl-tuner, came nothing",
        ),
        ('kind = "GA"', 'kind = "GGA"', "methods.ga.kind: unknown kind 'GGA', expected one of "),
        ('kind = "GA"', "", "methods.ga.kind: expected one of "),
        ('kind = "GA"', "kind = 3", ", came 3"),
        ('kind = "Notes", ', "", "methods.ga.encoding.kind: expected one of "),
        ('kind = "Notes"', 'kind = "Noes"', "methods.ga.encoding.kind: unknown kind 'Noes', expected one of "),
        ("crossover_rate = 0.5", "crossover_rate = 2", "methods.ga.encoding: crossover_rate is 2"),
        ("end = 0.1", "ende = 0.1", "methods.q.epsilon.ende: Decay has no such parameter"),
        ("end = 0.1", "end = 7", "methods.q: epsilon is 7"),
        ('view = "blind"', "view = 3", "methods.q.view: expected "),
        ("[methods.ga]", '[methods."a/b"]', "methods.a/b: expected a label that can name a folder"),
        ("seeds = 2", "seeds = 10001", "seeds: expected 10000 or less, came 10001"),
        ('[tasks.one]\nname = "tiny"', 'tasks = "tiny"', "tasks: expected a table, came 'tiny'"),
        ("seeds = 2", "seeds = ", "study.toml: not valid TOML: "),
    ],
)
def test_a_fault_is_one_clear_line(tmp_path, old, new, line):
    assert old in GOOD
    (told,) = faults(tmp_path, GOOD.replace(old, new, 1))
    assert told.startswith("study.toml: ")
    assert line in told
    assert "\n" not in told


def test_a_study_needs_tasks_and_methods(tmp_path):
    assert faults(tmp_path, "[tasks]") == (
        "study.toml: tasks: expected one or more, came {}",
        "study.toml: methods: is missing",
    )


def test_a_study_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        Study.read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("methods.ga.population=500", "ga.population", 500),
        ("methods.ga.encoding.crossover_rate = 0.25", "ga.encoding.crossover_rate", 0.25),
        ("methods.q.epsilon=0.1", "q.epsilon", 0.1),
        ("methods.q.view=short", "q.view", em.View.named("short")),
        ('methods.ga.encoding={kind="Bits"}', "ga.encoding", em.Bits()),
    ],
)
def test_an_override_sets_one_value_in_toml_or_as_a_bare_word(tmp_path, override, path, value):
    study = Study.read(written(tmp_path, GOOD), [override])
    label, *names = path.split(".")
    found = study.methods[label]
    for name in names:
        found = getattr(found, name)
    assert found == value


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("methods.gaa.population=3", "the study has no methods 'gaa'; did you mean 'ga'?"),
        ("methods.ga.population", "expected key=value, such as methods.ga.population=500"),
        ("=3", "expected key=value"),
        ("steps.x=3", "steps is 10000.0, not a table"),
        ("steps=many", "steps: expected a whole number, came 'many'"),
    ],
)
def test_an_override_that_fits_nothing_is_refused(tmp_path, override, line):
    (told,) = faults(tmp_path, GOOD, override)
    assert line in told


DEEP = {
    "long table name": "[" + ".".join(["a"] * 100_000) + "]",
    "quoted table name": "[" + ".".join(['"a"'] * 100_000) + "]",
    "long key in a table": "steps = {" + ".".join(["a"] * 100_000) + " = 1}",
    "brackets": "steps = " + "[" * 100_000,
    "closed brackets": "steps = " + "[" * 100_000 + "]" * 100_000,
    "tables in tables": "steps = " + "{a=" * 100_000,
    "digits": f"steps = {'9' * 5000}",
    "digits that can be read": f"steps = {'9' * 4000}",
    "infinity": "steps = inf",
    "nan": "steps = nan",
    "large float": "steps = 1e400",
    "large file": "# " + "x" * 1_000_000,
    "null": "\0",
    "no unicode": "\udcff",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_hostile_toml_is_one_short_line_in_bounded_time(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_bytes((text + "\n" + GOOD.split("\n", 2)[2]).encode("utf-8", "surrogateescape"))

    def fault() -> str:
        with pytest.raises(ConfigError) as told:
            Study.read(path)
        (line,) = told.value.lines
        return line

    line = within(5, fault)
    assert "study.toml" in line
    assert len(line) < 300
    assert "\n" not in line


JUNK = [
    "",
    "=",
    "a",
    "#=3",
    "\n=3",
    "[x=3",
    ".=3",
    "a..b=3",
    "a\nb=3",
    f"steps={'9' * 5000}",
    f"steps={'[' * 100_000}",
    f"{'a.' * 100_000}a=3",
    f"{'[' * 100_000}=3",
    "steps=\udcff",
    "tasks=3",
    "methods.ga=3",
    "methods.ga.population=1e400",
    f"methods.ga.population={'9' * 400}",
    f"methods.ga.encoding.crossover_rate={'9' * 400}",
]


@pytest.mark.parametrize("override", JUNK, ids=lambda text: ascii(text[:30]))
def test_a_junk_setting_is_one_short_line_in_bounded_time(tmp_path, override):
    (line,) = within(5, lambda: faults(tmp_path, GOOD, override))
    assert len(line) < 300
    assert "\n" not in line


WRONG = [None, 2.5, "100", True, -1, float("nan"), 10**400, em.GA, [], {}, {3: "tiny"}, {"x": None}, {"x": [1]}]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("name", ["tasks", "methods", "steps", "seeds", "seed"])
def test_a_wrong_type_anywhere_is_one_line(name, value):
    good = {"tasks": {"mine": small_task()}, "methods": {"ga": em.GA()}, "steps": 100, "seeds": 1, "seed": 0}
    with pytest.raises(ConfigError) as told:
        Study(**good | {name: value})
    (line,) = told.value.lines
    assert line.startswith(name)
    assert "expected" in line
    assert len(line) < 400


def test_help_shows_the_docstring_and_the_fields_and_nothing_of_a_library():
    text = pydoc.render_doc(em.Study, renderer=pydoc.plaintext)
    assert text.index("Tasks x methods x seeds with one budget") < text.index("Methods defined here")
    assert "pydantic" not in text
    assert len(text.splitlines()) < 120


def test_a_study_takes_live_tasks_and_methods():
    task, method = small_task(), Uniform()
    study = Study(tasks={"mine": task}, methods={"uniform": method, "ga": em.GA()}, steps=100, seeds=1)
    assert study.tasks["mine"] is task
    assert study.methods["uniform"] is method


@pytest.mark.parametrize("thing", [Uniform, 3, object()], ids=["class", "number", "object"])
def test_what_is_no_method_is_refused(thing):
    with pytest.raises(ValueError, match="expected a method or a table with a kind"):
        Study(tasks={"mine": small_task()}, methods={"it": thing}, steps=100)


@pytest.mark.parametrize("kind", METHODS)
def test_every_method_is_made_of_its_name_alone_and_described_with_all_its_parameters(kind):
    method = build_method({"kind": kind.lower()})
    assert type(method) is getattr(em, kind)
    told = describe(method)
    assert told["kind"] == kind
    assert set(told) - {"kind"} == {f.name for f in fields(method)}


def test_no_method_is_missing_from_the_names_of_studies():
    assert {"GA", "RandomSearch", "HillClimb", "BeamSearch", "Deap", "QLearning", "Sarsa"} <= set(METHODS)


@dataclass(frozen=True)
class Part:
    size: int
    names: tuple[str, ...] = ()
    rate: float | None = None
    other: dict[str, float] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("value", "hint", "made"),
    [
        (3, float, 3.0),
        (3.0, int, 3),
        ([1, 2], tuple[int, ...], (1, 2)),
        ([[1, 2], [3]], tuple[tuple[int, ...], ...], ((1, 2), (3,))),
        ({"size": 2, "names": ["a"]}, Part, Part(2, ("a",))),
        ({"size": 2, "other": {"x": 1.0}}, Part | None, Part(2, other={"x": 1.0})),
        (3, int | float, 3),
    ],
)
def test_values_are_converted_by_their_type_hint(value, hint, made):
    found = convert(value, hint)
    assert found == made
    assert type(found) is type(made)


@pytest.mark.parametrize(
    ("value", "hint", "line"),
    [
        (True, int, "expected a whole number, came True"),
        (2.5, int, "expected a whole number, came 2.5"),
        ("x", float | None, "expected a number or nothing, came 'x'"),
        ([1, "a"], tuple[int, ...], r"expected a list, came \(1, 'a'\)"),
        ({}, Part, "size: is missing; Part needs it"),
        ({"size": 1, "nmes": []}, Part, "did you mean 'names'"),
    ],
)
def test_values_that_do_not_fit_are_told_in_a_users_words(value, hint, line):
    with pytest.raises(BadTable, match=line):
        convert(value, hint)


@pytest.mark.parametrize(
    ("text", "value"),
    [(".3", 0.3), ("-.25", -0.25), ("5.", 5.0), ("3", 3), ("short", "short"), (".", "."), ("1.2.3", "1.2.3")],
)
def test_values_of_the_command_line_are_numbers_as_people_write_them(text, value):
    table = {"tasks": {"one": {}}}
    set_value(table, f"tasks.one.weight={text}")
    assert table["tasks"]["one"]["weight"] == value
    assert type(table["tasks"]["one"]["weight"]) is type(value)
