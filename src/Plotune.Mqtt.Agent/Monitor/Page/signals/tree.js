// Signals as a tree of topic levels, made for 100,000 of them: adding one costs its own levels, showing a stretch of rows costs these rows. Nothing here knows the page.

/** Trees with fewer signals show everything they have; larger ones begin closed. */
const openUpTo = 150;

/** Longest part of a name that its place in the order depends on. */
const orderedCharacters = 200;

/**
 * A row: a connection, a run of topic levels, or a signal. Levels without a branch are one node ("a/b/c"), so that no topic, however deep, makes more than two nodes.
 * parent, label; kind: connection, topic or path; ordinal: its signal's, or -1; count: signals at and below it; isOpen.
 */
class Node {
  ordinal = -1;
  count = 0;
  isOpen = false;

  /** Rows below it while it is open. */
  inner = 0;

  children = null;
  sorted = null;
  unsorted = null;
  order = '';

  constructor(parent, kind, label) {
    this.parent = parent;
    this.kind = kind;
    this.label = label;
  }

  get hasChildren() {
    return this.children !== null;
  }

  get rows() {
    return 1 + (this.isOpen ? this.inner : 0);
  }
}

export class SignalTree {
  #root = new Node(null, 'root', '');
  #nodes = [];
  #startsOpen;

  /** @param startsOpen True opens every node, as for what a search finds. */
  constructor({ startsOpen = false } = {}) {
    this.#startsOpen = startsOpen;
    this.#root.isOpen = true;
  }

  get rowCount() {
    return this.#root.inner;
  }

  get signalCount() {
    return this.#root.count;
  }

  /** The node of a signal, or undefined. */
  nodeOf(ordinal) {
    return this.#nodes[ordinal];
  }

  /** @param path JSON Pointer of the value in the topic's payloads; empty for the topic's own value. */
  add(ordinal, connection, topic, path) {
    const top = this.#child(this.#root, `c${connection}`, 'connection', connection);
    let node = this.#topic(top, topic);
    if (path !== '') node = this.#child(node, `p${path}`, 'path', path);
    node.ordinal = ordinal;
    this.#nodes[ordinal] = node;
    for (let n = node; n !== null; n = n.parent) n.count++;
  }

  setOpen(node, isOpen) {
    if (!node.hasChildren || node.isOpen === isOpen) return;
    node.isOpen = isOpen;
    this.#resize(node.parent, isOpen ? node.inner : -node.inner);
  }

  /** The node of that full name if everything above it is open, or null. */
  find(name) {
    const stack = [this.#root];
    while (stack.length > 0) {
      const node = stack.pop();
      if (node.parent !== null) {
        const full = fullName(node);
        if (full === name) return node;
        if (!name.startsWith(full)) continue;
      }

      if (node.isOpen && node.hasChildren) for (const child of node.children.values()) stack.push(child);
    }

    return null;
  }

  /** Opens what is above it. */
  reveal(node) {
    for (let n = node.parent; n !== null && n.parent !== null; n = n.parent) this.setOpen(n, true);
  }

  /** The row of a node whose parents are open. */
  indexOf(node) {
    let index = -1;
    for (let n = node; n.parent !== null; n = n.parent) {
      index++;
      for (const sibling of this.#ordered(n.parent)) {
        if (sibling === n) break;
        index += sibling.rows;
      }
    }

    return index;
  }

  /** So many rows from that one on: [{node, depth, position, siblings}], position from 1. */
  rows(from, count) {
    const found = [];
    const path = this.#seek(from);
    while (path.length > 0 && found.length < count) {
      const [parent, at] = path[path.length - 1];
      const siblings = this.#ordered(parent);
      const node = siblings[at];
      found.push({ node, depth: path.length - 1, position: at + 1, siblings: siblings.length });
      if (node.isOpen && node.hasChildren) {
        path.push([node, 0]);
        continue;
      }

      while (path.length > 0) {
        const top = path[path.length - 1];
        if (++top[1] < this.#ordered(top[0]).length) break;
        path.pop();
      }
    }

    return found;
  }

  /** What is open or closed other than by itself, to be given to a tree that is built anew: [connection, topic run, ...] joined, as keys. */
  openKeys() {
    const keys = new Map();
    const stack = [this.#root];
    while (stack.length > 0) {
      const node = stack.pop();
      if (node.parent !== null && node.hasChildren) keys.set(fullName(node), node.isOpen);
      if (node.hasChildren) for (const child of node.children.values()) if (child.hasChildren) stack.push(child);
    }

    return keys;
  }

  /** Opens and closes what an earlier tree had open and closed. */
  restore(keys) {
    const stack = [this.#root];
    while (stack.length > 0) {
      const node = stack.pop();
      const isOpen = node.parent === null ? undefined : keys.get(fullName(node));
      if (isOpen !== undefined) this.setOpen(node, isOpen);
      if (node.hasChildren) for (const child of node.children.values()) if (child.hasChildren) stack.push(child);
    }
  }

  // The path to a row: [parent, index of the child] for each level; empty if there is no such row.
  #seek(index) {
    const path = [];
    if (index < 0 || index >= this.#root.inner) return path;
    let parent = this.#root;
    let left = index;
    for (;;) {
      const siblings = this.#ordered(parent);
      let at = 0;
      while (left >= siblings[at].rows) left -= siblings[at++].rows;
      path.push([parent, at]);
      if (left === 0) return path;
      left--;
      parent = siblings[at];
    }
  }

  // The node of a whole topic below its connection; runs are split where topics part.
  #topic(top, topic) {
    let node = top;
    let at = 0;
    for (;;) {
      const first = levelAt(topic, at);
      const child = node.children?.get(`t${first}`);
      if (child === undefined) return this.#child(node, `t${first}`, 'topic', topic.slice(at));
      const shared = sharedRun(child.label, topic, at, first.length);
      if (shared < child.label.length) this.#split(child, shared);
      at += shared;
      if (at >= topic.length) return child;
      at++;
      node = child;
    }
  }

  #child(parent, key, kind, label) {
    const known = parent.children?.get(key);
    if (known !== undefined) return known;
    const node = new Node(parent, kind, label);
    node.order = orderOf(kind, label);
    this.#adopt(parent, key, node);
    this.#resize(parent, 1);
    return node;
  }

  #adopt(parent, key, node) {
    if (parent.children === null) {
      parent.children = new Map();
      parent.sorted = [];
      parent.unsorted = [];
      parent.isOpen = parent.isOpen || this.#startsOpen || this.#root.count < openUpTo || parent.kind === 'connection';
    }

    parent.children.set(key, node);
    parent.unsorted.push(node);
  }

  // The node keeps the first levels; a new one below it takes the rest with everything it had.
  #split(node, length) {
    const lower = new Node(node, 'topic', node.label.slice(length + 1));
    lower.order = orderOf('topic', lower.label);
    [lower.children, lower.sorted, lower.unsorted] = [node.children, node.sorted, node.unsorted];
    [lower.ordinal, lower.count, lower.inner, lower.isOpen] = [node.ordinal, node.count, node.inner, node.isOpen];
    if (lower.children !== null) for (const child of lower.children.values()) child.parent = lower;
    if (lower.ordinal >= 0) this.#nodes[lower.ordinal] = lower;
    const before = node.rows;
    node.label = node.label.slice(0, length);
    node.order = orderOf('topic', node.label);
    node.ordinal = -1;
    [node.children, node.sorted, node.unsorted] = [null, null, null];
    this.#adopt(node, `t${levelAt(lower.label, 0)}`, lower);
    node.inner = lower.rows;
    this.#resize(node.parent, node.rows - before);
  }

