// Everything that is plotted: which curves the agent is asked for, what stretch of time is seen, and when which pane is drawn.
import { feed } from '../feed.js';
import { Curve } from './curves.js';
import { longestSpan, shortestSpan } from './plot-url.js';

/** Shortest time between two drawings of a pane, in ms: 25 a second. */
const drawInterval = 38;

/** What drawing may take of one frame before the other panes wait for the next, in ms. */
const frameBudget = 5;

/** Readouts beside the plots are renewed that often, and while the cursor moves, in ms. */
const readoutInterval = 200;
const cursorReadoutInterval = 50;

/** How often the stretch of time that is seen is told at most, in ms. */
const tellInterval = 120;

/** Most points a second the page asks for, over all its curves. */
const pointRate = 20_000;

/** Most that the keys of the curves may take of a message to the agent, in bytes: it takes 256 KiB of one. */
const keyBytes = 200_000;

/** How far a signal's clock may be ahead of the agent's and still be seen live, in s. */
const longestLead = 10;

// What was plotted stays known while another view is shown.
const curves = new Map();

export function curveOf(key) {
  let curve = curves.get(key);
  if (curve === undefined) curves.set(key, (curve = new Curve(key)));
  return curve;
}

export class Plotter {
  /** Seconds seen. */
  span;

  /** Time at the right edge; null for now. */
  end;

  /** Called whenever span or end were changed by the person. */
  onTimeline = () => {};

  #panes = new Set();
  #traceListeners = new Set();
  #readoutListeners = new Set();
  #ids = new Map();
  #byId = new Map();
  #leftOut = new Set();
  #nextId = 1;
  #lead = 0;
  #liveSpan;
  #frame = 0;
  #wake = 0;
  #tellTimer = 0;
  #toldAt = -Infinity;
  #told;
  #lastReadout = 0;
  #readoutDue = false;
  #ends = [];

  constructor(span, end) {
    this.span = span;
    this.end = end;
    this.#liveSpan = span;
    this.#told = { span, end };
  }

