import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import evomusic as em
from evomusic.study.config import ConfigError, Study, read_study
from evomusic.study.store import read_run

OWN = """
from dataclasses import dataclass
import numpy as np
from evomusic import Batch

@dataclass(frozen=True, kw_only=True)
class NoPitch:
    \"\"\"-1 for a pitch, 0 elsewhere. Remembers nothing.\"\"\"
    pitch: int = 60
    start, hears = None, ()

    def read(self, memory, event, slot):
        return None, -1.0 if event.is_note and event.pitch == self.pitch else 0.0

@dataclass(frozen=True)
class Silent:
    batch: int = 2

    def init(self, task, rng):
        return self.step(task, (), rng)

    def step(self, task, state, rng):
        rows = np.zeros((self.batch, task.grid.steps), np.uint8)
        return (), Batch(rows, task.evaluate(rows))

    def deliver(self, task, state):
        return np.zeros((1, task.grid.steps), np.uint8)

class Plain:
    pass
"""
HEAD = "steps = 640\nseeds = 1\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return the folder of a study with a module `ownparts` beside it."""
    (tmp_path / "ownparts.py").write_text(OWN)
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found")
    (tmp_path / "raising.py").write_text("raise RuntimeError('out of paper')")
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("ownparts", "broken", "raising"):
        sys.modules.pop(name, None)


def read(folder: Path, text: str) -> Study:
    (folder / "study.toml").write_text(HEAD + text)
    return Study.read(folder / "study.toml")


def lines(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        read_study(text, [], "s")
    return error.value.lines


MINE = """
[tasks.mine]
grid = { bars = 1, scale = "G major", low = 55, high = 67, tempo = 90 }
rules = [{ kind = "InScale", scale = "G major", weight = 2 }, { kind = "ownparts:NoPitch", pitch = 67, weight = 0.5 }]
final = [{ kind = "PitchEntropy", weight = 0.5 }]
[methods.silent]
kind = "ownparts:Silent"
batch = 3
"""


def test_a_task_of_ones_own_rules_on_ones_own_grid(own):
    study = read(own, MINE)
    task = study.tasks["mine"]
    assert task.grid == em.Grid(bars=1, scale="G major", low=55, high=67, tempo=90.0)
    weights = {type(rule).__name__: weight for rule, weight in task.reward.rules.items()}
    assert weights == {"InScale": 2.0, "NoPitch": 0.5}
    assert [(type(m).__name__, w) for m, w in task.reward.final.items()] == [("PitchEntropy", 0.5)]
    assert task.evaluate(np.zeros((1, 16), np.uint8))[0] <= 32 + 0.5 * task.final[0][0].bounds(task.grid)[1]
    assert study.methods["silent"].batch == 3


def test_a_module_beside_the_study_reaches_two_workers(own):
    (own / "study.toml").write_text(HEAD + MINE)
    elsewhere = own / "elsewhere"
    elsewhere.mkdir()
    words = [sys.executable, "-m", "evomusic", "compare", str(own / "study.toml"), "--workers", "2", "--no-figures"]
    environment = {**os.environ, "PYTHONPATH": str(Path(em.__file__).parents[1])}
    done = subprocess.run(words, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert read_run(elsewhere / "runs/study").complete


def test_rules_of_a_named_task_are_replaced_added_and_taken_out(own):
    plain = em.make("rules", bars=1)
    text = """
[tasks.other]
name = "rules"
bars = 1
grid = { high = 72 }
rules = [{ kind = "InScale", scale = "D major", weight = 3 }, { kind = "LeapRecovery", weight = 0 },
         { kind = "ownparts:NoPitch", weight = 1.5 }]
[methods.q]
kind = "QLearning"
"""
    task = read(own, text).tasks["other"]
    kinds = {type(rule).__name__: (rule, weight) for rule, weight in task.reward.rules.items()}
    assert kinds["InScale"] == (em.rules.InScale("D major"), 3.0)
    assert kinds["NoPitch"][1] == 1.5
    assert kinds.keys() == {type(r).__name__ for r in plain.reward.rules} - {"LeapRecovery"} | {"NoPitch", "InScale"}
    assert task.grid == em.Grid(**{**plain.grid.to_dict(), "high": 72})
    assert all(rule in task.reward.rules for members in task.reward.groups.values() for rule in members)


METHOD = '[methods.q]\nkind = "QLearning"\n'


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("grid = { bar = 2 }\nrules = ['LeapRecovery']", "tasks.t.grid.bar: Grid has no such parameter"),
        ("grid = 3\nrules = [{kind='LeapRecovery'}]", "tasks.t.grid: expected a table of a grid's fields, came 3"),
        ("rules = [{kind='LeapRecovry'}]", "did you mean 'LeapRecovery'"),
        ("rules = [{kind='LeapRecovery', weight='2'}]", "tasks.t.rules.1.weight: expected a number, came '2'"),
        ("rules = [{kind='LeapRecovery'}, 7]", "tasks.t.rules.2: expected a table with a kind, came 7"),
        ("rules = 'LeapRecovery'", "tasks.t.rules: expected a list of tables with a kind"),
        ("final = [{kind='PitchEntropi'}]", "did you mean 'PitchEntropy'"),
        ("grid = {bars = 2}", "tasks.t.rules: expected one rule or final measure at least, came none"),
        (
            "rules = ['LeapRecovery']\nbars = 2",
            "tasks.t.bars: unknown key, expected one of grid, rules, final",
        ),
        ("rules = ['LeapRecovery']\ndelayed = 1", "tasks.t.delayed: expected true or false, came 1"),
        ("name = 'tun'\nrules = ['LeapRecovery']", "did you mean 'tune'"),
        ("delayed = true", "tasks.t.name: expected one of tiny, rules"),
        ("rules = [{kind='LeapRecovery', weight=1e400}]", "weight"),
    ],
)
def test_a_wrong_task_is_one_line(task, told):
    (line,) = lines(f"{HEAD}[tasks.t]\n{task}\n{METHOD}")
    assert told in line


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("nothere:Mine", "no module 'nothere'"),
        ("ownparts:Silend", "did you mean 'Silent'"),
        ("ownparts:Plain", "is no dataclass"),
        ("ownparts:NoPitch", "it has no init and no step and no deliver"),
        ("broken:Mine", "module 'broken' needs 'nowhere_to_be_found', which is not installed"),
        ("raising:Mine", "module 'raising' cannot be imported: RuntimeError: out of paper"),
        ("a b:C", "leads nowhere, expected module:Name"),
        (":C", "leads nowhere"),
        ("../up:C", "leads nowhere"),
    ],
)
def test_a_wrong_kind_of_ones_own_is_one_line(own, kind, told):
    with pytest.raises(ConfigError) as error:
        read(own, f'[tasks.t]\nname = "tiny"\n[methods.m]\nkind = "{kind}"\n')
    (line,) = error.value.lines
    assert told in line


def test_an_encoding_of_ones_own_is_a_part(own):
    words = "@dataclass(frozen=True, kw_only=True)\nclass Mine(em.Bits):\n    twist: int = 1\n"
    (own / "ownparts.py").write_text(f"from dataclasses import dataclass\nimport evomusic as em\n{words}")
    encoding = '{ kind = "ownparts:Mine", twist = 4 }'
    text = f'[tasks.t]\nname = "tiny"\n[methods.m]\nkind = "GA"\nencoding = {encoding}\n'
    assert read(own, text).methods["m"].encoding.twist == 4
