// The tree on the screen: a window of rows over a list of any length. Rows are made once and filled anew; a frame costs what is seen, not what is there.
import { count, cut, dateTime, number, rate, span, visible, visibleText } from '../format.js';
import { feed } from '../feed.js';
import { fullName } from './tree.js';
import { isStale } from './live-values.js';

/** Browsers cannot lay out higher boxes; beyond, the scroll bar is scaled. */
const highest = 12_000_000;

/** Narrower than this in CSS pixels a row has two lines. */
const narrow = 430;

const rowHeights = { wide: 30, narrow: 48 };
const indent = 12;
const deepest = 10;
const sparkWidth = 64;
const sparkHeight = 18;

/** How long a row must be seen before its past is fetched, in ms. */
const pastDelay = 250;

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

let trees = 0;

export class TreeView {
  /** Called with the ordinals of the signals that are seen. */
  onSeen = () => {};

  /** Called with the ordinals whose past is to be fetched. */
  onPast = () => {};

  /** Called with the ordinal of a signal that is to be plotted, or no longer. */
  onToggle = () => {};

  #host;
  #look;
  #spacer = document.createElement('div');
  #tree = null;
  #values;
  #pool = [];
  #first = 0;
  #rows = [];
  #current = null;
  #colours = new Map();
  #isNarrow = false;
  #isHeld = false;
  #frame = 0;
  #pastTimer = 0;
  #id = `tree${trees++}`;
  #ends = [];
  #seenKey = '';
  #connections = null;
  #connected = new Map();