  start() {
    const hidden = () => (document.hidden ? this.#interrupt() : this.changed());
    document.addEventListener('visibilitychange', hidden);
    this.#interrupt();
    this.#ends = [
      feed.on('points', list => this.#take(list)),
      feed.on('hello', () => this.#interrupt()),
      feed.catalog.onChange(() => this.subscribe()),
      () => document.removeEventListener('visibilitychange', hidden),
    ];
  }

  stop() {
    for (const end of this.#ends) end();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#wake);
    clearTimeout(this.#tellTimer);
    this.#frame = this.#tellTimer = 0;
    feed.show('curves', null);
  }

  addPane(pane) {
    this.#panes.add(pane);
    this.changed();
  }

  removePane(pane) {
    this.#panes.delete(pane);
    this.changed();
  }

  get panes() {
    return [...this.#panes];
  }

  /** Calls fn when panes have other signals, or these other colours; the result ends that. */
  onTraces(fn) {
    this.#traceListeners.add(fn);
    return () => this.#traceListeners.delete(fn);
  }

  /** Calls fn a few times a second, and at once when the cursor moves; the result ends that. */
  onReadout(fn) {
    this.#readoutListeners.add(fn);
    return () => this.#readoutListeners.delete(fn);
  }

  tracesChanged() {
    this.subscribe();
    for (const fn of [...this.#traceListeners]) fn();
  }

  /** Asks the agent for what the panes show, and forgets what no pane shows any more. */
  subscribe() {
    const keys = new Set();
    for (const pane of this.#panes) for (const trace of pane.traces) keys.add(trace.curve.key);
    for (const key of [...curves.keys()]) if (!keys.has(key)) this.#forget(key);
    const bucket = bucketOf(Math.max(this.#liveSpan / this.#columnCount(), keys.size / pointRate));
    const asked = [];
    this.#leftOut.clear();
    let room = keyBytes;
    for (const key of keys) {
      if (!isKnown(key)) continue;
      if (key.length * 3 + 80 > room) {
        this.#leftOut.add(key);
        continue;
      }

      room -= key.length * 3 + 80;
      let id = this.#ids.get(key);
      if (id === undefined) {
        id = this.#nextId++;
        this.#ids.set(key, id);
        this.#byId.set(id, curveOf(key));
      }

      asked.push({ id, signal: key, bucket });
    }

    feed.show('curves', asked.length > 0 ? asked : null);
  }

  /** True if the agent cannot be asked for that signal beside the others. */
  isLeftOut(key) {
    return this.#leftOut.has(key);
  }

  /** What is seen has changed other than by new points. */
  changed() {
    for (const pane of this.#panes) pane.isDue = true;
    this.#schedule();
  }

  /** Time at the right edge, also while it moves. */
  get edge() {
    return this.end ?? feed.now() + this.#lead;
  }

  get isLive() {
    return this.end === null;
  }

  /** Where the first point is; NaN if there is none. */
  get firstTime() {
    let first = NaN;
    for (const pane of this.#panes) for (const { curve } of pane.traces) if (!(curve.firstTime >= first)) first = Number.isNaN(curve.firstTime) ? first : curve.firstTime;
    return first;
  }

  live() {
    this.#seeing(this.span, null);
  }

  pause() {
    this.#seeing(this.span, this.edge);
  }

  /** Moves by so much of what is seen; negative is back. */
  scroll(share) {
    this.scrollTo(this.edge + share * this.span);
  }

  /** Not before the first point, and live again at its end. */
  scrollTo(end) {
    const first = this.firstTime;
    const now = feed.now() + this.#lead;
    if (end >= now) {
      this.live();
      return;
    }

    this.#seeing(this.span, Number.isNaN(first) ? end : Math.max(end, Math.min(first + this.span * 0.1, now)));
  }

  /** Sees more (factor > 1) or less. @param anchor Time that stays where it is; live, that is the right edge. */
  zoom(factor, anchor = this.edge - this.span / 2) {
    const span = clamp(this.span * factor, shortestSpan, longestSpan);
    if (this.end === null) {
      this.#seeing(span, null);
      return;
    }

    const end = anchor + (this.end - anchor) * (span / this.span);
    this.#seeing(span, end >= feed.now() + this.#lead ? null : end);
  }

  zoomTo(from, to) {
    this.#seeing(clamp(to - from, shortestSpan, longestSpan), to >= feed.now() + this.#lead ? null : to);
  }

  setSpan(span) {
    this.#seeing(clamp(span, shortestSpan, longestSpan), this.end);
  }

  /** From an address: nobody needs to be told. What comes back from having been told is no news. */
  restore(span, end) {
    if ((span === this.span && end === this.end) || (span === this.#told.span && end === this.#told.end)) return;
    this.#told = { span, end };
    this.#set(span, end);
  }

  /** The cursor has moved, or what is under it has. */
  readout() {
    this.#readoutDue = true;
    this.#schedule();
  }

  #seeing(span, end) {
    if (span === this.span && end === this.end) return;
    this.#set(span, end);
    this.#tell();
  }

  // At once, and while somebody turns a wheel a few times a second: what stands around the plot is written anew for it.
  #tell() {
    if (this.#tellTimer !== 0) return;
    const wait = this.#toldAt + tellInterval - performance.now();
    const tell = () => {
      this.#tellTimer = 0;
      this.#toldAt = performance.now();
      this.#told = { span: this.span, end: this.end };
      this.onTimeline();
    };
    if (wait <= 0) tell();
    else this.#tellTimer = setTimeout(tell, wait);
  }

  #set(span, end) {
    const isOther = span !== this.span;
    this.span = span;
    this.end = end;
    if (end === null && span !== this.#liveSpan) {
      this.#liveSpan = span;
      this.subscribe();
    }

    if (isOther) for (const pane of this.#panes) pane.fitScales();
    this.changed();
    this.readout();
  }

  #columnCount() {
    return Math.max(200, ...this.panes.map(pane => pane.columnCount));
  }

  #take(list) {
    for (const [id, ...content] of list) {
      const curve = this.#byId.get(id);
      if (curve === undefined) continue;
      if (content[0] === 'text') curve.takeChanges(content[1]);
      else {
        const traces = [];
        for (const pane of this.#panes) for (const trace of pane.traces) if (trace.curve === curve) traces.push(trace);
        curve.takeNumbers(content[0], (time, low, high) => {
          for (const trace of traces) trace.columns.add(time, low, high);
        });
      }

      if (this.end === null) this.#lead = Math.min(longestLead, Math.max(this.#lead, curve.lastTime - feed.now() || 0));
      for (const pane of this.#panes) pane.isDue ||= pane.shows(curve);
    }

    this.#schedule();
  }

  // The agent is about to be asked anew. Under other numbers, so that nothing of before is taken for the history that comes first.
  #interrupt() {
    for (const curve of this.#byId.values()) curve.interrupt();
    for (const curve of curves.values()) curve.interrupt();
    this.#ids.clear();
    this.#byId.clear();
    this.#lead = 0;
    this.subscribe();
  }

  #forget(key) {
    curves.delete(key);
    this.#byId.delete(this.#ids.get(key));
    this.#ids.delete(key);
  }

  #schedule() {
    if (this.#frame === 0 && !document.hidden) this.#frame = requestAnimationFrame(time => this.#draw(time));
  }

  #draw(time) {
    this.#frame = 0;
    const started = performance.now();
    const due = this.panes.filter(pane => pane.isDue || (this.isLive && pane.traces.length > 0 && time - pane.drawnAt >= this.#idleInterval())).sort((a, b) => a.drawnAt - b.drawnAt);
    for (const pane of due) {
      if (pane.isUrgent || time - pane.drawnAt >= drawInterval) {
        pane.draw(this.edge, this.span, started + frameBudget);
        pane.drawnAt = time;
        this.#readoutDue ||= time - this.#lastReadout >= readoutInterval;
      }

      if (performance.now() - started > frameBudget) break;
    }

    if (this.#readoutDue && time - this.#lastReadout >= cursorReadoutInterval) {
      this.#readoutDue = false;
      this.#lastReadout = time;
      for (const fn of [...this.#readoutListeners]) fn();
    }

    if (this.#readoutDue || this.panes.some(pane => pane.isDue)) this.#schedule();
    else this.#sleep();
  }

  // Without new points the time axis still moves on.
  #sleep() {
    clearTimeout(this.#wake);
    if (this.isLive && this.panes.some(pane => pane.traces.length > 0)) this.#wake = setTimeout(() => this.#schedule(), this.#idleInterval());
  }

  // Once it is a pixel behind: what is drawn at one place in all panes is to be of one time.
  #idleInterval() {
    return clamp((this.span * 1000 * devicePixelRatio) / this.#columnCount(), drawInterval, 1000);
  }
}

/** The widest of 1, 2, 5, 10, ... that is no wider, within what the agent takes; in s. */
export function bucketOf(seconds) {
  const power = 10 ** Math.floor(Math.log10(seconds) + 1e-9);
  const step = [5, 2].find(digit => digit * power <= seconds * (1 + 1e-9)) ?? 1;
  return clamp(Number((step * power).toPrecision(1)), 0.001, 3600);
}

const known = { epoch: -1, size: 0, keys: new Map() };

/** The ordinal of a signal in the catalog, or undefined. */
export function ordinalOf(key) {
  const { catalog } = feed;
  if (known.epoch !== catalog.epoch) [known.epoch, known.size] = [catalog.epoch, 0, known.keys.clear()];
  while (known.size < catalog.size) known.keys.set(catalog.keys[known.size], known.size++);
  return known.keys.get(key);
}

function isKnown(key) {
  return ordinalOf(key) !== undefined;
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
