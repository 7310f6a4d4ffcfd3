"""The lecture as pages: a page a concept, and one that lists them. They make no request and need no server.

A page holds its equation as MathML, code with its result, sources, and a control whose numbers the page's own script
computes (`tabular.js`, `learners.js`) from a model and tables in it; `lecture-draw.js` draws them, `lecture-exact.js`
and `lecture-chance.js` say what each control shows. The page's policy allows its own style and script by their hashes
and nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from evomusic.core.saving import write_bytes
from evomusic.report.frame import data, framed
from evomusic.report.html import Html, joined, json_text, tag
from evomusic.report.mathml import mathml

SCRIPTS: Final = (
    "synth.js",
    "tabular.js",
    "learners.js",
    "lecture-draw.js",
    "lecture-scene.js",
    "lecture-exact.js",
    "lecture-chance.js",
    "lecture.js",
)
INDEX: Final = "index.html"
VIEWS: Final = ("blind", "short", "pair", "markov")


class Knob(NamedTuple):
    """A slider: its label, its range, and its step."""

    label: str
    low: float
    high: float
    step: float


KNOBS: Final = {
    "epsilon": Knob("epsilon, share of random tokens", 0, 1, 0.01),
    "alpha": Knob("alpha, step size", 0.02, 1, 0.02),
    "gamma": Knob("gamma, discount", 0, 1, 0.01),
    "lambda": Knob("lambda, decay of traces", 0, 1, 0.05),
    "initial": Knob("initial action values", 0, 4, 0.25),
    "start": Knob("epsilon at first", 0, 1, 0.05),
    "end": Knob("epsilon of the plateau", 0, 1, 0.01),
    "fraction": Knob("share of the run that the fall takes", 0, 1, 0.05),
    "actor": Knob("alpha, step size of the policy", 0.01, 1, 0.01),
    "critic": Knob("beta, step size of the values", 0.01, 1, 0.01),
    "planning": Knob("simulated updates a step", 0, 50, 1),
    "temperature": Knob("temperature", 0.05, 3, 0.05),
    "accuracy": Knob("probability of a right reaction", 0.5, 1, 0.01),
    "prior": Knob("belief before: probability of the taste that likes it", 0, 1, 0.01),
    "episodes": Knob("episodes", 0, 12, 1),
    "sweeps": Knob("sweeps", 0, 6, 1),
    "rounds": Knob("rounds of evaluation and improvement", 0, 5, 1),
    "melodies": Knob("melodies", 5, 200, 5),
    "passes": Knob("passes over the log", 0, 8, 1),
    "weight": Knob("weight of the entropy of pitches", -3, 3, 0.25),
    "population": Knob("population", 4, 100, 2),
    "mutation": Knob("probability of each gene to mutate", 0, 0.5, 0.001),
    "crossover": Knob("probability of a pair to be crossed over", 0, 1, 0.05),
}


class LecturePage(NamedTuple):
    """A concept to be written: texts, and the content of its control where it has one (`kind`, `options`, tables)."""

    name: str
    group: str
    text: str
    equations: tuple[str, ...]
    code: str
    result: str
    where: tuple[str, ...]
    sources: tuple[str, ...]
    knobs: Mapping[str, float]
    control: Mapping[str, Any] | None


def write_lecture(
    pages: Sequence[LecturePage], to: str | os.PathLike[str], *, title: str, about: Sequence[str]
) -> list[Path]:
    """Write a page for each concept, and `index.html` with links to all.

    Args:
        pages: the concepts, group by group, in the order of the lecture.
        to: the folder, made where it is missing.
        title: of the list.
        about: paragraphs above the list.

    Returns:
        The files written, the list first.

    Raises:
        ValueError: an equation is not in the form of `mathml`, or a knob is none of `KNOBS`.
        OSError: the folder or a file cannot be written; it names the path.
    """
    names = [f"{slug(page.name)}.html" for page in pages]
    texts = [_index(pages, names, title, about)]
    texts += [_page(page, i, pages, names, title) for i, page in enumerate(pages)]
    folder = Path(to)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in (INDEX, *names)]
    for file, text in zip(files, texts, strict=True):
        write_bytes(file, text.encode())
    return files


def slug(name: str) -> str:
    """Return a concept's name as that of a file."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("(0)", "-0")).strip("-")


def _filled(title: str, head: Html, main: Html, turn: Html, content: Mapping[str, Any] | None) -> str:
    """The text of a page; without content it has no script."""
    style, script, parts = data("page.css") + data("lecture.css"), "", Html("")
    if content is not None:
        script = "".join(map(data, SCRIPTS))
        held = tag("script", json_text(content), type="application/json", id="data")
        parts = joined([held, tag("script", Html(script))])
    return framed("lecture.html", title, style, script, head=head, main=main, turn=turn, scripts=parts)


def _index(pages: Sequence[LecturePage], names: Sequence[str], title: str, about: Sequence[str]) -> str:
    groups = list(dict.fromkeys(page.group for page in pages))
    sections = []
    for group in groups:
        items = [
            tag("li", tag("a", page.name, href=name), tag("span", f"{page.text.partition('. ')[0].rstrip('.')}."))
            for page, name in zip(pages, names, strict=True)
            if page.group == group
        ]
        sections.append(tag("section", tag("h2", _capital(group)), tag("ul", *items, class_="list")))
    head = joined([tag("h1", title), *(tag("p", text) for text in about)])
    return _filled(title, head, joined(sections), Html(), None)


