// The newest values of the signals that are seen, with a little of their past. The agent sends them at most four times a second.
import { api, part } from '../api.js';
import { feed } from '../feed.js';

/** The agent takes that many of one page. */
export const shownLimit = 500;

/** Values kept for the small curve. */
const pastLength = 64;

/** Signals of which values are kept; those seen longest ago go. */
const keptLimit = 3_000;

/** A longer key would not fit into an address. */
const longestKey = 2_000;

/** Histories fetched at the same time. */
const fetchLimit = 4;

/** A value older than this many of its usual intervals is stale, but never before the shortest and always after the longest time, in s. */
const staleIntervals = 6;
const shortestFresh = 10;
const longestFresh = 3_600;

/** What is known of a signal: time, value, rate (per second), isRetained, past: [[time, low, high], ...] of numbers, oldest first. */
class LiveValue {
  time = NaN;
  value = null;
  rate = 0;
  isRetained = false;
  past = [];
  hasPast = false;

  /** Highest rate seen: a signal that has stopped has none. */
  usualRate = 0;
}

export class LiveValues {
  #known = new Map();
  #epoch = -1;
  #shown = new Map();
  #listeners = new Set();
  #waiting = [];
  #fetching = 0;
  #off = null;

  start() {
    this.#off = feed.on('values', list => this.#take(list));
  }

  stop() {
    this.#off();
    this.#shown.clear();
    this.#waiting = [];
    feed.show('values', null);
  }

  /** Calls fn with the ordinals that have a new value; the result ends that. */
  onChange(fn) {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** What is known of a signal, or undefined. */
  of(ordinal) {
    this.#checkEpoch();
    return this.#known.get(ordinal);
  }

  /** Says which signals are seen at a place, such as the tree; the agent is asked for those of all places, the first place's before the others'. */
  show(place, ordinals) {
    const isSeen = new Set(ordinals);
    // What is out of sight misses values: its past is fetched again when it is back.
    for (const ordinal of this.#shown.get(place) ?? []) if (!isSeen.has(ordinal) && this.#known.has(ordinal)) this.#known.get(ordinal).hasPast = false;
    this.#shown.set(place, ordinals);
    const all = new Set();
    for (const list of this.#shown.values()) for (const ordinal of list) if (all.size < shownLimit) all.add(ordinal);
    feed.show('values', all.size > 0 ? [...all] : null);
  }

  /** Fetches the past of signals whose small curve is to be seen. */
  wantPast(ordinals) {
    this.#checkEpoch();
    this.#waiting = ordinals.filter(ordinal => !this.#entry(ordinal).hasPast && feed.catalog.types[ordinal] === 'number' && feed.catalog.keys[ordinal].length <= longestKey);
    this.#fetchNext();
  }

  #take(list) {
    this.#checkEpoch();
    const changed = [];
    for (const [ordinal, time, value, rate, isRetained, low, high] of list) {
      const entry = this.#entry(ordinal);
      entry.time = time;
      entry.value = value;
      entry.rate = rate;
      entry.isRetained = isRetained === true;
      entry.usualRate = Math.max(entry.usualRate, rate);
      if (typeof value === 'number' && !(entry.past.length > 0 && entry.past[entry.past.length - 1][0] >= time)) {
        entry.past.push([time, low ?? value, high ?? value]);
        if (entry.past.length > pastLength) entry.past.shift();
      }

      changed.push(ordinal);
    }

    for (const fn of [...this.#listeners]) fn(changed);
  }

  // Ordinals of another epoch are other signals.
  #checkEpoch() {
    if (this.#epoch === feed.catalog.epoch) return;
    this.#epoch = feed.catalog.epoch;
    this.#known.clear();
    this.#waiting = [];
  }

  #entry(ordinal) {
    let entry = this.#known.get(ordinal);
    if (entry === undefined) entry = new LiveValue();
    else this.#known.delete(ordinal);
    this.#known.set(ordinal, entry);
    if (this.#known.size > keptLimit) this.#known.delete(this.#known.keys().next().value);
    return entry;
  }

  async #fetchNext() {
    if (this.#fetching >= fetchLimit || this.#waiting.length === 0) return;
    const ordinal = this.#waiting.shift();
    const epoch = this.#epoch;
    const entry = this.#entry(ordinal);
    this.#fetching++;
    entry.hasPast = true;
    try {
      const { samples } = await api.get(`/api/signals/${part(feed.catalog.keys[ordinal])}/history`);
      if (epoch === this.#epoch) this.#begin(ordinal, entry, samples);
    } catch {
      // The signal is gone, or the agent away, which the page says elsewhere: the small curve begins with what comes next. Asked again after a while.
      setTimeout(() => (entry.hasPast = false), 5_000);
    } finally {
      this.#fetching--;
      this.#fetchNext();
    }

    this.#fetchNext();
  }

  #begin(ordinal, entry, samples) {
    const numbers = samples.filter(([, value]) => typeof value === 'number');
    const step = Math.ceil(numbers.length / pastLength);
    const thinned = [];
    for (let end = numbers.length; end > 0; end -= step) {
      const group = numbers.slice(Math.max(0, end - step), end);
      thinned.unshift([group[group.length - 1][0], Math.min(...group.map(([, value]) => value)), Math.max(...group.map(([, value]) => value))]);
    }

    const last = thinned.length > 0 ? thinned[thinned.length - 1][0] : -Infinity;
    entry.past = [...thinned, ...entry.past.filter(([time]) => time > last)].slice(-pastLength);
    for (const fn of [...this.#listeners]) fn([ordinal]);
  }
}

/** True if a value has not been renewed for longer than is usual for its signal. */
export function isStale(entry, now) {
  const limit = entry.usualRate > 0 ? Math.min(longestFresh, Math.max(shortestFresh, staleIntervals / entry.usualRate)) : 60;
  return now - entry.time > limit;
}
