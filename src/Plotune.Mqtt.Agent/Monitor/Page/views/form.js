// What the page's forms are made of: a dialog that saves and tries out, and its fields, with the agent's own validation at each.
import { api } from '../api.js';
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from '../dom.js';
import { Dialog, Field, FieldNotes, Notice, Text, describedBy } from '../ui.js';

/** What the agent shows of a secret, and keeps if it is sent back. */
const stored = '***';

export const qualities = [[0, '0: at most once'], [1, '1: at least once'], [2, '2: exactly once']];

/** The settings of TLS as they begin. */
export const noTls = { ca: '', certificate: '', key: '', keyPassword: '', serverName: '', minVersion: '1.2', verify: 'full', checkRevocation: false, alpn: '' };

/** Tries settings: {run(body), busy, result, error}; ends with its component. */
export function useTest(path) {
  const [state, setState] = useState({ busy: false, result: null, error: null });
  const running = useRef(null);
  useEffect(() => () => running.current?.abort(), []);
  const run = async body => {
    if (state.busy) return;
    const mine = new AbortController();
    running.current = mine;
    setState({ busy: true, result: null, error: null });
    try {
      const result = await api.post(path, body, { signal: mine.signal });
      setState({ busy: false, result, error: null });
    } catch (error) {
      if (!mine.signal.aborted) setState({ busy: false, result: null, error });
    }
  };
  return { ...state, run };
}

export function TestResult({ test: { busy, result, error } }) {
  return html`<div class="test-result" role="status">
    ${busy && html`<${Notice} kind="info">Testing …<//>`}
    ${error && error.faults.length === 0 && html`<${Notice} kind="bad">${error.message}<//>`}
    ${error && error.faults.length > 0 && html`<${Notice} kind="bad">Not tested, since the settings hold faults:<ul class="bullets">${error.faults.map(fault => html`<li key=${fault.field}><${Text} value=${fault.field} max=${80} />: <${Text} value=${fault.message} max=${400} /></li>`)}</ul><//>`}
    ${result && html`<${Notice} kind=${result.success ? 'ok' : 'bad'}><${Text} value=${result.reason} max=${800} />${result.protocol && ` (MQTT ${result.protocol})`}
      ${result.topics?.length > 0 && html`<ul class="bullets">${result.topics.map(topic => html`<li key=${topic.filter}><code><${Text} value=${topic.filter} /></code> ${topic.granted === null ? html`<strong>refused</strong>` : `QoS ${topic.granted}`}${topic.reason && html`: <${Text} value=${topic.reason} max=${300} />`}</li>`)}</ul>`}
    <//>`}
    ${result?.warnings?.map(warning => html`<${Notice} key=${warning} kind="warn"><${Text} value=${warning} max=${600} /><//>`)}
  </div>`;
}

/**
 * A dialog with a form.
 * @param draft Makes what is edited at first.
 * @param change Takes the draft, a member's path and its new value; gives the draft that follows.
 * @param read Takes the draft; gives {body, faults}: what is to be sent, and what the page itself finds wrong, as [{field, message}].
 * @param save Takes the body; a promise.
 * @param testAt The route that tries the body out; without, there is no such button.
 * @param children Takes {draft, set, errorOf, within} and gives the fields.
 */
export function FormDialog({ title, draft: begin, change = changed, read, save, action, testAt, testBody = body => body, onClose, children }) {
  const [draft, setDraft] = useState(begin);
  const [faults, setFaults] = useState([]);
  const [state, setState] = useState({ busy: false, error: '' });
  const form = useRef(null);
  const test = useTest(testAt);
  const set = (name, value) => setDraft(before => change(before, name, value));
  useEffect(() => {
    if (faults.length > 0) form.current?.querySelector('[aria-invalid]')?.focus();
  }, [faults]);
  useEffect(() => {
    if (test.error?.faults.length) setFaults(test.error.faults);
    else if (test.result) setFaults([]);
  }, [test.error, test.result]);
  const checked = () => {
    const { body, faults: own } = read(draft);
    setFaults(own);
    return own.length > 0 ? null : body;
  };
  const submit = async event => {
    event.preventDefault();
    if (state.busy) return;
    const body = checked();
    if (body === null) return;
    setState({ busy: true, error: '' });
    try {
      await save(body);
      onClose();
    } catch (error) {
      setFaults(error.faults ?? []);
      setState({ busy: false, error: error.faults?.length > 0 ? '' : error.message });
    }
  };
  const tryOut = () => {
    const body = checked();
    if (body !== null) test.run(testBody(body));
  };
  const errorOf = name => faults.find(fault => fault.field === name)?.message ?? '';
  const within = (...prefixes) => faults.some(fault => prefixes.some(prefix => fault.field.startsWith(prefix))) && faults;
  return html`<${Dialog} wide title=${title} onClose=${onClose}>
    <form ref=${form} onSubmit=${submit} novalidate>
      <div class="dialog-body form">
        ${faults.length > 0 && html`<${Notice} kind="bad" role="alert">Nothing is changed yet:<ul class="bullets">${faults.map((fault, index) => html`<li key=${index}><code><${Text} value=${fault.field} max=${80} /></code> <${Text} value=${fault.message} max=${400} /></li>`)}</ul><//>`}
        ${state.error && html`<${Notice} kind="bad" role="alert">${state.error}<//>`}
        ${children({ draft, set, errorOf, within })}
        <${TestResult} test=${{ ...test, error: test.error?.faults.length ? null : test.error }} />
      </div>
      <footer class="dialog-foot">
        ${testAt && html`<button type="button" aria-disabled=${test.busy} onClick=${tryOut}>${test.busy ? 'Testing …' : 'Test'}</button>`}<span class="spring"></span>
        <button type="button" onClick=${onClose}>Cancel</button>
        <button class="primary" aria-disabled=${state.busy}>${action}</button>
      </footer>
    </form>
  <//>`;
}

