// The live data: one WebSocket to the agent, which is told what is shown and sends just that. It connects again by itself, for ever.
import { onUnauthorised } from './api.js';
import { token } from './token.js';

const firstDelay = 500;
const longestDelay = 10_000;

/** Silence of an open socket, in ms, after which the agent is asked whether it is still there: a network that is gone closes nothing. */
const silenceLimit = 15_000;

/** Every signal by its ordinal, in parallel arrays: 100,000 of them are no 100,000 objects. */
class Catalog {
  keys = [];
  connections = [];
  topics = [];
  paths = [];
  types = [];
  units = [];
  descriptions = [];
  firstSeen = [];

  /** Signals the agent has; more than `size` while they are still coming in. */
  total = 0;

  /** Counts changes. */
  version = 0;

  /** Counts new beginnings: ordinals of another epoch mean other signals. */
  epoch = 0;

  #listeners = new Set();

  get size() {
    return this.keys.length;
  }

  /** Calls fn after each change; the result ends that. */
  onChange(fn) {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /**
   * @param changed Signals that are there already and are described otherwise now.
   * @returns False if the block does not follow what is there.
   */
  take({ from, signals, total, changed = [] }) {
    if (from === 0) this.#clear();
    if (from > this.size) return false;
    for (let i = 0; i < signals.length; i++) {
      const at = from + i;
      [this.keys[at], this.connections[at], this.topics[at], this.paths[at], this.types[at], this.units[at], this.descriptions[at], this.firstSeen[at]] = signals[i];
    }

    for (const [at, ...description] of changed) [this.types[at], this.units[at], this.descriptions[at]] = description;
    this.total = Math.max(total ?? 0, this.size);
    this.version++;
    for (const fn of [...this.#listeners]) fn();
    return true;
  }

  #clear() {
    for (const list of [this.keys, this.connections, this.topics, this.paths, this.types, this.units, this.descriptions, this.firstSeen]) list.length = 0;
    this.epoch++;
  }
}

class Feed {
  catalog = new Catalog();

  /**
   * link: connecting, open, lost or unauthorised. retryAt: when the next attempt is made, as Date.now() counts; null if none is planned.
   * hello and status: the newest of each. restarts: how often another run of the agent answered than before. lostAt, restartedAt: Date.now() of the last.
   */
  state = { link: 'connecting', retryAt: null, hello: null, status: null, restarts: 0, restartedAt: null, lostAt: null, error: '' };

  #subscribers = new Set();
  #handlers = { points: new Set(), values: new Set(), messages: new Set(), hello: new Set() };
  #shown = new Map();
  #socket = null;
  #attempt = 0;
  #retryTimer = 0;
  #silenceTimer = 0;
  #notifyScheduled = false;
  #sendScheduled = false;
  #sent = '';
  #clockOffset = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      this.#send();
      if (!document.hidden && this.state.link === 'lost') this.retryNow();
    });
    addEventListener('online', () => this.state.link === 'lost' && this.retryNow());
    onUnauthorised(() => this.#unauthorised());
  }

  /** The agent's time in seconds since 1970, whatever this computer's clock says. */
  now() {
    return Date.now() / 1000 + this.#clockOffset;
  }

