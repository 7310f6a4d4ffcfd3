from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from evomusic.io.score.drawing import Frame, path_of, shapes, size_of

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def page(inside: str) -> ElementTree.Element:
    return ElementTree.fromstring(f'<svg {SVG} viewBox="0 0 100 50">{inside}</svg>')


@pytest.mark.parametrize(
    ("data", "points", "codes"),
    [
        ("M1 2L3 4Z", [(1, 2), (3, 4), (1, 2)], [1, 2, 79]),
        ("m1 2l3 4 5 6z", [(1, 2), (4, 6), (9, 12), (1, 2)], [1, 2, 2, 79]),
        ("M1 2 3 4", [(1, 2), (3, 4)], [1, 2]),
        ("M1,2H5V7h-1v-2", [(1, 2), (5, 2), (5, 7), (4, 7), (4, 5)], [1, 2, 2, 2, 2]),
        ("M0 0C1 0 2 1 2 2S3 4 4 4", [(0, 0), (1, 0), (2, 1), (2, 2), (2, 3), (3, 4), (4, 4)], [1, *[4] * 6]),
        ("M1 1c1 0 1 1 2 2s1 1 2 2", [(1, 1), (2, 1), (2, 2), (3, 3), (4, 4), (4, 4), (5, 5)], [1, *[4] * 6]),
        ("M1 1s1 1 2 2", [(1, 1), (1, 1), (2, 2), (3, 3)], [1, 4, 4, 4]),
        ("M0 0q1 2 3 4", [(0, 0), (1, 2), (3, 4)], [1, 3, 3]),
        ("M0 0-1.5-.5", [(0, 0), (-1.5, -0.5)], [1, 2]),
        ("M1 1l1 0zl0 1", [(1, 1), (2, 1), (1, 1), (1, 2)], [1, 2, 79, 2]),
    ],
)
def test_path_data_is_read_as_the_standard_says(data: str, points: list, codes: list) -> None:
    found, kinds = path_of(data)
    assert found.tolist() == [list(p) for p in points]
    assert kinds.tolist() == codes


@pytest.mark.parametrize("data", ["M0 0A1 1 0 0 0 2 2", "M0 0T1 1"])
def test_path_commands_that_no_score_has_are_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"a score has the path command '[AT]', expected one of M, L, H"):
        path_of(data)


def test_transforms_are_applied_from_the_left() -> None:
    assert Frame().within("translate(10, 20) scale(2)") == Frame(10, 20, 2, 2)
    assert Frame().within("scale(2,-3)").within("translate(1,1)") == Frame(2, -3, 2, -3)


def test_glyphs_stand_where_they_are_used() -> None:
    glyph = '<defs><g id="E0A4"><path transform="scale(1,-1)" d="M0 0L1 2"/></g></defs>'
    (shape,) = shapes(page(f'{glyph}<g><use transform="translate(5,5) scale(2,2)" xlink:href="#E0A4"/></g>'))
    assert shape.points.tolist() == [[5, 5], [7, 1]]
    assert (shape.line, shape.filled) == (0, True)


def test_an_ellipse_has_its_size_and_area() -> None:
    from matplotlib.path import Path

    (shape,) = shapes(page('<ellipse cx="50" cy="25" rx="20" ry="10"/>'))
    box = Path(shape.points, shape.codes).get_extents()
    assert np.allclose(box.get_points(), [[30, 15], [70, 35]])
    (polygon,) = Path(shape.points, shape.codes).to_polygons(width=1000, height=1000)
    x, y = polygon.T
    area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
    assert area == pytest.approx(np.pi * 200, rel=1e-2)


def test_lines_keep_their_width_and_other_shapes_are_refused() -> None:
    (shape,) = shapes(page('<g transform="scale(2,2)"><polyline points="1,1 2,2" stroke-width="3" fill="none"/></g>'))
    assert (shape.line, shape.filled, shape.points.tolist()) == (6, False, [[2, 2], [4, 4]])
    (box,) = shapes(page('<rect x="1" y="2" width="3" height="4"/>'))
    assert box.points.tolist() == [[1, 2], [4, 2], [4, 6], [1, 6], [1, 2]]
    with pytest.raises(ValueError, match="a score has the shape 'circle', expected"):
        shapes(page('<circle r="3"/>'))
    assert size_of(page("")) == (100, 50)