/** A draft with one member changed; name is a path such as tls.ca or topics[1].qos. */
export function changed(draft, name, value) {
  const copy = structuredClone(draft);
  const steps = name.split(/[.[\]]+/).filter(Boolean);
  const last = steps.pop();
  let target = copy;
  for (const step of steps) target = target[step];
  target[last] = value;
  return copy;
}

/** Makes a member that was typed a number; left empty it is not sent, so that its default counts, or is `empty` if that is given. */
export function numberOrNothing(body, member, empty) {
  const text = String(body[member] ?? '').trim();
  if (text === '' && empty === undefined) delete body[member];
  else if (text === '') body[member] = empty;
  // What is no number is sent as it is: the agent says what it must be.
  else body[member] = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** @returns What the page finds wrong with the name of something new: a name that is taken would replace what has it. */
export function faultsOfName(name, taken, what) {
  return taken.some(other => other.name === name) ? [{ field: 'name', message: `There is ${what} of this name already. Choose another name, or edit that one.` }] : [];
}

export function Section({ title, open = false, children }) {
  return html`<${Details} class="form-section" open=${open} summary=${title}><div class="form-grid">${children}</div><//>`;
}

/**
 * What a person opens and closes. It is only ever opened from here: closed, it would take what is being typed into it away.
 * @param open Whether it begins open; it opens when this comes to be another value that is true, such as another list of faults.
 */
export function Details({ class: style, open, summary, children }) {
  const details = useRef(null);
  useLayoutEffect(() => {
    if (open) details.current.open = true;
  }, [open]);
  return html`<details ref=${details} class=${style}><summary>${summary}</summary>${children}</details>`;
}

export function Input({ name, value, set, errorOf, label, hint, type = 'text', class: style, placeholder, numeric = false, ...more }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)} class=${style}>
    ${attributes => html`<input ...${attributes} type=${type} inputmode=${numeric ? 'numeric' : undefined} value=${value ?? ''} placeholder=${placeholder} autocomplete="off" autocapitalize="off" spellcheck=${false} onInput=${event => set(name, event.target.value)} ...${more} />`}
  <//>`;
}

export function Select({ name, value, set, errorOf, label, hint, choices, numeric = false }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)}>
    ${attributes => html`<select ...${attributes} value=${String(value)} onChange=${event => set(name, numeric ? Number(event.target.value) : event.target.value)}>${choices.map(([key, text]) => html`<option key=${key} value=${String(key)} selected=${String(key) === String(value)}>${text}</option>`)}</select>`}
  <//>`;
}

export function Check({ name, value, set, errorOf, label, hint }) {
  const id = useId();
  const error = errorOf(name);
  return html`<div class="field"><label class="check"><input type="checkbox" checked=${value} aria-invalid=${error ? 'true' : undefined} aria-describedby=${describedBy(id, hint, error)} onChange=${event => set(name, event.target.checked)} /><span>${label}</span></label>
    <${FieldNotes} id=${id} hint=${hint} error=${error} /></div>`;
}

export function Area({ name, value, set, errorOf, label, hint, rows = 2, class: style = 'span' }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)} class=${style}>
    ${attributes => html`<textarea ...${attributes} rows=${rows} value=${value} autocomplete="off" spellcheck=${false} onInput=${event => set(name, event.target.value)} />`}
  <//>`;
}