  /** @param host The scrolling element, a treegrid. */
  constructor(host, values) {
    this.#host = host;
    this.#values = values;
    this.#look = lookOf(host);
    this.#spacer.className = 'tree-rows';
    this.#spacer.setAttribute('role', 'presentation');
    host.append(this.#spacer);
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(host);
    const scrolled = () => this.changed();
    host.addEventListener('scroll', scrolled, { passive: true });
    host.addEventListener('keydown', event => this.#key(event));
    host.addEventListener('click', event => this.#click(event));
    host.addEventListener('focus', () => this.#mark());
    host.addEventListener('blur', () => this.#mark());
    const offValues = values.onChange(ordinals => this.#fresh(ordinals));
    const timer = setInterval(() => document.hidden || this.#age(), 1000);
    const themed = () => {
      this.#look = lookOf(host);
      for (const row of this.#pool) row.sparked = null;
      this.changed();
    };
    darkScheme.addEventListener('change', themed);
    this.#ends = [() => darkScheme.removeEventListener('change', themed), () => observer.disconnect(), offValues, () => clearInterval(timer), () => cancelAnimationFrame(this.#frame), () => clearTimeout(this.#pastTimer)];
  }

  destroy() {
    for (const end of this.#ends) end();
    this.#spacer.remove();
  }

  /** Shows another tree. @param keepsPlace The same rows as far as they are there again, not the first ones. */
  setTree(tree, { keepsPlace = false } = {}) {
    const current = keepsPlace && this.#current !== null ? fullName(this.#current) : null;
    this.#tree = tree;
    this.#isHeld = false;
    this.#current = current === null ? null : tree.find(current);
    if (!keepsPlace) this.#host.scrollTop = 0;
    for (const row of this.#pool) row.node = null;
    this.#seenKey = '';
    this.changed();
  }

  /** Leaves the rows as they are until there is another tree: the catalog's ordinals are no longer theirs. */
  hold() {
    this.#isHeld = true;
    this.onSeen([]);
  }

  /** The tree has more rows, or other ones. */
  changed() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  /** @param colours Map from ordinal to the CSS colour of its curve. */
  setPlotted(colours) {
    this.#colours = colours;
    this.changed();
  }

  /** Makes a row the current one and brings it into view. */
  go(node) {
    this.#tree.reveal(node);
    this.#current = node;
    this.#scrollTo(this.#tree.indexOf(node));
    this.changed();
  }

  get #rowHeight() {
    return rowHeights[this.#isNarrow ? 'narrow' : 'wide'];
  }

  #resize() {
    const isNarrow = this.#host.clientWidth < narrow;
    if (isNarrow !== this.#isNarrow) {
      this.#isNarrow = isNarrow;
      this.#host.classList.toggle('narrow', isNarrow);
    }

    this.#host.parentElement.classList.toggle('narrow', isNarrow);
    this.changed();
  }

  #render() {
    if (this.#tree === null || this.#isHeld) return;
    const { clientHeight, scrollTop } = this.#host;
    const height = this.#rowHeight;
    const total = this.#tree.rowCount * height;
    const shownTotal = Math.min(total, highest);
    this.#spacer.style.height = `${shownTotal}px`;
    this.#host.setAttribute('aria-rowcount', this.#tree.rowCount + 1);
    const top = total > highest ? (scrollTop / Math.max(1, shownTotal - clientHeight)) * (total - clientHeight) : scrollTop;
    this.#first = Math.max(0, Math.min(Math.floor(top / height), this.#tree.rowCount - 1));
    this.#rows = this.#tree.rows(this.#first, Math.ceil(clientHeight / height) + 1);
    const offset = scrollTop - (top - this.#first * height);
    while (this.#pool.length < this.#rows.length) this.#pool.push(this.#newRow(this.#pool.length));
    this.#pool.forEach((row, index) => {
      const shown = this.#rows[index];
      row.element.hidden = shown === undefined;
      if (shown !== undefined) this.#fill(row, shown, index, offset + index * height);
    });
    this.#mark();
    this.#tellSeen();
  }

  #tellSeen() {
    const ordinals = this.#rows.filter(({ node }) => node.ordinal >= 0).map(({ node }) => node.ordinal);
    const key = `${feed.catalog.epoch} ${ordinals.join()}`;
    if (key === this.#seenKey) return;
    this.#seenKey = key;
    this.onSeen(ordinals);
    clearTimeout(this.#pastTimer);
    this.#pastTimer = setTimeout(() => this.onPast(ordinals), pastDelay);
  }

  #newRow(index) {
    const make = (name, parent, tag = 'span') => {
      const element = document.createElement(tag);
      element.className = name;
      parent.append(element);
      return element;
    };
    const element = document.createElement('div');
    element.className = 'tree-row';
    element.setAttribute('role', 'row');
    element.id = `${this.#id}-${index}`;
    const cell = name => {
      const made = make(name, element, 'div');
      made.setAttribute('role', 'gridcell');
      return made;
    };
    const nameCell = cell('tree-name');
    const twisty = make('twisty', nameCell);
    const swatch = make('swatch', nameCell);
    const label = make('label', nameCell, 'bdi');
    const inside = make('inside', nameCell);
    const valueCell = cell('tree-value');
    const value = make('value', valueCell, 'bdi');
    const unit = make('unit', valueCell, 'bdi');
    const mark = make('badge quiet', valueCell);
    const age = cell('tree-age');
    const rateCell = cell('tree-rate');
    const sparkCell = cell('tree-spark');
    const spark = make('spark', sparkCell, 'canvas');
    for (const part of [twisty, swatch, spark]) part.setAttribute('aria-hidden', 'true');
    this.#spacer.append(element);
    return { element, nameCell, twisty, swatch, label, inside, value, unit, mark, age, rate: rateCell, spark, node: null, filledLabel: '', filledOrdinal: -1, texts: new Map(), sparked: null };
  }

  #fill(row, { node, depth, position, siblings }, index, top) {
    const { element } = row;
    element.style.transform = `translateY(${top}px)`;
    element.setAttribute('aria-rowindex', this.#first + index + 2);
    if (row.node !== node || row.filledLabel !== node.label || row.filledOrdinal !== node.ordinal) {
      row.node = node;
      row.filledLabel = node.label;
      row.filledOrdinal = node.ordinal;
      row.sparked = null;
      this.#name(row, node);
    }

    const shownDepth = Math.min(depth, deepest);
    row.nameCell.style.paddingLeft = `${shownDepth * indent}px`;
    const attributes = {
      'aria-level': depth + 1, 'aria-posinset': position, 'aria-setsize': siblings,
      'aria-expanded': node.hasChildren ? String(node.isOpen) : null, 'aria-selected': node.ordinal >= 0 ? String(this.#colours.has(node.ordinal)) : null,
    };
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) element.removeAttribute(name);
      else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }

    row.twisty.classList.toggle('none', !node.hasChildren);
    const colour = node.ordinal < 0 ? undefined : this.#colours.get(node.ordinal);
    row.swatch.classList.toggle('none', node.ordinal < 0);
    row.swatch.style.background = colour ?? '';
    row.swatch.style.borderColor = colour ?? '';
    element.classList.toggle('plotted', colour !== undefined);
    put(row, 'inside', node.hasChildren && !node.isOpen ? count(node.count) : '');
    this.#fillValue(row);
  }

  #name(row, node) {
    const text = node.kind === 'path' ? node.label.slice(1).replaceAll('/', ' › ').replaceAll('~1', '/').replaceAll('~0', '~') : node.label;
    const shown = shortened(text === '' ? '(empty)' : text);
    row.label.replaceChildren(...visible(shown).map(([piece, isMark]) => {
      if (!isMark) return piece;
      const mark = document.createElement('span');
      mark.className = 'mark';
      mark.textContent = piece;
      return mark;
    }));
    row.element.classList.toggle('has-signal', node.ordinal >= 0);
    row.element.classList.toggle('is-connection', node.kind === 'connection');
    row.element.title = this.#title(node);
  }

  #title(node) {
    const name = visibleText(cut(fullName(node).split('\n').slice(1).join(' ').trim() || node.label, 2000));
    if (node.ordinal < 0) return `${name}\n${count(node.count)} signal${node.count === 1 ? '' : 's'}`;
    const { descriptions, keys, types, firstSeen } = feed.catalog;
    const description = descriptions[node.ordinal];
    return [name, description && visibleText(cut(description, 500)), `${types[node.ordinal]}, key ${cut(keys[node.ordinal], 300)}`, `first seen ${dateTime(firstSeen[node.ordinal])}`].filter(Boolean).join('\n');
  }

  #fillValue(row) {
    const { node } = row;
    const entry = node.ordinal < 0 ? undefined : this.#values.of(node.ordinal);
    if (entry === undefined || Number.isNaN(entry.time)) {
      for (const name of ['value', 'unit', 'mark', 'age', 'rate']) put(row, name, '');
      row.mark.hidden = true;
      row.element.classList.remove('stale');
      this.#drawSpark(row, entry);
      return;
    }

    put(row, 'value', valueText(entry.value));
    put(row, 'unit', visibleText(cut(feed.catalog.units[node.ordinal] ?? '', 24)));
    put(row, 'rate', entry.rate > 0 ? `${rate(entry.rate)}/s` : '');
    put(row, 'mark', entry.isRetained ? 'retained' : '');
    row.mark.hidden = !entry.isRetained;
    this.#fillAge(row, entry);
    this.#drawSpark(row, entry);
  }

  #fillAge(row, entry) {
    const now = feed.now();
    put(row, 'age', span(now - entry.time));
    const isAway = !this.#isConnected(feed.catalog.connections[row.node.ordinal]);
    row.element.classList.toggle('stale', entry.isRetained || isAway || isStale(entry, now));
  }

  #isConnected(name) {
    const list = feed.state.status?.connections;
    if (list === undefined || feed.state.link !== 'open') return feed.state.link === 'open';
    if (this.#connections !== list) {
      this.#connections = list;
      this.#connected = new Map(list.map(connection => [connection.name, connection.state.status === 'connected']));
    }

    return this.#connected.get(name) ?? true;
  }

  #fresh(ordinals) {
    if (this.#isHeld) return;
    const changed = new Set(ordinals);
    for (const row of this.#pool) if (!row.element.hidden && row.node !== null && changed.has(row.node.ordinal)) this.#fillValue(row);
  }

  #age() {
    if (this.#isHeld) return;
    for (const row of this.#pool) {
      if (row.element.hidden || row.node === null || row.node.ordinal < 0) continue;
      const entry = this.#values.of(row.node.ordinal);
      if (entry === undefined || Number.isNaN(entry.time)) continue;
      this.#fillAge(row, entry);
      this.#drawSpark(row, entry);
    }
  }

  #drawSpark(row, entry) {
    const past = entry?.past ?? [];
    const key = past.length < 2 ? '' : `${row.node.ordinal} ${past[0][0]} ${past[past.length - 1][0]} ${row.element.classList.contains('stale')}`;
    if (key === row.sparked) return;
    row.sparked = key;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(sparkWidth * ratio), Math.round(sparkHeight * ratio)];
    const { spark } = row;
    if (spark.width !== width) [spark.width, spark.height] = [width, height];
    const context = spark.getContext('2d');
    context.clearRect(0, 0, width, height);
    if (key === '') return;
    let [low, high] = [Infinity, -Infinity];
    for (const [, least, greatest] of past) {
      low = Math.min(low, least);
      high = Math.max(high, greatest);
    }

    const [start, end] = [past[0][0], past[past.length - 1][0]];
    const y = value => (high > low ? height - ratio - ((value - low) / (high - low)) * (height - 2 * ratio) : height / 2);
    context.beginPath();
    for (const [time, least, greatest] of past) {
      const x = ((time - start) / (end - start || 1)) * (width - 1);
      context.lineTo(x, y(least));
      if (greatest > least) context.lineTo(x, y(greatest));
    }

    context.strokeStyle = row.element.classList.contains('stale') ? this.#look.quiet : this.#look.lively;
    context.lineWidth = 1.2 * ratio;
    context.lineJoin = 'round';
    context.stroke();
  }

  #mark() {
    const index = this.#current === null ? -1 : this.#rows.findIndex(({ node }) => node === this.#current);
    this.#pool.forEach((row, at) => row.element.classList.toggle('current', at === index));
    if (index >= 0) this.#host.setAttribute('aria-activedescendant', this.#pool[index].element.id);
    else this.#host.removeAttribute('aria-activedescendant');
  }

  #click(event) {
    const element = event.target.closest('.tree-row');
    const row = this.#pool.find(candidate => candidate.element === element);
    if (row === undefined || this.#isHeld) return;
    this.#current = row.node;
    const opens = row.node.hasChildren && (row.node.ordinal < 0 || event.target === row.twisty);
    if (opens) this.#open(row.node, !row.node.isOpen);
    else if (row.node.ordinal >= 0) this.onToggle(row.node.ordinal);
    this.#mark();
  }

  #open(node, isOpen) {
    this.#tree.setOpen(node, isOpen);
    this.changed();
  }

