"""A marimo notebook: samples of a style at a temperature, drawn anew when the slider moves."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import numpy as np

    import evomusic as em

    return em, mo, np


@app.cell
def _(mo):
    mo.md("""
    # Between the style and the best melody

    Independent samples in proportion to style x exp(return / temperature), exactly. At a low temperature they come near
    the optimum, at a high one they are the style of old tunes alone.
    """)
    return


@app.cell
def _(mo):
    temperature = mo.ui.slider(steps=[0.25, 0.5, 1, 2, 4], value=1, label="temperature", show_value=True)
    form = mo.ui.dropdown(["free", "AABA", "ABAB"], value="AABA", label="form")
    mo.hstack([temperature, form], justify="start")
    return form, temperature


@app.cell
def _(em):
    task = em.make("tune", bars=4)
    return (task,)


@app.cell
def _(task, temperature):
    policy = task.soften(temperature.value)
    return (policy,)


@app.cell
def _(em, form, np, policy, task):
    like = None if form.value == "free" else form.value
    em.show(policy.sample(3, np.random.default_rng(1), like=like), task)
    return


@app.cell
def _(task):
    task.optimum()
    return


if __name__ == "__main__":
    app.run()