  #resize(node, difference) {
    for (let n = node; n !== null && difference !== 0; n = n.parent) {
      n.inner += difference;
      if (!n.isOpen) return;
    }
  }

  #ordered(node) {
    if (node.unsorted.length > 0) {
      node.unsorted.sort(byOrder);
      node.sorted = merged(node.sorted, node.unsorted);
      node.unsorted = [];
    }

    return node.sorted;
  }
}

/** The whole name of a node: its connection, then the topic, as one text that no other node has. */
export function fullName(node) {
  const parts = [];
  for (let n = node; n.parent !== null; n = n.parent) parts.push(n.kind === 'connection' ? `${n.label}\n` : n.kind === 'path' ? `\n${n.label}` : n.parent.kind === 'connection' ? n.label : `/${n.label}`);
  return parts.reverse().join('');
}

/**
 * What a search takes: every word must be in one of the texts, in any case; `*` stands for anything in between.
 * Never a regular expression: what is typed, and a topic of 65,535 characters, must not make it slow.
 */
export function matcherOf(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean).map(word => word.split('*').filter(Boolean)).filter(parts => parts.length > 0);
  return (...texts) => {
    const lower = texts.map(text => text.toLowerCase());
    return words.every(parts => lower.some(text => inOrder(text, parts)));
  };
}

function inOrder(text, parts) {
  let at = 0;
  for (const part of parts) {
    at = text.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }

  return true;
}

function levelAt(topic, at) {
  const end = topic.indexOf('/', at);
  return end < 0 ? topic.slice(at) : topic.slice(at, end);
}

// How many characters of the run the topic has from there on too, in whole levels. The first level, of that length, is known to be the same.
function sharedRun(run, topic, at, known) {
  let boundary = known;
  let i = known;
  while (i < run.length && at + i < topic.length && run[i] === topic[at + i]) {
    if (run[i] === '/') boundary = i;
    i++;
  }

  const runEnds = i === run.length;
  const topicEnds = at + i === topic.length;
  if ((runEnds || run[i] === '/') && (topicEnds || topic[at + i] === '/')) return i;
  return boundary;
}

// Values of a payload before further levels; numbers in names by their size.
function orderOf(kind, label) {
  return `${kind === 'path' ? 0 : 1}${label.slice(0, orderedCharacters).toLowerCase().replace(/\d{1,15}/g, digits => digits.padStart(15, '0'))}`;
}

function byOrder(a, b) {
  return a.order < b.order ? -1 : a.order > b.order ? 1 : a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
}

function merged(left, right) {
  if (left.length === 0) return right;
  const all = new Array(left.length + right.length);
  for (let at = 0, l = 0, r = 0; at < all.length; at++) all[at] = r >= right.length || (l < left.length && byOrder(left[l], right[r]) <= 0) ? left[l++] : right[r++];
  return all;
}