  #key(event) {
    if (this.#tree === null || this.#isHeld || this.#tree.rowCount === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#current === null ? -1 : this.#tree.indexOf(this.#current);
    const page = Math.max(1, Math.floor(this.#host.clientHeight / this.#rowHeight) - 1);
    const node = this.#current;
    const moves = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: this.#tree.rowCount - 1, PageDown: at + page, PageUp: at - page };
    if (event.key in moves) this.#goIndex(moves[event.key]);
    else if (node === null) return;
    else if (event.key === 'ArrowRight' && node.hasChildren && !node.isOpen) this.#open(node, true);
    else if (event.key === 'ArrowRight' && node.hasChildren) this.#goIndex(at + 1);
    else if (event.key === 'ArrowLeft' && node.hasChildren && node.isOpen) this.#open(node, false);
    else if (event.key === 'ArrowLeft' && node.parent.parent !== null) this.#goIndex(this.#tree.indexOf(node.parent));
    else if ((event.key === 'Enter' || event.key === ' ') && node.ordinal >= 0) this.onToggle(node.ordinal);
    else if (event.key === 'Enter' || event.key === ' ') this.#open(node, !node.isOpen);
    else return;
    event.preventDefault();
  }

  #goIndex(index) {
    const at = Math.max(0, Math.min(this.#tree.rowCount - 1, index));
    this.#current = this.#tree.rows(at, 1)[0].node;
    this.#scrollTo(at);
    this.#render();
  }

  #scrollTo(index) {
    const height = this.#rowHeight;
    const total = this.#tree.rowCount * height;
    const view = this.#host.clientHeight;
    const scale = total > highest ? (highest - view) / (total - view) : 1;
    this.#spacer.style.height = `${Math.min(total, highest)}px`;
    const top = this.#host.scrollTop / scale;
    if (index * height < top) this.#host.scrollTop = index * height * scale;
    else if ((index + 1) * height > top + view) this.#host.scrollTop = ((index + 1) * height - view) * scale;
  }
}

export function valueText(value) {
  if (value === null || value === undefined) return '–';
  return typeof value === 'number' ? number(value) : visibleText(cut(String(value), 120));
}

function lookOf(element) {
  const style = getComputedStyle(element);
  return { lively: style.getPropertyValue('--accent').trim(), quiet: style.getPropertyValue('--muted').trim() };
}

// A text that is written only if it is another one.
function put(row, name, text) {
  if (row.texts.get(name) === text) return;
  row.texts.set(name, text);
  row[name].textContent = text;
}

// A run of very many levels: its ends, and how many there are. Each piece is cut where a character ends.
function shortened(text) {
  const levels = text.length > 24 ? text.split('/') : [];
  if (levels.length > 12) return `${cut(levels[0], 12)}/${cut(levels[1], 8)}/… ${count(levels.length)} levels …/${cut(levels[levels.length - 1], 16)}`;
  return cut(text, 160);
}