/** A secret: what is stored is never shown, stays unless another is typed, and can be removed. */
export function SecretInput({ name, value, set, errorOf, label, hint, area = false, class: style }) {
  const [had] = useState(value === stored);
  const isKept = value === stored;
  const attributesOf = attributes => ({
    ...attributes, value: isKept ? '' : value, placeholder: isKept ? 'stored; type to replace it' : had ? 'will be removed' : '', autocomplete: 'new-password', spellcheck: false,
    onInput: event => set(name, event.target.value === '' && had ? stored : event.target.value),
  });
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)} class=${style}>
    ${attributes => html`<div class="with-button">${area ? html`<textarea ...${attributesOf(attributes)} rows="2" />` : html`<input type="password" ...${attributesOf(attributes)} />`}
      ${had && html`<button type="button" onClick=${() => set(name, isKept ? '' : stored)}>${isKept ? 'Remove' : 'Keep'}<span class="offscreen"> ${label}</span></button>`}</div>`}
  <//>`;
}

/**
 * Rows of fields that can be added and removed.
 * @param name The member that is the list, as its faults call it.
 * @param what What a row is, in words: `topic filter`.
 * @param fresh A new row.
 * @param children Takes a row, its index and its button; gives what is in the row.
 */
export function Rows({ name, rows, what, fresh, style, set, errorOf, children }) {
  // A row keeps its fields, and what these remember, when one above it goes.
  const [keys, setKeys] = useState(() => rows.map((_, index) => index));
  const next = useRef(rows.length);
  const remove = index => {
    setKeys(keys.filter((_, at) => at !== index));
    set(name, rows.filter((_, at) => at !== index));
  };
  const add = () => {
    setKeys([...keys, next.current++]);
    set(name, [...rows, fresh()]);
  };
  return html`
    <ul class="rows span">${rows.map((row, index) => html`<li key=${keys[index]} class=${style}>
      ${children(row, index, html`<button type="button" class="row-remove" onClick=${() => remove(index)}>Remove<span class="offscreen"> ${what} ${index + 1}</span></button>`)}
    </li>`)}</ul>
    ${errorOf(name) && html`<p class="field-error span"><${Text} value=${errorOf(name)} max=${600} /></p>`}
    <div class="span"><button type="button" class="small" onClick=${add}>Add ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}</button></div>`;
}

/**
 * The members of a connection's `tls`.
 * @param name Path of the member that holds them.
 * @param peer Who has the certificate, in words.
 * @param files What kinds of files a certificate may come from, in words.
 * @param hasAlpn Whether a protocol can be asked for in the handshake.
 */
export function TlsFields({ name, tls, peer, files, hasAlpn = false, ...form }) {
  return html`
    <${Select} ...${form} name=${`${name}.verify`} value=${tls.verify} label=${`Check ${peer}'s certificate`} choices=${[['full', 'yes'], ['none', `no: anyone on the way can pose as ${peer}`]]} />
    <${Select} ...${form} name=${`${name}.minVersion`} value=${tls.minVersion} label="Lowest version" choices=${[['1.2', 'TLS 1.2'], ['1.3', 'TLS 1.3']]} />
    <${Input} ...${form} name=${`${name}.serverName`} value=${tls.serverName} label="Name expected in the certificate" placeholder="the host" />
    ${hasAlpn && html`<${Input} ...${form} name=${`${name}.alpn`} value=${tls.alpn} label="ALPN" placeholder="none" hint="Such as mqtt; several with commas" />`}
    <${Area} ...${form} name=${`${name}.ca`} value=${tls.ca} label="Certificate authority" hint="PEM text, or the full path of a file on the agent's computer; empty for those the system trusts" />
    <${Area} ...${form} name=${`${name}.certificate`} value=${tls.certificate} label="Client certificate" hint=${`PEM text, or the full path of a ${files} file`} />
    <${SecretInput} ...${form} area name=${`${name}.key`} value=${tls.key} label="Its key" hint="PEM text, or the full path of a file" class="span" />
    <${SecretInput} ...${form} name=${`${name}.keyPassword`} value=${tls.keyPassword} label="Password of the key" />
    <${Check} ...${form} name=${`${name}.checkRevocation`} value=${tls.checkRevocation} label="Ask online whether certificates were revoked" />`;
}

/** The settings of TLS as a form edits them; they are sent as they are. */
export function tlsDraftOf(tls) {
  return { ...tls, alpn: tls.alpn.join(', ') };
}
