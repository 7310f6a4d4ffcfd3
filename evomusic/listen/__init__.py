"""The listener's page: hear melodies, choose, steer, and let them evolve by ear.

A session is a list of events, each synced to a file before it is answered; all else follows from them. Choices teach a
model of the listener (`evomusic.listener`), whose weights stand beside those of the task's rules, so that the same
tables drive the exact sampler, the evolution of the next generation, and any study.

Read first `session.py`: the events and what follows from them. `log.py` keeps them, `melodies.py` draws melodies and
draws bars anew, `breeding.py` makes the next generation, `taste.py` is what has been learnt. `page.py` is the session
as JSON, `app.py` the addresses and `guard.py` who may call them, `serve.py` the server; `static/` is the page itself.
"""
