// Components that the views share.
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from './dom.js';
import { feed } from './feed.js';
import { cut, dateTime, span, visible, visibleText, when } from './format.js';
import { route } from './route.js';

/** The feed's state; the component is rendered again when it changes. */
export function useFeed() {
  const [state, setState] = useState(feed.state);
  useEffect(() => {
    setState(feed.state);
    return feed.subscribe(() => setState(feed.state));
  }, []);
  return state;
}

/** The agent's time in seconds, renewed every second. */
export function useNow() {
  const [now, setNow] = useState(feed.now());
  useEffect(() => ticker.subscribe(() => setNow(feed.now())), []);
  return now;
}

/** {view, params} of the page's address. */
export function useRoute() {
  const [current, setCurrent] = useState(route.current);
  useEffect(() => {
    setCurrent(route.current);
    return route.subscribe(() => setCurrent(route.current));
  }, []);
  return current;
}

// One clock for all ages and countdowns, which stands still while nobody looks.
const ticker = {
  listeners: new Set(),
  timer: 0,
  subscribe(fn) {
    this.listeners.add(fn);
    this.timer ||= setInterval(() => document.hidden || this.listeners.forEach(listener => listener()), 1000);
    return () => {
      this.listeners.delete(fn);
      if (this.listeners.size > 0) return;
      clearInterval(this.timer);
      this.timer = 0;
    };
  },
};

/** A foreign text (a topic, a name, a payload): never markup, isolated in its direction, hidden characters shown, cut if long, the whole in the title. */
export function Text({ value, max = 200, class: name = '' }) {
  const text = String(value ?? '');
  const shown = cut(text, max);
  const title = shown.length < text.length ? visibleText(cut(text, 2000)) : undefined;
  return html`<bdi class=${`foreign ${name}`} title=${title}>${visible(shown).map(([piece, isMark]) => (isMark ? html`<span class="mark">${piece}</span>` : piece))}</bdi>`;
}

/** How long ago, counting. */
export function Ago({ time, suffix = ' ago' }) {
  const now = useNow();
  return html`<time title=${dateTime(time)}>${span(now - time)}${suffix}</time>`;
}

/** A moment: the time of day, and the day if it is another one. */
export function Moment({ time }) {
  return html`<time title=${dateTime(time)}>${when(time)}</time>`;
}

/** A short mark. kind: ok, warn, bad, quiet or accent. */
export function Badge({ kind = 'quiet', title, children }) {
  return html`<span class=${`badge ${kind}`} title=${title}>${children}</span>`;
}

/** A sentence that stands out. kind: info, warn, bad or ok. Its texts may be foreign: an error of the agent repeats names. */
export function Notice({ kind = 'info', children, role }) {
  const pieces = [children].flat().map(child => (typeof child === 'string' ? html`<${Text} value=${child} max=${1000} />` : child));
  return html`<div class=${`notice ${kind}`} role=${role}><${Symbol} kind=${kind} /><div class="notice-text">${pieces}</div></div>`;
}

const symbols = {
  ok: 'M3 8.5l3.2 3.2L13 4.8',
  bad: 'M4 4l8 8M12 4l-8 8',
  warn: 'M8 2.2L14.6 13.6H1.4zM8 6.5v3M8 11.4v.4',
  info: 'M8 7.2v4M8 4.6v.4M8 1.6a6.4 6.4 0 100 12.8A6.4 6.4 0 108 1.6',
  wait: 'M8 1.6a6.4 6.4 0 100 12.8A6.4 6.4 0 108 1.6M8 4.4V8l2.6 1.6',
  off: 'M3.5 8h9',
};