def _page(page: LecturePage, place: int, pages: Sequence[LecturePage], names: Sequence[str], title: str) -> str:
    near = [(word, place + step) for word, step in (("Previous", -1), ("Next", 1)) if 0 <= place + step < len(pages)]
    links = [tag("a", f"{word}: {pages[i].name}", href=names[i], rel=word[:4].lower()) for word, i in near]
    head = joined(
        [
            tag("nav", tag("a", title, href=INDEX), aria_label="all concepts"),
            tag("h1", _capital(page.name)),
            tag("p", page.group, class_="group"),
        ]
    )
    equations = (
        [tag("div", *map(mathml, page.equations), class_="equations", tabindex=0, role="region", aria_label="equation")]
        if page.equations
        else []
    )
    main = joined([tag("p", page.text, class_="lead"), *equations, *_live(page), *_code(page), *_sources(page)])
    turn = tag("nav", *links, class_="turn", aria_label="previous and next concept")
    return _filled(f"{_capital(page.name)} - {title}", head, main, turn, page.control)


def _live(page: LecturePage) -> list[Html]:
    """The control: knobs, a sentence, pictures; the script fills what stands empty."""
    if page.control is None:
        return []
    knobs = [_slider(page, name, start) for name, start in page.knobs.items()]
    content = [
        tag("h2", "Try it"),
        tag(
            "form",
            *knobs,
            *_choices(page.control),
            class_=f"knobs {page.control['kind']}",
            aria_label="controls",
            autocomplete="off",
        ),
        tag("p", id="said", role="status", aria_live="polite"),
        tag("div", id="pictures"),
        tag("noscript", tag("p", "The control needs JavaScript; nothing is sent anywhere.")),
    ]
    return [tag("section", *content)]


def _slider(page: LecturePage, name: str, start: float) -> Html:
    """A labelled slider; the knob of a table has a place for each of its rows."""
    table = (page.control or {}).get("table") or {}
    if table.get("knob") == name:
        knob = Knob(table["across"], 0, len(table["rows"]) - 1, 1)
    elif name in KNOBS:
        knob = KNOBS[name]
    else:
        raise ValueError(f"knob is {name!r}, expected one of {', '.join(KNOBS)}")
    key = f"knob-{name}"
    return tag(
        "div",
        tag("label", knob.label, tag("output", _plain(start), for_=key), for_=key),
        tag(
            "input",
            id=key,
            type="range",
            min=_plain(knob.low),
            max=_plain(knob.high),
            step=_plain(knob.step),
            value=_plain(start),
            data_knob=name,
        ),
    )


def _choices(control: Mapping[str, Any]) -> list[Html]:
    """Selections of a view, of the tokens of a melody and of a reaction, and a box for each bit."""
    kind, options, found = control["kind"], control["options"], []
    if "view" in options:
        found.append(_selection("view", "view", "the agent's view", {v: v for v in VIEWS}, options["view"]))
    if kind == "writer":
        names = dict(enumerate(control["melody"]["names"]))
        found += [
            _selection(f"token-{t}", "token", f"token {t + 1}", names, token)
            for t, token in enumerate(control["start"])
        ]
    if kind == "belief":
        found.append(_selection("smiled", "smiled", "reaction", {"smile": "smile", "frown": "frown"}, "smile"))
    if kind == "bits":
        bits, width = control["bits"], control["width"]
        for t in range(0, len(bits), width):
            boxes = [_box(i, bits[i]) for i in range(t, t + width)]
            found.append(tag("fieldset", tag("legend", f"bits of token {t // width + 1}"), *boxes))
    return found


def _box(place: int, bit: int) -> Html:
    box = tag("input", id=f"bit-{place}", type="checkbox", checked=bool(bit), data_knob="bits")
    return tag("label", box, f"bit {place + 1}", for_=f"bit-{place}")


def _selection(key: str, knob: str, label: str, choices: Mapping[Any, str], start: Any) -> Html:
    options = [tag("option", name, value=value, selected=value == start) for value, name in choices.items()]
    return tag("div", tag("label", label, for_=key), tag("select", *options, id=key, data_knob=knob))


def _code(page: LecturePage) -> list[Html]:
    names = [part for name in page.where for part in (tag("code", name), ", ")][:-1]
    return [
        tag(
            "section",
            tag("h2", "In the code"),
            tag("p", "Implemented by ", *names, ". To paste into Python:"),
            tag("pre", page.code, class_="code", tabindex=0, role="region", aria_label="code"),
            tag("p", "It gave, when this page was written:"),
            tag("pre", page.result, class_="code", tabindex=0, role="region", aria_label="result"),
        )
    ]


def _sources(page: LecturePage) -> list[Html]:
    return [tag("section", tag("h2", "Sources"), tag("ul", *(tag("li", source) for source in page.sources)))]


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