  start() {
    if (this.#socket === null) this.#connect();
  }

  /** Tries at once, such as after a token was entered. */
  retryNow() {
    if (this.state.link === 'open') return;
    clearTimeout(this.#retryTimer);
    this.#attempt = 0;
    this.#drop();
    this.#connect();
  }

  /** The person has read what the agent refused. */
  forgetError() {
    this.#change({ error: '' });
  }

  /** Calls fn at most once per animation frame after a change of state or catalog; the result ends that. */
  subscribe(fn) {
    this.#subscribers.add(fn);
    return () => this.#subscribers.delete(fn);
  }

  /** Calls fn with the content of each frame of that kind: points, values, messages or hello; the result ends that. */
  on(kind, fn) {
    this.#handlers[kind].add(fn);
    return () => this.#handlers[kind].delete(fn);
  }

  /** Says what is shown of a part (status, catalog, values, curves, messages); null for nothing any more. Sent once per frame, and again after a reconnect. */
  show(part, value) {
    if (value === null || value === undefined) this.#shown.delete(part);
    else this.#shown.set(part, value);
    if (this.#sendScheduled) return;
    this.#sendScheduled = true;
    requestAnimationFrame(() => this.#send());
  }

  #connect() {
    const address = new URL('/api/monitor', location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    address.hash = '';
    if (token.get()) address.searchParams.set('token', token.get());
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#change({ link: 'connecting', retryAt: null });
    socket.onopen = () => socket === this.#socket && this.#hear();
    socket.onmessage = event => socket === this.#socket && this.#receive(event.data);
    socket.onclose = event => socket === this.#socket && this.#lost(event);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#silenceTimer);
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  async #lost(event) {
    const wasOpen = this.state.link === 'open';
    this.#drop();
    // A browser does not say why a WebSocket was refused; an ordinary request does.
    const refusal = wasOpen ? { status: 0, detail: '' } : await refusalOf();
    if (this.#socket !== null) return;
    if (refusal.status === 401) {
      this.#unauthorised();
      return;
    }

    if (wasOpen) this.#attempt = 0;
    const delay = Math.min(longestDelay, firstDelay * 2 ** this.#attempt++) * (0.75 + Math.random() / 2);
    this.#change({ link: 'lost', retryAt: Date.now() + delay, lostAt: wasOpen ? Date.now() : (this.state.lostAt ?? Date.now()), error: event.reason || refusal.detail });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
  }

  #unauthorised() {
    clearTimeout(this.#retryTimer);
    this.#drop();
    this.#change({ link: 'unauthorised', retryAt: null });
  }

  #receive(text) {
    this.#hear();
    const frame = JSON.parse(text);
    if (frame.hello) this.#begin(frame.hello);
    else if (frame.status) this.#takeStatus(frame.status);
    else if (frame.catalog) this.#takeCatalog(frame.catalog);
    else if (frame.error) this.#change({ error: String(frame.error) }); // what it refuses to show
    else for (const kind of ['points', 'values', 'messages']) if (frame[kind]) this.#emit(kind, frame[kind]);
  }

  #begin(hello) {
    const before = this.state.hello;
    const isRestart = before !== null && before.run !== hello.run;
    this.#attempt = 0;
    this.#clockOffset = hello.now - Date.now() / 1000;
    this.#change({
      link: 'open', retryAt: null, lostAt: null, error: '', hello,
      restarts: this.state.restarts + (isRestart ? 1 : 0),
      restartedAt: isRestart ? Date.now() : this.state.restartedAt,
    });
    this.#sent = '';
    this.#emit('hello', hello);
    this.#send();
  }

  #takeStatus(status) {
    const offset = status.now - Date.now() / 1000;
    // What comes in late makes the agent's clock look slow, never fast.
    if (offset > this.#clockOffset || this.#clockOffset - offset > 5) this.#clockOffset = offset;
    this.#change({ status });
  }

  #takeCatalog(block) {
    if (this.catalog.take(block)) this.#notify();
    else this.#socket.close(4000, 'catalog out of order');
  }

  #emit(kind, content) {
    for (const fn of [...this.#handlers[kind]]) fn(content);
  }

  #send() {
    this.#sendScheduled = false;
    if (this.state.link !== 'open') return;
    const show = document.hidden ? { status: false } : Object.fromEntries(this.#shown);
    const message = JSON.stringify({ show });
    if (message === this.#sent) return;
    this.#sent = message;
    this.#socket.send(message);
  }

  #hear() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => this.#probe(), silenceLimit);
  }

  async #probe() {
    const socket = this.#socket;
    const isThere = document.hidden || (await answers());
    if (socket !== this.#socket) return;
    if (isThere) this.#hear();
    else this.#lost({ reason: '' });
  }

  #change(members) {
    this.state = { ...this.state, ...members };
    this.#notify();
  }

  #notify() {
    if (this.#notifyScheduled) return;
    this.#notifyScheduled = true;
    requestAnimationFrame(() => {
      this.#notifyScheduled = false;
      for (const fn of [...this.#subscribers]) fn();
    });
  }
}

/** What the agent says to an ordinary request: status 0 if it does not answer. */
async function refusalOf() {
  try {
    const response = await fetch('/api/status', { headers: token.get() ? { Authorization: `Bearer ${token.get()}` } : {}, cache: 'no-store' });
    return { status: response.status, detail: response.ok ? 'The agent answers, but takes no further viewer for now.' : `The agent answers with status ${response.status}.` };
  } catch {
    return { status: 0, detail: '' };
  }
}

/** Whether anything at all comes back. */
async function answers() {
  try {
    await fetch('/health', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
    return true;
  } catch {
    return false;
  }
}

export const feed = new Feed();
