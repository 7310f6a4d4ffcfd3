"""Types reach the user: a script with right calls passes `mypy --strict`, and wrong calls are found."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import evomusic as em
from evomusic import learn, methods, parts, plan, plots
from tests.evolve.oracles import oracle
from tests.packaging import a_script

WRONG = {
    "em.GA(populaton=3)": 'Unexpected keyword argument "populaton" for "GA"',
    "em.GAA()": 'Module has no attribute "GAA"',
    'em.run(em.GA(), em.make("tiny"), steps="100")': 'Argument "steps" to "run" has incompatible type "str"',
    "em.QLearning(view=2.5)": 'Argument "view" to "QLearning" has incompatible type "float"',
    'em.plan.value_iteration("mdp")': 'Argument 1 to "value_iteration" has incompatible type "str"',
    'em.make("tiny").optimum().vaule': '"Optimum" has no attribute "vaule"',
    "em.learn.trian": 'Module has no attribute "trian"',
    "em.plots.draw_rol": 'Module has no attribute "draw_rol"',
    "em.rules.Cadenza": 'Module has no attribute "Cadenza"',
    'em.write("C4 D4", "tune.mid")': 'Argument 1 to "write" has incompatible type "str"',
}
RIGHT = {
    "em.GA()": "evomusic.evolve.ga.GA",
    "em.QLearning()": "evomusic.learn.control.QLearning",
    'em.make("tiny")': "evomusic.core.task.Task",
    'em.run(em.GA(), em.make("tiny"), steps=100).best_return': "float",
    "em.plan.value_iteration(em.FiniteMDP.from_task(em.make('tiny'))).bound": "float",
    "em.__version__": "str",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> str:
    """The lines of one run of mypy over the scripts."""
    oracle("mypy")
    folder = tmp_path_factory.mktemp("scripts")
    header = "import evomusic as em\n"
    (folder / "wrong.py").write_text(header + "\n".join(WRONG), encoding="utf-8")
    (folder / "right.py").write_text(header + "\n".join(f"reveal_type({line})" for line in RIGHT), encoding="utf-8")
    (folder / "a_script.py").write_text(Path(a_script.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "mypy.ini").write_text("[mypy]\n")
    home = Path(em.__file__).parents[1]
    path = {} if home.name == "site-packages" else {"MYPYPATH": str(home)}
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=mypy.ini"]
    done = subprocess.run(
        [*command, "wrong.py", "right.py", "a_script.py"],
        cwd=folder,
        env=os.environ | path,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def test_a_users_script_passes_the_strict_type_checker(found):
    assert "a_script.py" not in found


@pytest.mark.parametrize("number", range(len(WRONG)), ids=list(WRONG))
def test_wrong_calls_are_found_by_the_type_checker(found, number):
    message = list(WRONG.values())[number]
    assert re.search(rf"^wrong\.py:{number + 2}: error: .*{re.escape(message)}", found, re.MULTILINE), found


@pytest.mark.parametrize("number", range(len(RIGHT)), ids=list(RIGHT))
def test_public_names_have_their_types(found, number):
    kind = re.escape(list(RIGHT.values())[number])
    assert re.search(rf'^right\.py:{number + 2}: note: Revealed type is "(builtins\.)?{kind}"', found, re.M), found


def test_the_script_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    task = a_script.own_task()
    assert a_script.evolve(task).grid == task.grid
    assert a_script.learn(task) <= 2 * task.bound().upper
    a_script.plan(em.make("tiny"))
    a_script.compare(task, tmp_path / "mine")


@pytest.mark.parametrize("module", [em, methods, parts, plan, learn, plots], ids=lambda m: m.__name__)
def test_every_name_on_a_page_is_there(module):
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))
    assert len(set(module.__all__)) == len(module.__all__)


@pytest.mark.parametrize("module", [em, methods, parts, plan, learn, plots], ids=lambda m: m.__name__)
def test_no_name_on_a_page_is_hidden_by_a_submodule(module):
    """An import of `package.name` would put the submodule in the place of the function."""
    if not hasattr(module, "__path__"):
        return
    files = {path.stem for path in Path(module.__path__[0]).iterdir() if path.suffix == ".py" or path.is_dir()}
    clashes = {name for name in module.__all__ if name in files and not hasattr(getattr(module, name), "__path__")}
    assert clashes <= set(vars(module))  # bound when the package is imported
    assert not any(inspect.ismodule(getattr(module, name)) for name in clashes)


def test_the_marker_of_typed_packages_is_there():
    assert (Path(em.__file__).parent / "py.typed").is_file()


def test_misspelt_names_get_a_hint():
    for module, name, hint in ((em, "QLearnin", "QLearning"), (plan, "qmpd", "qmdp"), (plots, "draw_rol", "draw_roll")):
        with pytest.raises(AttributeError, match=f"{module.__name__} has no '{name}'; did you mean '{hint}'"):
            getattr(module, name)
