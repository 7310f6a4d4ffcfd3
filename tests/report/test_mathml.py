from xml.etree import ElementTree

import pytest

from evomusic.commands.concepts import CONCEPTS
from evomusic.report.mathml import mathml

EQUATIONS = [equation for c in CONCEPTS.values() for equation in c.equations]
SPACE = "{http://www.w3.org/1998/Math/MathML}"
PARTS = {"msub": 2, "msup": 2, "munder": 2, "msubsup": 3, "munderover": 3, "mfrac": 2}


def tree(form):
    return ElementTree.fromstring(mathml(form).replace("&#160;", " "))


def text(form):
    return "".join(tree(form).itertext())


@pytest.mark.parametrize("form", EQUATIONS)
def test_every_equation_of_the_lecture_is_well_formed(form):
    for element in tree(form).iter():
        name = element.tag.removeprefix(SPACE)
        assert len(element) == PARTS.get(name, len(element)), name
        assert not (name in ("mi", "mo", "mn", "mtext") and len(element))


@pytest.mark.parametrize("form", EQUATIONS)
def test_brackets_of_every_equation_match(form):
    written = text(form)
    for left, right in ("()", "[]", "{}"):
        assert written.count(left) == written.count(right)


def test_names_are_letters_signs_and_functions():
    assert text("alpha <- max_a Q(s', a) - 0.5") == "α←maxaQ(s′,a)−0.5"  # noqa: RUF001


def test_scripts_and_fractions_have_their_places():
    assert [e.tag.removeprefix(SPACE) for e in tree("x_{t+1}^2 frac{a}{b}").iter()][:3] == ["math", "mrow", "msubsup"]
    assert tree("sum_{k=0}^{T} x")[0][0].tag == f"{SPACE}munderover"
    assert tree("v'(s)")[0][0].tag == f"{SPACE}msup"
    assert text("Pr{A = a}") == "Pr{A=a}"
    assert text('x "of what <is> seen"') == "x of what <is> seen "


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("x_", "ends too soon"),
        ("{x", "ends too soon"),
        ("frac{a}", "ends too soon"),
        ("frac a", "'a' where '{' is expected"),
        ("x}", "'}' where nothing can hold it"),
        ("gama V", "name 'gama'"),
        ('x "y', "'\"' where nothing can hold it"),
    ],
)
def test_a_form_that_is_none_is_refused(form, fault):
    with pytest.raises(ValueError, match=fault):
        mathml(form)
