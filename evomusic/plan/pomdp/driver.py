from __future__ import annotations
import time
import numpy as np
from evomusic.plan.pomdp import bounds, initial, reach, trial
from evomusic.plan.pomdp.store import *

class Search:
    def __init__(self, model, gamma, share=0.5, verbose=False, corner_trials=0.0):
        self.model, self.gamma = model, gamma
        t, z = model.transitions, model.emissions
        r = np.ascontiguousarray(model.expected)
        T = (t.first, t.to, t.p)
        Z = (z.first, z.to, z.p)
        q = np.full(r.shape, r.max() / (1 - gamma))
        scale = max(np.ptp(r), 1e-12) / (1 - gamma)
        t0 = time.perf_counter()
        for _ in range(100000):
            if initial.mdp_sweep(gamma, *T, r, q) * gamma <= 1e-9 * scale * (1 - gamma): break
        t1 = time.perf_counter()
        for i in range(100000):
            if initial.informed_sweep(gamma, model.observations, *T, *Z, r, q) * gamma <= 1e-7 * scale * (1 - gamma): break
        t2 = time.perf_counter()
        v = np.full(r.shape, r.min() / (1 - gamma))
        for _ in range(100000):
            if initial.blind_sweep(gamma, *T, r, v) <= 1e-9 * scale * (1 - gamma): break
        if verbose: print("initial", t1 - t0, t2 - t1, time.perf_counter() - t2, i)
        self.g = empty(model, gamma, v.min(), q)
        self.need = needs(self.g)
        self.room()
        need = dict(self.need); need[NUMBERS] = v.size + 10; need[VECTORS] = len(v) + 2
        self.g = grown(self.g, need)
        for a in range(len(v)):
            bounds.enter_vector(self.g, a, np.arange(v.shape[1], dtype=np.int32), v[a], 0, v.shape[1])
        self.path = np.zeros(300, np.int64)
        self.share = share
        self.corners = None

    def room(self):
        self.g = grown(self.g, self.need)

    def node(self, belief):
        self.room()
        at = np.flatnonzero(belief).astype(np.int32)
        p = belief[at]
        n = reach.node_of(self.g, at, p, 0, len(at))
        reach.stored(self.g, n, at, p, 0, len(at))
        return n

    def settle(self, root, change):
        marks = np.zeros(self.g.used[NODES], np.bool_); order = np.zeros(self.g.used[BLOCKS], np.int64)
        count = trial.mark_promising(self.g, root, marks, order)
        left = count
        while left:
            left = trial.settle(self.g, order[:left], change, self.need[EDGES])
            if left: self.room()
        return count

    def prune(self):
        g = self.g
        keep = np.zeros(g.used[VECTORS], np.bool_)
        keep[:len(g.expected)] = True
        best = g.vector[g.owner[:g.used[BLOCKS]]]
        keep[best[best >= 0]] = True
        bounds.prune(g, keep)
        bounds.hang(g, g.corner.copy())

    def search(self, root, aim, change):
        while trial.search(self.g, root, aim, change, self.path, self.need[EDGES], 0) == trial.FULL:
            self.room()

def run(model, gamma, limit, gap=1e-6, share=.5, corners=True, sweep_every=20, verbose=True, cshare=.3, CH=.02, ss=.3):
    t0 = time.perf_counter()
    s = Search(model, gamma, verbose=verbose)
    root = s.node(model.belief)
    g = s.g
    S = model.states
    cnodes = None
    if corners:
        cnodes = np.array([s.node(e) for e in np.eye(S)])
    shown = t0
    trials = 0; ci = 0
    tc = ts = 0.0; pr = 100
    cg = 0
    while True:
        g = s.g
        G = g.upper[root] - g.lower[root]
        now = time.perf_counter()
        if now - shown > limit / 10 or G <= gap or now - t0 > limit:
            shown = now
            if verbose: print(f"{now-t0:6.1f} {g.lower[root]:.5f} {g.upper[root]:.5f} trials {trials} openings {g.used[BLOCKS]} nodes {g.used[NODES]} vectors {g.used[VECTORS]} log {g.used[LOG]} corner {tc:.1f} settle {ts:.1f}", flush=True)
        if G <= gap or now - t0 > limit: break
        change = CH * (1 - gamma) * G
        aim = max(share * G, gap * .5)
        s.search(root, aim, change)
        trials += 1
        if trials % sweep_every == 0:
            t1 = time.perf_counter()
            if ts < ss * (t1 - t0):
                s.settle(root, change)
                if s.g.used[VECTORS] > 2 * pr:
                    s.prune(); pr = max(s.g.used[VECTORS], 100)
                ts += time.perf_counter() - t1
            trial.sweep(s.g, 3, change)
            t1 = time.perf_counter()
            if cnodes is not None:
                # corners
                while tc < cshare * (time.perf_counter() - t0):
                    for _ in range(5):
                        n = cnodes[ci % S]; ci += 1
                        cG = s.g.upper[n] - s.g.lower[n]
                        s.search(n, max(share * cG, G*.5), change)
                    tc += time.perf_counter() - t1; t1 = time.perf_counter()
                g = s.g
                c = np.minimum(g.corner, g.upper[cnodes])
                if (g.corner - c).max() > 1e-2 * G:
                    bounds.hang(g, c)
    return s, root

if __name__ == "__main__":
    import sys
    from evomusic.models.classics import *
    what = sys.argv[1]
    m = {"tag": tag, "rs4": rock_sample, "rs7": lambda: rock_sample(7), "hallway": hallway, "hallway2": lambda: hallway(HALLWAY2), "aloha": aloha, "aloha30": lambda: aloha(30)}[what]()
    kw = eval("dict(" + (sys.argv[3] if len(sys.argv) > 3 else "") + ")")
    run(m, m.discount, 1.0, verbose=False, **kw)
    run(m, m.discount, float(sys.argv[2]), **kw)
