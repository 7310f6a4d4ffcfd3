"""The listener's page: hear melodies, choose, steer, and let them evolve by ear.

A session is a list of events, each synced to a file before it is answered; all else follows from them. Choices teach a
model of the listener (`evomusic.listener`), whose weights stand beside those of the task's rules, so that the same
tables drive the exact sampler, the evolution of the next generation, and any study.

Read first `session.py`: the events and what follows from them. `log.py` writes them, `service.py` is a session that
runs, and `presses.py` makes events of what a listener does. `melodies.py` draws melodies and draws bars anew,
`breeding.py` and `generations.py` make the next generation, `taste.py` holds what has been learnt. `page.py` is the
session as JSON, `app.py` the addresses and `guard.py` who may call them, `serve.py` the server; `watching.py` and
`dashboard.py` are the page of a study; `static/` is both pages themselves.
"""
