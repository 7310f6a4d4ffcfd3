"""Methods and parts of one's own in a study: `kind = "module:Name"`, here and in workers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from evomusic.study.config import ConfigError, Study
from tests.study.packed import cells_in

MODULE = '''
from dataclasses import dataclass, field

import evomusic as em


@dataclass(frozen=True)
class Climber:
    """Hill climbing under another name."""

    restarts: int = 5
    inner: object = field(default=em.RandomSearch(), repr=False)

    def init(self, task, seed):
        return self.inner.init(task, seed)

    def step(self, task, state):
        return self.inner.step(task, state)

    def deliver(self, task, state):
        return self.inner.deliver(task, state)


@dataclass(frozen=True)
class Part:
    size: int = 1


class Plain:
    pass


number = 3
'''
STUDY = """
steps = 400
seeds = 2
[tasks.tiny]
name = "tiny"
[methods.mine]
kind = "{module}:Climber"
restarts = 7
"""


@pytest.fixture
def written(tmp_path, monkeypatch, request):
    """A study and its module in one folder, which is not the working directory; the module has a name of its own."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = f"own_{request.node.name}"
    (tmp_path / f"{module}.py").write_text(MODULE)
    (tmp_path / "study.toml").write_text(STUDY.format(module=module))
    return tmp_path / "study.toml", module


def fault(written, kind):
    with pytest.raises(ConfigError) as caught:
        Study.read(written[0], [f"methods.mine.kind={kind}"])
    (line,) = caught.value.lines
    return line.removeprefix("study.toml: ")


def test_a_class_beside_the_study_is_a_method_with_its_parameters(written):
    method = Study.read(written[0]).methods["mine"]
    assert (type(method).__name__, method.restarts) == ("Climber", 7)


def test_parameters_of_ones_own_class_are_checked_as_shipped_ones(written):
    with pytest.raises(ConfigError, match=r"methods.mine.restart: Climber has no such parameter.*did you mean 'rest"):
        Study.read(written[0], ["methods.mine.restart=7"])
    with pytest.raises(ConfigError, match=r"methods.mine.restarts: expected a whole number, came 'many'"):
        Study.read(written[0], ["methods.mine.restarts=many"])


def test_the_errors_of_a_kind_are_one_line_each(written):
    path, module = written
    (path.parent / "failing.py").write_text("def f(:\n")
    (path.parent / "leaving.py").write_text("import sys\nsys.exit(3)\n")
    (path.parent / "needing.py").write_text("import no_such_module\n")
    start = "methods.mine.kind: "
    assert fault(written, "failin:X").startswith(start + "there is no module 'failin' on Python's path")
    assert fault(written, "failin:X").endswith("; did you mean 'failing'?")
    assert fault(written, "failing:X").startswith(start + "module 'failing' fails at import: SyntaxError: ")
    assert fault(written, "leaving:X") == start + "module 'leaving' fails at import: SystemExit: 3"
    assert fault(written, "needing:X").endswith("ModuleNotFoundError: No module named 'no_such_module'")
    assert fault(written, f"{module}:Climbe").endswith("has no 'Climbe'; did you mean 'Climber'?")
    dataclass = "expected a dataclass: its fields are the parameters"
    assert fault(written, f"{module}:Plain").endswith(f", {dataclass}")
    assert fault(written, f"{module}:number") == f"{start}{module}:number is 3, {dataclass}"
    assert fault(written, f"{module}:Part").endswith("Part is no method: it has no init and no step and no deliver")
    assert fault(written, "a b:X") == start + "kind is 'a b:X', expected module:Name"


def test_a_part_of_ones_own_stands_where_shipped_parts_do(written):
    path, module = written
    sets = ["methods.mine.kind=GA", f"methods.mine.selection={module}:Part", "methods.mine.restarts=1"]
    with pytest.raises(ConfigError, match=r"study.toml: methods.mine.restarts: GA has no such parameter"):
        Study.read(path, sets)
    with pytest.raises(ConfigError, match=r"selection is Part\(size=1\), expected"):
        Study.read(path, [sets[0], sets[1], f"methods.mine={{kind='GA', selection='{module}:Part'}}"])


def test_workers_import_a_class_beside_the_study(written, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    arguments = ["compare", str(written[0]), "-o", "run", "--workers", "2", "--no-figures"]
    script = f"""
import sys
from evomusic import cli
def refused(*job):
    raise AssertionError("the parent did the work")
import evomusic.study.executors as executors
executors.do_all = refused  # workers are other processes: they have the original
sys.exit(cli.run({arguments!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=elsewhere, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(cells_in(elsewhere / "run")) == 2
