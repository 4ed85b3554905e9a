// What the page remembers of plotted signals, and the same merged to the columns of a plot. Times are seconds since 1970. Nothing here knows the page.

/** Points kept as they came: 20 minutes at 20 points a second. */
export const recentLimit = 24_576;

/** Merged points kept of what is older; when they are full, neighbours are merged again, so that nothing is forgotten, only coarser. */
export const oldLimit = 8_192;

/** How many recent points become one old point at first; twice as many each time the old ones are merged. */
const firstGroup = 8;

/** Changes of a text or boolean kept, and their characters altogether; past either the oldest go. */
export const changeLimit = 16_384;
export const characterLimit = 2_000_000;

/** Longest text kept of one change, in characters. */
export const textLimit = 1_000;

/** Points in the order of their times: [time, lowest, highest]; NaN as lowest and highest is a gap. */
class Points {
  // Not all of the same size, lest all curves of a plot grow in the same frame.
  #room = 192 + Math.floor(Math.random() * 128);
  times = new Float64Array(this.#room);
  lows = new Float64Array(this.#room);
  highs = new Float64Array(this.#room);
  size = 0;

  /** Index of the first point later than that. */
  after(time) {
    let from = 0;
    let to = this.size;
    if (to === 0 || this.times[to - 1] <= time) return to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.times[middle] <= time) from = middle + 1;
      else to = middle;
    }

    return from;
  }

  insert(time, low, high) {
    const at = this.after(time);
    if (at > 0 && this.times[at - 1] === time && !Number.isNaN(low) && !Number.isNaN(this.lows[at - 1])) {
      this.lows[at - 1] = Math.min(this.lows[at - 1], low);
      this.highs[at - 1] = Math.max(this.highs[at - 1], high);
      return;
    }

    if (this.size === this.times.length) this.#grow();
    if (at < this.size) for (const list of [this.times, this.lows, this.highs]) list.copyWithin(at + 1, at, this.size);
    this.times[at] = time;
    this.lows[at] = low;
    this.highs[at] = high;
    this.size++;
  }

  /** Forgets the oldest. */
  dropFirst(count) {
    for (const list of [this.times, this.lows, this.highs]) list.copyWithin(0, count, this.size);
    this.size -= count;
  }

  /** Calls fn with the extremes and the newest time of each group of the points from..to. A group that is nothing but gaps is a gap. */
  merge(from, to, groupSize, fn) {
    for (let start = from; start < to; start += groupSize) {
      const end = Math.min(start + groupSize, to);
      let low = Infinity;
      let high = -Infinity;
      for (let i = start; i < end; i++) {
        if (this.lows[i] < low) low = this.lows[i];
        if (this.highs[i] > high) high = this.highs[i];
      }

      fn(this.times[end - 1], low <= high ? low : NaN, low <= high ? high : NaN);
    }
  }

  /** Merges each two neighbours. */
  halve() {
    let at = 0;
    this.merge(0, this.size, 2, (time, low, high) => {
      this.times[at] = time;
      this.lows[at] = low;
      this.highs[at] = high;
      at++;
    });
    this.size = at;
  }

  #grow() {
    this.#room *= 2;
    for (const name of ['times', 'lows', 'highs']) {
      const larger = new Float64Array(this.#room);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}

/** The past of a number: bounded, the newest as it came, the older the coarser. */
export class NumberHistory {
  #recent = new Points();
  #old = new Points();
  #group = firstGroup;

  get size() {
    return this.#recent.size + this.#old.size;
  }

  get firstTime() {
    return this.#old.size > 0 ? this.#old.times[0] : this.#recent.size > 0 ? this.#recent.times[0] : NaN;
  }

  get lastTime() {
    return this.#recent.size > 0 ? this.#recent.times[this.#recent.size - 1] : NaN;
  }

  /** Adds a point, wherever its time belongs: a device may set its clock back. */
  add(time, low, high) {
    const isOld = this.#old.size > 0 && time <= this.#old.times[this.#old.size - 1];
    (isOld ? this.#old : this.#recent).insert(time, low, high);
    if (this.#recent.size > recentLimit) this.#age();
    if (this.#old.size <= oldLimit) return;
    this.#old.halve();
    this.#group *= 2;
  }

  /** Calls fn(time, low, high) for each point with from < time <= to, in order. */
  each(from, to, fn) {
    for (const points of [this.#old, this.#recent]) {
      const end = points.after(to);
      for (let i = points.after(from); i < end; i++) fn(points.times[i], points.lows[i], points.highs[i]);
    }
  }

  /** The newest point that is not later, [time, low, high], or null. */
  upTo(time) {
    for (const points of [this.#recent, this.#old]) {
      const at = points.after(time) - 1;
      if (at >= 0) return [points.times[at], points.lows[at], points.highs[at]];
    }

    return null;
  }

  /** The first point that is later, or null. */
  after(time) {
    for (const points of [this.#old, this.#recent]) {
      const at = points.after(time);
      if (at < points.size) return [points.times[at], points.lows[at], points.highs[at]];
    }

    return null;
  }

  /** What a line into a window comes from: [column, low, high] of the newest column before that one in which something came, or null. */
  columnBefore(column, width) {
    const last = this.upTo(before(column * width));
    if (last === null) return null;
    const at = Math.floor(last[0] / width);
    if (Number.isNaN(last[1])) return [at, NaN, NaN];
    let [, low, high] = last;
    this.each(before(at * width), last[0], (time, l, h) => {
      if (l < low) low = l;
      if (h > high) high = h;
    });
    return [at, low, high];
  }

  /** What a line out of a window leads to, from that column on: [column, low, high] or null. */
  columnFrom(column, width) {
    const next = this.after(before(column * width));
    return next === null ? null : [Math.floor(next[0] / width), next[1], next[2]];
  }

  #age() {
    const count = recentLimit / 4;
    this.#recent.merge(0, count, this.#group, (time, low, high) => this.#old.insert(time, low, high));
    this.#recent.dropFirst(count);
  }
}

/** The past of a text or boolean: its changes. null is a gap. */
export class ChangeHistory {
  #times = [];
  #values = [];
  #characters = 0;

  get size() {
    return this.#times.length;
  }

  get firstTime() {
    return this.#times.length > 0 ? this.#times[0] : NaN;
  }

  get lastTime() {
    return this.#times.length > 0 ? this.#times[this.#times.length - 1] : NaN;
  }

  add(time, value) {
    const kept = typeof value === 'string' && value.length > textLimit ? `${value.slice(0, textLimit)}…` : value;
    const at = this.#after(time);
    this.#times.splice(at, 0, time);
    this.#values.splice(at, 0, kept);
    this.#characters += lengthOf(kept);
    if (this.#times.length > changeLimit || this.#characters > characterLimit) this.#dropOldest();
  }

  /** Calls fn(start, end, value) for each stretch of one value that is seen between from and to. The last one lasts until `to`. */
  each(from, to, fn) {
    let at = Math.max(0, this.#after(from) - 1);
    while (at < this.#times.length && this.#times[at] < to) {
      let next = at + 1;
      while (next < this.#times.length && this.#values[next] === this.#values[at]) next++;
      const end = next < this.#times.length ? this.#times[next] : to;
      if (end > from) fn(Math.max(from, this.#times[at]), Math.min(to, end), this.#values[at]);
      at = next;
    }
  }

  /** Calls fn(time, value) for each change with from < time <= to. */
  changes(from, to, fn) {
    const end = this.#after(to);
    for (let i = this.#after(from); i < end; i++) fn(this.#times[i], this.#values[i]);
  }

  /** [time, value] of the newest change that is not later, or null. */
  upTo(time) {
    const at = this.#after(time) - 1;
    return at < 0 ? null : [this.#times[at], this.#values[at]];
  }

  #after(time) {
    let from = 0;
    let to = this.#times.length;
    if (to === 0 || this.#times[to - 1] <= time) return to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#times[middle] <= time) from = middle + 1;
      else to = middle;
    }

    return from;
  }

  #dropOldest() {
    const count = Math.ceil(this.#times.length / 4);
    for (let i = 0; i < count; i++) this.#characters -= lengthOf(this.#values[i]);
    this.#times.splice(0, count);
    this.#values.splice(0, count);
  }
}

// The greatest time that is still before it, to all that matters here: times come in microseconds.
function before(time) {
  return time - 5e-7;
}

function lengthOf(value) {
  return typeof value === 'string' ? value.length : 1;
}

/**
 * A plotted signal: what came of it. A signal can change its type, so it has a past as a number and one as a text.
 * The agent sends the history again whenever the page subscribes again; `interrupt` says that this is about to happen.
 */
export class Curve {
  numbers = new NumberHistory();
  changes = new ChangeHistory();

  /** Counts what came. */
  version = 0;

  #resuming = false;
  #overlapped = false;

  /** @param key The signal's key. */
  constructor(key) {
    this.key = key;
  }

  get firstTime() {
    return least(this.numbers.firstTime, this.changes.firstTime);
  }

  get lastTime() {
    return -least(-this.numbers.lastTime, -this.changes.lastTime);
  }

  /** What comes next was asked for anew: first the newest history once more, perhaps with a hole before it. */
  interrupt() {
    this.#resuming = this.numbers.size > 0 || this.changes.size > 0;
  }

  /**
   * Takes a block of points, [time, low, high, ...].
   * @param fn Called with (time, low, high) for each point that is new.
   */
  takeNumbers(list, fn) {
    for (let i = 0; i + 2 < list.length; i += 3) {
      const time = list[i];
      const low = list[i + 1] ?? NaN;
      const high = list[i + 2] ?? NaN;
      if (!Number.isFinite(time)) continue;
      if (this.#resuming && !this.#resume(this.numbers, time, hole => this.#number(hole, NaN, NaN, fn))) continue;
      this.#number(time, low, high, fn);
    }

    this.version++;
  }

  /** Takes a block of changes, [time, value, ...]. */
  takeChanges(list) {
    for (let i = 0; i + 1 < list.length; i += 2) {
      const [time, value] = [list[i], list[i + 1]];
      if (!Number.isFinite(time)) continue;
      if (this.#resuming && !this.#resume(this.changes, time, hole => this.changes.add(hole, null))) continue;
      this.changes.add(time, value ?? null);
    }

    this.version++;
  }

  #number(time, low, high, fn) {
    this.numbers.add(time, low, high);
    fn?.(time, low, high);
  }

  // True if the point is new. What was missed is a hole, unless the history reaches back to what is here.
  #resume(history, time, addHole) {
    const last = history.lastTime;
    if (time <= last) {
      this.#overlapped = true;
      return false;
    }

    if (!this.#overlapped && Number.isFinite(last)) addHole(last + (time - last) / 2);
    this.#overlapped = false;
    this.#resuming = false;
    return true;
  }

}

function least(a, b) {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}

/**
 * A number's extremes per column of a plot. A column is a span of time that starts at a multiple of its width, so moving the window does not merge anything again.
 * Column numbers are time / width.
 */
export class Columns {
  /** Seconds per column. */
  width = 1;

  /** First column of the window, and how many it has. */
  first = 0;
  count = 0;

  #history;
  #origin = 0;
  #mask = 0;
  #tags = new Float64Array(0);
  #lows = new Float64Array(0);
  #highs = new Float64Array(0);
  #breaks = new Uint8Array(0);

  /** First column that changed since `takeChanged` was called; Infinity if none. */
  #changedFrom = Infinity;

  /** @param history The NumberHistory that the columns are made from. */
  constructor(history) {
    this.#history = history;
  }

  /** Begins anew with columns of another width, or another number of them. */
  reset(width, first, count) {
    const capacity = 2 ** Math.ceil(Math.log2(count + 1));
    if (capacity !== this.#tags.length) {
      this.#mask = capacity - 1;
      this.#tags = new Float64Array(capacity);
      this.#lows = new Float64Array(capacity);
      this.#highs = new Float64Array(capacity);
      this.#breaks = new Uint8Array(capacity);
    }

    this.width = width;
    this.#origin = first;
    this.first = first;
    this.count = count;
    this.#tags.fill(NaN);
    this.#fill(first, first + count);
    this.#changedFrom = -Infinity;
  }

  /** Moves the window. What comes into it is read from the history, however far it moves. */
  moveTo(first) {
    const { first: old, count } = this;
    if (first === old) return;
    if (Math.abs(first - old) >= count) {
      this.reset(this.width, first, count);
      return;
    }

    this.first = first;
    if (first > old) this.#fill(old + count, first + count);
    else this.#fill(first, old);
  }

  #fill(from, to) {
    this.#history.each(before(from * this.width), to * this.width, (time, low, high) => this.add(time, low, high));
  }

  /** Takes a point of the history that came just now; one outside the window is left to `moveTo`. */
  add(time, low, high) {
    const column = Math.floor(time / this.width);
    if (!(column >= this.first && column < this.first + this.count)) return;
    const at = this.#at(column);
    const isGap = !(low <= high);
    if (this.#tags[at] !== column) {
      this.#tags[at] = column;
      this.#lows[at] = isGap ? NaN : low;
      this.#highs[at] = isGap ? NaN : high;
      this.#breaks[at] = isGap ? breakBefore | breakAfter : 0;
    } else if (isGap) {
      this.#breaks[at] |= breakAfter;
    } else {
      this.#breaks[at] &= ~breakAfter;
      if (!(this.#lows[at] <= low)) this.#lows[at] = low;
      if (!(this.#highs[at] >= high)) this.#highs[at] = high;
    }

    if (column < this.#changedFrom) this.#changedFrom = column;
  }

  /** First column that changed since the last call; Infinity if none, -Infinity if all. */
  takeChanged() {
    const from = this.#changedFrom;
    this.#changedFrom = Infinity;
    return from;
  }

  /** True if something came in that column, be it a gap. */
  has(column) {
    return this.#tags[this.#at(column)] === column;
  }

  /** NaN for a gap. */
  low(column) {
    return this.#lows[this.#at(column)];
  }

  high(column) {
    return this.#highs[this.#at(column)];
  }

  breaksBefore(column) {
    return (this.#breaks[this.#at(column)] & breakBefore) !== 0;
  }

  breaksAfter(column) {
    return (this.#breaks[this.#at(column)] & breakAfter) !== 0;
  }

  /** The nearest column before that one, not before `limit`, in which something came; NaN if there is none. */
  previous(column, limit) {
    for (let c = column - 1; c >= limit; c--) if (this.has(c)) return c;
    return NaN;
  }

  /** Widens the range [lowest, highest] to what is in the columns from <= column < to. */
  extend(from, to, range) {
    let [low, high] = range;
    for (let column = from; column < to; column++) {
      const at = this.#at(column);
      if (this.#tags[at] !== column) continue;
      if (this.#lows[at] < low) low = this.#lows[at];
      if (this.#highs[at] > high) high = this.#highs[at];
    }

    range[0] = low;
    range[1] = high;
  }

  #at(column) {
    return (column - this.#origin) & this.#mask;
  }
}

const breakBefore = 1;
const breakAfter = 2;
