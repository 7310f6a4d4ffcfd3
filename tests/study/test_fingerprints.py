import importlib
import sys

import pytest

import evomusic as em
from evomusic.study import fingerprints
from evomusic.study.fingerprints import fingerprint

MODULE = '''"""A method."""
from dataclasses import dataclass
import helper{n}

@dataclass(frozen=True)
class Mine:
    """It does little."""
    part: object = None

    def step(self):
        return helper{n}.sign(1)  # a comment
'''
HELPER = "def sign(x):\n    return x\n"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes two modules of a user's, imports the first, and gives its class."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def write(text: str = MODULE, helper: str = HELPER):
        n = len(made)
        (tmp_path / f"helper{n}.py").write_text(helper)
        (tmp_path / f"mine{n}.py").write_text(text.replace("{n}", str(n)))
        importlib.invalidate_caches()
        made.extend([f"mine{n}", f"helper{n}"])
        return importlib.import_module(f"mine{n}").Mine

    yield write
    for name in made:
        sys.modules.pop(name, None)


def bare(thing) -> str:
    """The fingerprint with the modules' running numbers taken out."""
    modules = {fingerprints.DRIVER, *(c.__module__ for c in fingerprints._classes(thing, set()))}
    return repr([(n.rstrip("0123456789"), _unnumbered(n)) for n in sorted(fingerprints._closure(modules))])


def _unnumbered(name: str) -> str:
    return "".join(c for c in fingerprints._content(name).decode() if not c.isdigit())


def test_layout_and_comments_of_a_users_module_do_not_count(module):
    other = MODULE.replace("  # a comment", "").replace("It does little.", "It does a little.\n    And more.")
    assert bare(module()()) == bare(module(other + "\n\n")())


@pytest.mark.parametrize("text", [MODULE.replace("sign(1)", "sign(-1)"), MODULE.replace("return", "yield")])
def test_code_of_a_users_module_counts(module, text):
    assert bare(module()()) != bare(module(text)())


def test_code_of_a_module_that_it_imports_counts(module):
    assert bare(module()()) != bare(module(helper=HELPER.replace("return x", "return -x"))())


def test_code_of_parts_counts(module):
    cls = module()
    assert fingerprint(em.GA()) != fingerprint(em.GA(encoding=em.Tree()))
    assert fingerprint(cls()) != fingerprint(cls(part=em.Tree())) != fingerprint(cls(part=[{"a": em.Grammar()}]))


def test_parameters_do_not_count():
    assert fingerprint(em.GA(population=10)) == fingerprint(em.GA(population=20)) != fingerprint(em.QLearning())


def test_modules_of_the_package_are_followed_to_the_kernels():
    found = fingerprints._closure({"evomusic.evolve.ga"})
    assert {"evomusic.evolve.selection.select", "evomusic.core.kernels", "evomusic.encodings.notes.moves"} <= found
    assert not {name for name in found if ".learn" in name or ".plots" in name}


def test_an_edit_of_a_selection_changes_who_uses_it(monkeypatch):
    before = fingerprint(em.GA()), fingerprint(em.QLearning())
    real = fingerprints._content
    monkeypatch.setattr(fingerprints, "_content", lambda n: real(n) + b"#" * n.endswith("selection.select"))
    assert fingerprint(em.GA()) != before[0]
    assert fingerprint(em.QLearning()) == before[1]


def test_classes_that_were_typed_in_have_a_fingerprint():
    def made(sign: str):
        space = {"__name__": "__main__"}
        exec(f"class Typed:\n    def step(self):\n        return {sign}1\n", space)
        return space["Typed"]()

    assert fingerprints._typed(type(made(""))) == fingerprints._typed(type(made("")))
    assert fingerprints._typed(type(made(""))) != fingerprints._typed(type(made("-")))


def test_relative_imports_are_resolved():
    assert fingerprints._absolute(".near", "a.b.c") == "a.b.near"
    assert fingerprints._absolute("..far.x", "a.b.c") == "a.far.x"
    assert fingerprints._absolute("plain", "a.b.c") == "plain"
