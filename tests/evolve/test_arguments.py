"""Every public class and function of `encodings` and `evolve` refuses wrong arguments at once, and names them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import evomusic as em
from evomusic.evolve.deap.toolbox import toolbox
from evomusic.evolve.watch.stopping import AllOf, AnyOf
from tests.evolve.tasks import TASK
from tests.models.test_mdp import lake


def _is_ours(thing):
    return getattr(thing, "__module__", "").startswith(("evomusic.encodings", "evomusic.evolve"))


HUGE, NAN, INFINITE = 10**400, float("nan"), float("inf")
WRONG = {  # values that no argument of an annotation takes, by annotation
    "int": (None, 2.5, "100", True, -1, NAN, HUGE, int, [1], np.float64(3)),
    "float": (None, "0.5", True, NAN, INFINITE, HUGE, float, [0.5], 1j),
    "bool": (None, 1, 0.0, "yes", bool, [True]),
    "str": (None, 2.5, 1, True, str, ["ring"], "no such name", HUGE),
    "Encoding": (None, 2.5, "Notes", True, em.Notes, [em.Notes()], em.GA()),
    "Notes": (None, 2.5, "Notes", True, em.Notes, [em.Notes()], em.Bits()),
    "Selection": (2.5, "Tournament", True, em.Tournament, [em.Tournament()]),
    "Weights": (None, 2.5, "no such name", True, dict, ["point"], {"no such": 1}, {1: 1.0}, {}, HUGE),
    "Groups": (None, 2.5, "melody", True, dict, ["melody"], {"a": "InScale"}, {"a": []}, {1: ["InScale"]}, {"a": 3}),
    "View | str": (None, 2.5, "no such view", True, em.View, [em.View()], HUGE),
    "Start": (None, 2.5, "C4", True, tuple, [1, 2], [["1"]], [[None]], [[NAN]], [[HUGE]], [[True]]),
    "tuple[Method, ...]": (None, 3, "GA", True, em.GA, em.GA(), (), (None,), (em.GA,), (3, em.GA()), (TASK, em.GA())),
    "tuple[Measure | str, ...]": (
        None,
        3,
        "StepShare",
        True,
        ("StepShare", 3),
        ("StepShare", None),
        ("StepShare",) * 3,
    ),
    "tuple[int, int] | int": (None, 2.5, "16", True, 0, HUGE, 10**9, (3,), (3, 2.5), (3, None), (10**5, 10**5), tuple),
    "tuple[Ends, ...]": (None, 2.5, "01", True, (0, 1), ((0, 1),), ((0, 1), (1, 1)), ((0, HUGE), (0, 1)), tuple),
    "tuple[int, ...]": (None, 2.5, "124", True, (), (0,), (2.5,), (1, 1), ("2",), (HUGE,), tuple),
    "tuple[str, ...]": (None, 2.5, "0:2 1:2", True, (3,), (None,), tuple),
    "tuple[int, int]": (None, 2.5, "25", True, (2,), (5, 2), (2.5, 3), (2, HUGE), (None, 3), tuple),
    "tuple[Watch, ...]": (None, 2.5, "Target", True, (3,), (em.Target,), em.Target(1.0)),
    "Sequence[int]": (None, 2.5, "01", True, (), (-1,), (2.5,), (HUGE,), tuple),
    "Callable[[], float]": (None, 2.5, "now", True, float),
    "Callable[[Batch], object]": (2.5, "print", True),
    "Callable[[str], object]": (2.5, "print", True, str),
    "int | Sequence[int]": (None, 2.5, "1", True, NAN, HUGE, (1, 2), [0.5] * 5, int),
    "Bound": (None, "1", True, NAN, INFINITE, (1, 2), ["0"] * 5, float),
    "Functions": (None, 2.5, "add", True, {}, [], {"f": 3}, [3], {3: abs}, {"f": lambda: 0}),
    "Sequence[str]": (None, 2.5, "xy", True, (3,), (None,), tuple),
    "Mapping[str, Any] | tuple[tuple[str, Any], ...]": (None, 2.5, "x", True, {3: 1}, (3,), tuple),
    "tuple[float, float]": (2.5, "01", True, (1,), (2, 1), (0, NAN), ("0", 1), tuple),
    "Task | Problem": (None, 2.5, "rules", True, em.Task, [TASK]),
    "Sequence[Callable[..., Any]]": (None, 2.5, "Notes", True, (), (3,), tuple),
    "Task": (None, 2.5, "rules", True, em.Task, [TASK]),
    "Method": (None, 2.5, "GA", True, em.GA, [em.GA()]),
    "FiniteMDP": (None, 2.5, "lake", True, em.FiniteMDP),
    "ArrayLike": (2.5, "0123", True, (0, 0.5), (0, 1, 2), [[0], [1, 2]], [HUGE, 1]),
}
REQUIRED = {  # right values of the arguments without defaults, by name
    "task": TASK,
    "method": em.GA(population=4),
    "mdp": lake(),
    "length": 5,
    "functions": {"neg": np.negative},
    "measures": (em.measures.Notes(),),
    "parts": (),
    "steps": 64,
    "batches": 10,
    "seconds": 10.0,
    "value": 1.0,
}
PUBLIC = [thing for name in em.__all__ if _is_ours(thing := getattr(em, name)) and thing is not em.BudgetSpent]
ALSO = {em.Expressions: {"variables": ("x",)}}  # right values beside those
CALLS = [*PUBLIC, AnyOf, AllOf, toolbox]


TAKEN = {("SoftSampler", "temperature", INFINITE)}  # what a call takes all the same


def signature(call):
    return inspect.signature(call).parameters


def cases():
    """Every argument of every public constructor and function, with every value that its annotation refuses."""
    for call in CALLS:
        for name, parameter in signature(call).items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                continue
            kind = parameter.annotation
            optional = kind.endswith(" | None")
            for value in WRONG[kind.removesuffix(" | None")]:
                taken = isinstance(value, float) and (call.__name__, name, value) in TAKEN
                if not taken and (value is not None or not optional):
                    yield pytest.param(call, name, value, id=f"{call.__name__}-{name}-{str(value)[:24]}")


@pytest.mark.parametrize(("call", "name", "value"), list(cases()))
def test_a_wrong_argument_is_refused_by_its_name(call, name, value):
    required = {
        n: REQUIRED[n] for n, p in signature(call).items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    }
    required |= ALSO.get(call, {})
    with pytest.raises(ValueError, match=name):
        call(**required | {name: value})


def test_the_public_names_are_all_there():
    names = {call.__name__ for call in PUBLIC}
    assert {"GA", "Notes", "Tree", "Deap", "Islands", "HallOfFame", "Stagnation", "find_family", "PolicySearch"} < names
    assert len(PUBLIC) >= 44


@pytest.mark.parametrize("name", ["population", "batch", "chains", "samples", "mu", "parents", "first", "width"])
def test_counts_that_no_memory_holds_are_refused(name):
    found = [call for call in PUBLIC if getattr(signature(call).get(name), "annotation", "").startswith("int")]
    assert found
    for call in found:
        with pytest.raises(ValueError, match=f"{name} is 1000000000000, expected a whole number from . to "):
            call(**{name: 10**12})


def test_numbers_of_numpy_are_numbers():
    method = em.GA(population=np.int64(8), tournament=np.uint8(2), encoding=em.Bits(crossover_rate=np.float32(0.5)))
    assert method == em.GA(population=8, tournament=2, encoding=em.Bits(crossover_rate=0.5))
    assert type(method.population) is int
    assert type(method.encoding.crossover_rate) is float