/** A small drawing beside a word; it says nothing the word does not. */
export function Symbol({ kind }) {
  return html`<svg class=${`symbol ${kind}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${symbols[kind] ?? symbols.info} /></svg>`;
}

/** What stands where there is nothing yet. */
export function Empty({ title, children }) {
  return html`<div class="empty"><h3>${title}</h3>${children}</div>`;
}

/**
 * A small curve, from left to right, from zero to its maximum.
 * @param values Numbers at equal distances, the newest last; null where nothing is known.
 * @param label What it shows, for those who do not see it.
 */
export function Sparkline({ values, label, width = 120, height = 28 }) {
  const top = Math.max(1e-9, ...values.map(value => value ?? 0));
  const step = width / Math.max(1, values.length - 1);
  const x = index => (index * step).toFixed(1);
  const y = value => (height - 2 - (Math.max(0, value) / top) * (height - 4)).toFixed(1);
  const lines = runsOf(values).map(([from, to]) => [x(from), x(to - 1), values.slice(from, to).map((value, index) => `${x(from + index)},${y(value)}`).join('L')]);
  return html`<svg class="sparkline" viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height} role="img" aria-label=${label} preserveAspectRatio="none">
    <path class="area" d=${lines.map(([first, last, points]) => `M${first},${height}L${points}L${last},${height}Z`).join('')} />
    <path class="line" d=${lines.map(([, , points]) => `M${points}`).join('')} />
  </svg>`;
}

/** Where numbers stand next to each other: [from, to). */
function runsOf(values) {
  const runs = [];
  for (let from = 0, to; from < values.length; from = to + 1) {
    for (to = from; to < values.length && Number.isFinite(values[to]); to++);
    if (to - from > 1) runs.push([from, to]);
  }

  return runs;
}

/**
 * A modal dialog: keeps the focus inside, closes with Escape, and gives the focus back.
 * @param onClose Called when the person closes it; without, it cannot be closed.
 */
export function Dialog({ title, onClose, wide = false, children }) {
  const dialog = useRef(null);
  const ended = useRef(false);
  const heading = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    return () => {
      ended.current = true;
      element.close(); // gives the focus back
    };
  }, []);
  const cancel = event => {
    event.preventDefault();
    onClose?.();
  };
  // A browser closes it at a second Escape whatever is said to the first.
  const closed = () => {
    if (ended.current) return;
    if (onClose) onClose();
    else dialog.current.showModal();
  };
  return html`<dialog ref=${dialog} class=${wide ? 'wide' : ''} aria-labelledby=${heading} onCancel=${cancel} onClose=${closed}>
    <header class="dialog-head"><h2 id=${heading}>${title}</h2>${onClose && html`<button type="button" class="icon" aria-label="Close" onClick=${onClose}><${Symbol} kind="bad" /></button>`}</header>
    ${children}
  </dialog>`;
}

/** Asks before something that cannot be taken back. onConfirm may return a promise; if it fails, its sentence is shown and the dialog stays. */
export function Confirm({ title, action, onConfirm, onClose, children }) {
  const [state, setState] = useState({ busy: false, error: '' });
  const confirm = async () => {
    if (state.busy) return;
    setState({ busy: true, error: '' });
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setState({ busy: false, error: error.message });
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <div class="dialog-body">${children}${state.error && html`<${Notice} kind="bad" role="alert">${state.error}<//>`}</div>
    <footer class="dialog-foot">
      <button type="button" onClick=${onClose} autofocus>Cancel</button>
      <button type="button" class="danger" aria-disabled=${state.busy} onClick=${confirm}>${action}</button>
    </footer>
  <//>`;
}

/**
 * A labelled field with its hint and what is wrong with it.
 * @param children Takes the attributes that tie the control to them: ({id, 'aria-describedby', 'aria-invalid'}) => control.
 */
export function Field({ label, hint, error, class: name = '', children }) {
  const id = useId();
  return html`<div class=${`field ${name} ${error ? 'faulty' : ''}`}>
    <label for=${id}>${label}</label>
    ${children({ id, 'aria-describedby': describedBy(id, hint, error), 'aria-invalid': error ? 'true' : undefined })}
    <${FieldNotes} id=${id} hint=${hint} error=${error} />
  </div>`;
}

/** What is wrong with a field, and what to know of it. */
export function FieldNotes({ id, hint, error }) {
  return html`${error && html`<p class="field-error" id=${`${id}-error`}><${Text} value=${error} max=${600} /></p>`}${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}`;
}

/** The identifiers of a field's notes, for `aria-describedby`. */
export function describedBy(id, hint, error) {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
}

/** A button that puts a text into the clipboard and says whether that worked. */
export function CopyButton({ text, label = 'Copy' }) {
  const [state, setState] = useState('');
  useEffect(() => {
    if (!state) return undefined;
    const timer = setTimeout(() => setState(''), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async event => {
    event.stopPropagation();
    setState((await toClipboard(text)) ? 'Copied' : 'Not allowed');
  };
  return html`<button type="button" class="small" onClick=${copy}><span aria-live="polite">${state || label}</span></button>`;
}

/** @returns True if it is there. Without TLS only pages of this computer may use the clipboard's own interface. */
export async function toClipboard(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused, such as without the focus: the older way may still be allowed.
    }
  }

  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
