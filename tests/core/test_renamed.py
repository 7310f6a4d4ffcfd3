import inspect

import pytest

from evomusic.core.renamed import renamed


@renamed({"colour": "hue"})
def paint(wall, *, hue="white"):
    """Paint a wall."""
    return wall, hue


def test_former_and_current_keywords_mean_the_same():
    assert paint("north", colour="red") == paint("north", hue="red") == ("north", "red")
    assert paint("north") == ("north", "white")


def test_a_misspelt_keyword_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'color'"):
        paint("north", color="red")


def test_signature_and_docstring_are_those_of_the_function():
    assert str(inspect.signature(paint)) == "(wall, *, hue='white')"
    assert paint.__doc__ == "Paint a wall."
