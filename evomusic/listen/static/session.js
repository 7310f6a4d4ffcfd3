// The session as the server has it: the state, presses that change it, and the server's own events.
//
// A press has a key of its own; if its answer is lost it is sent again with the same key, and counts once.

export const GONE = "The server is gone: run the command again; nothing is lost.";
const LEFT = "The server was started again: open the new link that the command printed; nothing is lost.";
const WAIT = [1, 2, 4, 8, 15, 30]; // seconds between looks for a server that is gone

class Trouble extends Error {
  constructor(text, status) {
    super(text);
    this.status = status; // 0: no answer
  }
}

export class Session {
  // hooks: show(state), busy(is), say(text), trouble(text or null), progress(text)
  constructor(hooks) {
    this.hooks = hooks;
    this.state = null;
    this.running = false;
    this.failed = null; // the press whose answer did not come
    this.newest = 0; // version that was told of
    this.waiting = new Map();
    this.tries = 0;
  }

  // Sends a press. `make` gives its body, or null, when it is its turn. While another runs it is passed over,
  // but one that merges with those like it waits: the last of them is sent.
  async press(verb, make, { after, merge } = {}) {
    if (this.failed) {
      this.again();
      return;
    }
    if (this.running) {
      if (merge) this.waiting.set(merge, () => this.press(verb, make, { after, merge }));
      return;
    }
    const body = make();
    if (body) await this.send(verb, { ...body, key: crypto.randomUUID() }, after);
  }

  again() {
    if (this.failed && !this.running) this.send(...this.failed);
    else if (!this.failed) this.connect();
  }

  async send(verb, body, after) {
    this.set(true);
    let refused = null;
    try {
      const next = await ask(`/api/${verb}`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
      });
      this.failed = null;
      this.hooks.trouble(null);
      this.accept(next);
      after?.(next);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (isLost(error)) {
        this.failed = [verb, body, after];
        this.lost(error);
      } else {
        this.failed = null;
        refused = error;
      }
    } finally {
      this.set(false);
    }
    if (refused) await this.refused(refused);
    else this.turn();
  }

  turn() {
    if (this.failed) {
      this.waiting.clear();
      return;
    }
    if (this.newest > this.state.version) this.load();
    const [first] = this.waiting;
    if (first) {
      this.waiting.delete(first[0]);
      first[1]();
    }
  }

  async refused(error) {
    this.waiting.clear();
    if (error.status === 409 || error.status >= 500) await this.load();
    this.hooks.say(sentence(error.message));
  }

  async load() {
    try {
      const next = await ask("/api/state");
      if (!this.running || next.version >= this.state.version) this.accept(next);
      this.hooks.trouble(null);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      this.lost(error);
    }
  }

  accept(next) {
    this.state = next;
    this.newest = next.version;
    this.hooks.show(next);
  }

  // Follows what other tabs do, and comes back when a server is there again.
  connect() {
    clearTimeout(this.timer);
    this.stream?.close();
    const stream = new EventSource("/api/events");
    this.stream = stream;
    stream.addEventListener("open", () => {
      this.tries = 0;
      if (this.failed) this.again();
    });
    stream.addEventListener("state", (event) => {
      const { version } = JSON.parse(event.data);
      this.newest = Math.max(this.newest, version);
      if (!this.running && !this.failed && version !== this.state?.version) this.load();
      else if (!this.failed) this.hooks.trouble(null);
    });
    stream.addEventListener("progress", (event) => this.hooks.progress(JSON.parse(event.data).text));
    stream.addEventListener("error", () => {
      stream.close();
      if (this.stream !== stream || this.leaving) return;
      if (this.tries > 0) this.load();
      this.timer = setTimeout(() => this.connect(), 1000 * WAIT[Math.min(this.tries, WAIT.length - 1)]);
      this.tries += 1;
    });
  }

  lost(error) {
    this.hooks.trouble(error.status === 403 ? LEFT : error.status ? sentence(error.message) : GONE);
  }

  set(running) {
    this.running = running;
    this.hooks.busy(running);
  }
}

// Whether it is unknown if a press was done, or another try may do it.
const isLost = (error) => [0, 403, 429, 507].includes(error.status);

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

export async function ask(path, options) {
  let answer;
  let body;
  try {
    answer = await fetch(path, options);
    body = await answer.json();
  } catch {
    if (!answer || answer.ok) throw new Trouble(GONE, 0); // none, or cut off on its way
    throw new Trouble(`the server could not do this (${answer.status}); its terminal says why`, answer.status);
  }
  if (!answer.ok) throw new Trouble(body.error ?? `the server refused (${answer.status})`, answer.status);
  return body;
}
