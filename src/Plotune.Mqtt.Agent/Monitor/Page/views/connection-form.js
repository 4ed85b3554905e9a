// Adding and changing a connection: every member the API knows, with the agent's own validation at each field.
import { api, part } from '../api.js';
import { html, useEffect, useId, useLayoutEffect, useRef, useState } from '../dom.js';
import { Dialog, Field, FieldNotes, Notice, Text, describedBy } from '../ui.js';

const stored = '***';

const none = {
  name: '', enabled: true, host: '', port: '', transport: '', path: '', headers: {}, proxy: null, protocol: 'auto', clientId: '', username: '', password: '', keepAlive: '', cleanSession: true,
  sessionExpiry: 3600, topics: null, shareGroup: '', tls: { ca: '', certificate: '', key: '', keyPassword: '', serverName: '', minVersion: '1.2', verify: 'full', checkRevocation: false, alpn: [] },
  will: null, followRedirect: false, workers: 1, producer: false, producerSince: null, producerTopic: '', producerQos: 1, retain: false, takeOwnMessages: false, signingSecret: '', verifySecret: '',
};

/** What PUT takes for a connection as it is; stored secrets stay. */
export function bodyOf({ state, ...connection }) {
  if (!connection.producer) delete connection.producerSince;
  return connection;
}

/** Tries settings: {run(body), busy, result, error}; ends with its component. */
export function useTest() {
  const [state, setState] = useState({ busy: false, result: null, error: null });
  const running = useRef(null);
  useEffect(() => () => running.current?.abort(), []);
  const run = async body => {
    if (state.busy) return;
    const mine = new AbortController();
    running.current = mine;
    setState({ busy: true, result: null, error: null });
    try {
      const result = await api.post('/api/connections/test', body, { signal: mine.signal });
      setState({ busy: false, result, error: null });
    } catch (error) {
      if (!mine.signal.aborted) setState({ busy: false, result: null, error });
    }
  };
  return { ...state, run };
}

export function TestResult({ test: { busy, result, error } }) {
  return html`<div class="test-result" role="status">
    ${busy && html`<${Notice} kind="info">Testing; this takes ten seconds at most …<//>`}
    ${error && error.faults.length === 0 && html`<${Notice} kind="bad">${error.message}<//>`}
    ${error && error.faults.length > 0 && html`<${Notice} kind="bad">Not tested, since the settings hold faults:<ul class="bullets">${error.faults.map(fault => html`<li key=${fault.field}><${Text} value=${fault.field} max=${80} />: <${Text} value=${fault.message} max=${400} /></li>`)}</ul><//>`}
    ${result && html`<${Notice} kind=${result.success ? 'ok' : 'bad'}><${Text} value=${result.reason} max=${800} />${result.protocol && ` (MQTT ${result.protocol})`}
      ${result.topics.length > 0 && html`<ul class="bullets">${result.topics.map(topic => html`<li key=${topic.filter}><code><${Text} value=${topic.filter} /></code> ${topic.granted === null ? html`<strong>refused</strong>` : `QoS ${topic.granted}`}${topic.reason && html`: <${Text} value=${topic.reason} max=${300} />`}</li>`)}</ul>`}
    <//>`}
    ${result?.warnings.map(warning => html`<${Notice} key=${warning} kind="warn"><${Text} value=${warning} max=${600} /><//>`)}
  </div>`;
}

/** The first start: one field, and what to do without a broker. */
export function FirstConnection({ broker, onAll }) {
  const [address, setAddress] = useState('');
  const [state, setState] = useState({ busy: false, error: '' });
  const test = useTest();
  const act = async action => {
    if (state.busy) return;
    setState({ busy: true, error: '' });
    try {
      await action();
      setState({ busy: false, error: '' });
    } catch (error) {
      setState({ busy: false, error: error.faults?.map(fault => fault.message).join(' ') || error.message });
    }
  };
  const connect = event => {
    event.preventDefault();
    act(() => api.put(`/api/connections/${part(nameOf(address))}`, { host: address.trim() }));
  };
  const fault = state.error || test.error?.faults.map(each => each.message).join(' ');
  return html`<div class="card first">
    <h3>Which broker?</h3>
    <p>Type its address. Its signals are here seconds later.</p>
    <form onSubmit=${connect}>
      <${Field} label="Address" hint="192.168.1.20, mqtt://plant.local:1884/factory/#, mqtts://user:password@host, ws://host/path. What follows the slash is the topic filter." error=${fault}>
        ${attributes => html`<input ...${attributes} value=${address} placeholder="mqtt://" autocomplete="off" autocapitalize="off" spellcheck=${false} onInput=${event => setAddress(event.target.value)} />`}
      <//>
      <div class="buttons">
        <button class="primary" disabled=${!address.trim()} aria-disabled=${state.busy}>Connect</button>
        <button type="button" disabled=${!address.trim()} aria-disabled=${test.busy} onClick=${() => test.run({ host: address.trim() })}>Test</button>
        <button type="button" onClick=${() => onAll(address.trim())}>All settings</button>
      </div>
    </form>
    ${(test.error === null || test.error.faults.length === 0) && html`<${TestResult} test=${test} />`}
    ${broker && !broker.enabled && html`<p class="muted">A device, but no broker? <button type="button" class="small" aria-disabled=${state.busy} onClick=${() => act(() => api.put('/api/built-in-broker', { enabled: true }))}>Start the built-in broker</button></p>`}
    ${broker?.enabled && broker.state.reason && html`<${Notice} kind="bad">The built-in broker does not run: ${broker.state.reason}<//>`}
  </div>`;
}

/** host:port, as the agent itself calls a connection that was made from an address. */
export function nameOf(address) {
  const [, scheme = '', rest] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(address.trim());
  if (scheme.toLowerCase() === 'unix') return rest.slice(0, 128);
  const authority = rest.split('/')[0];
  const host = authority.slice(authority.lastIndexOf('@') + 1).trim();
  const isBareIPv6 = !host.includes('[') && host.indexOf(':') !== host.lastIndexOf(':');
  const port = { mqtts: 8883, ssl: 8883, ws: 80, wss: 443 }[scheme.toLowerCase()] ?? 1883;
  if (isBareIPv6) return `[${host}]:${port}`;
  return /:\d+$/.test(host) ? host : `${host || 'broker'}:${port}`;
}

/**
 * The dialog.
 * @param connection The one to change; null for a new one.
 * @param address What was already typed for a new one.
 */
export function ConnectionForm({ connection, address = '', onClose }) {
  const [draft, setDraft] = useState(() => draftOf(connection, address));
  const [faults, setFaults] = useState([]);
  const [state, setState] = useState({ busy: false, error: '' });
  const form = useRef(null);
  const test = useTest();
  const set = (name, value) => setDraft(before => changed(before, name, value));
  useEffect(() => {
    if (faults.length > 0) form.current?.querySelector('[aria-invalid]')?.focus();
  }, [faults]);
  useEffect(() => {
    if (test.error?.faults.length) setFaults(test.error.faults);
    else if (test.result) setFaults([]);
  }, [test.error, test.result]);
  const save = async event => {
    event.preventDefault();
    if (state.busy) return;
    const { body, faults: own } = bodyOfDraft(draft, connection);
    setFaults(own);
    if (own.length > 0) return;
    setState({ busy: true, error: '' });
    try {
      await api.put(`/api/connections/${part(body.name)}`, body);
      onClose();
    } catch (error) {
      setFaults(error.faults ?? []);
      setState({ busy: false, error: error.faults?.length > 0 ? '' : error.message });
    }
  };
  const tryOut = () => {
    const { body, faults: own } = bodyOfDraft(draft, connection);
    setFaults(own);
    // Only a connection that is stored lends its secrets.
    if (own.length === 0) test.run(connection === null ? { ...body, name: undefined } : body);
  };
  const context = { draft, set, errorOf: name => faults.find(fault => fault.field === name)?.message ?? '', within: (...prefixes) => faults.some(fault => prefixes.some(prefix => fault.field.startsWith(prefix))) && faults };
  return html`<${Dialog} wide title=${connection === null ? 'Add a connection' : html`Edit <${Text} value=${connection.name} max=${60} />`} onClose=${onClose}>
    <form ref=${form} onSubmit=${save} novalidate>
      <div class="dialog-body form">
        ${faults.length > 0 && html`<${Notice} kind="bad" role="alert">Nothing is changed yet:<ul class="bullets">${faults.map((fault, index) => html`<li key=${index}><code><${Text} value=${fault.field} max=${80} /></code> <${Text} value=${fault.message} max=${400} /></li>`)}</ul><//>`}
        ${state.error && html`<${Notice} kind="bad" role="alert">${state.error}<//>`}
        <${AddressSection} ...${context} isNew=${connection === null} />
        <${TopicsSection} ...${context} />
        <${LoginSection} ...${context} />
        <${TlsSection} ...${context} />
        <${SessionSection} ...${context} />
        <${PublishSection} ...${context} />
        <${WillSection} ...${context} />
        <${ProxySection} ...${context} />
        <${HeadersSection} ...${context} />
        <${SigningSection} ...${context} />
        <${TestResult} test=${{ ...test, error: test.error?.faults.length ? null : test.error }} />
      </div>
      <footer class="dialog-foot">
        <button type="button" aria-disabled=${test.busy} onClick=${tryOut}>${test.busy ? 'Testing …' : 'Test'}</button><span class="spring"></span>
        <button type="button" onClick=${onClose}>Cancel</button>
        <button class="primary" aria-disabled=${state.busy}>${connection === null ? 'Add' : 'Save'}</button>
      </footer>
    </form>
  <//>`;
}

function draftOf(connection, address) {
  if (connection === null) return { ...structuredClone(none), host: address, topics: [newTopic()], headers: [], proxy: null, will: null };
  const { state, ...copy } = structuredClone(connection);
  return { ...copy, headers: Object.entries(copy.headers).map(([name, value]) => ({ name, value })), tls: { ...copy.tls, alpn: copy.tls.alpn.join(', ') } };
}

function newTopic() {
  return { filter: '', qos: 1, retainHandling: 0, retainAsPublished: false, noLocal: false };
}

/** A draft with one member changed; name is a path such as tls.ca or topics[1].qos. */
function changed(draft, name, value) {
  const copy = structuredClone(draft);
  const steps = name.split(/[.[\]]+/).filter(Boolean);
  const last = steps.pop();
  let target = copy;
  for (const step of steps) target = target[step];
  target[last] = value;
  // A whole address says these by itself.
  if (name === 'host' && value.includes('://') && !draft.host.includes('://')) Object.assign(copy, { transport: '', port: '', path: '' });
  return copy;
}

/** What is sent: numbers as numbers, and what is left empty not at all, so that its default counts. */
function bodyOfDraft(draft, connection) {
  const body = structuredClone(draft);
  const faults = [];
  for (const member of ['port', 'keepAlive', 'sessionExpiry', 'workers']) numberOrNothing(body, member);
  for (const member of ['transport', 'path', 'producerTopic']) if (body[member] === '') delete body[member];
  if (body.clientId === '' && connection === null) delete body.clientId;
  if (body.will) numberOrNothing(body.will, 'delay');
  if (body.proxy) numberOrNothing(body.proxy, 'port');
  // Set anew, it becomes the newest producer; left on, it stays what it was.
  if (!body.producer || !connection?.producer) delete body.producerSince;
  const topics = body.topics.filter((topic, index) => topic.filter !== '' || (body.topics.length > 1 && index < body.topics.length - 1));
  // A filter in the address, or the default, does for a new connection whose list was not touched.
  if (topics.length === 0 && connection === null) delete body.topics;
  else body.topics = topics;
  body.headers = {};
  for (const { name, value } of draft.headers) {
    if (name === '' && value === '') continue;
    if (Object.hasOwn(body.headers, name)) faults.push({ field: 'headers', message: `'${name}' is there twice` });
    body.headers[name] = value;
  }

  if (body.name === '') body.name = nameOf(draft.host);
  return { body, faults };
}

function numberOrNothing(body, member) {
  const text = String(body[member] ?? '').trim();
  if (text === '') delete body[member];
  // What is no number is sent as it is: the agent says what it must be.
  else body[member] = /^-?\d+$/.test(text) ? Number(text) : text;
}

function Section({ title, open = false, children }) {
  return html`<${Details} class="form-section" open=${open} summary=${title}><div class="form-grid">${children}</div><//>`;
}

/**
 * What a person opens and closes. It is only ever opened from here: closed, it would take what is being typed into it away.
 * @param open Whether it begins open; it opens when this comes to be another value that is true, such as another list of faults.
 */
function Details({ class: style, open, summary, children }) {
  const details = useRef(null);
  useLayoutEffect(() => {
    if (open) details.current.open = true;
  }, [open]);
  return html`<details ref=${details} class=${style}><summary>${summary}</summary>${children}</details>`;
}

function Input({ name, value, set, errorOf, label, hint, type = 'text', class: style, placeholder, numeric = false, ...more }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)} class=${style}>
    ${attributes => html`<input ...${attributes} type=${type} inputmode=${numeric ? 'numeric' : undefined} value=${value ?? ''} placeholder=${placeholder} autocomplete="off" autocapitalize="off" spellcheck=${false} onInput=${event => set(name, event.target.value)} ...${more} />`}
  <//>`;
}

function Select({ name, value, set, errorOf, label, hint, choices, numeric = false }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)}>
    ${attributes => html`<select ...${attributes} value=${String(value)} onChange=${event => set(name, numeric ? Number(event.target.value) : event.target.value)}>${choices.map(([key, text]) => html`<option key=${key} value=${String(key)} selected=${String(key) === String(value)}>${text}</option>`)}</select>`}
  <//>`;
}

function Check({ name, value, set, errorOf, label, hint }) {
  const id = useId();
  const error = errorOf(name);
  return html`<div class="field"><label class="check"><input type="checkbox" checked=${value} aria-invalid=${error ? 'true' : undefined} aria-describedby=${describedBy(id, hint, error)} onChange=${event => set(name, event.target.checked)} /><span>${label}</span></label>
    <${FieldNotes} id=${id} hint=${hint} error=${error} /></div>`;
}

function Area({ name, value, set, errorOf, label, hint }) {
  return html`<${Field} label=${label} hint=${hint} error=${errorOf(name)} class="span">
    ${attributes => html`<textarea ...${attributes} rows="2" value=${value} autocomplete="off" spellcheck=${false} onInput=${event => set(name, event.target.value)} />`}
  <//>`;
}

/** A secret: what is stored is never shown, stays unless another is typed, and can be removed. */
function SecretInput({ name, value, set, errorOf, label, hint, area = false, class: style }) {
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

const qualities = [[0, '0: at most once'], [1, '1: at least once'], [2, '2: exactly once']];

function AddressSection({ draft, isNew, ...form }) {
  const isWebSocket = draft.transport === 'ws' || draft.transport === 'wss' || /^wss?:/i.test(draft.host);
  const ports = { tls: 8883, ws: 80, wss: 443 };
  return html`<div class="form-grid">
    <${Input} ...${form} name="host" value=${draft.host} label=${draft.transport === 'unix' ? 'Path of the socket' : 'Broker'} hint="Host name, IP address, or a whole address such as mqtts://plant.local:8883" class="span" autofocus />
    ${isNew && html`<${Input} ...${form} name="name" value=${draft.name} label="Name" placeholder=${draft.host ? nameOf(draft.host) : ''} hint="What the connection is called here; it stays" />`}
    <${Select} ...${form} name="transport" value=${draft.transport} label="Transport" choices=${[...(isNew || draft.transport === '' ? [['', 'As the address says; else TCP']] : []), ['tcp', 'TCP'], ['tls', 'TLS'], ['ws', 'WebSocket'], ['wss', 'WebSocket with TLS'], ['unix', 'Socket of this computer']]} />
    ${draft.transport !== 'unix' && html`<${Input} ...${form} name="port" value=${draft.port} label="Port" numeric placeholder=${String(ports[draft.transport] ?? 1883)} />`}
    ${isWebSocket && html`<${Input} ...${form} name="path" value=${draft.path} label="Path" placeholder="/mqtt" />`}
    <${Check} ...${form} name="enabled" value=${draft.enabled} label="Switched on" hint="Off keeps the settings and stops the connection" />
  </div>`;
}

function TopicsSection({ draft, set, errorOf, within }) {
  const add = () => set('topics', [...draft.topics, newTopic()]);
  const remove = index => set('topics', draft.topics.filter((_, at) => at !== index));
  return html`<${Section} title=${`Topics to receive (${draft.topics.filter(topic => topic.filter !== '').length})`} open=${within('topics') || true}>
    <ul class="rows span">
      ${draft.topics.map((topic, index) => html`<li key=${index} class="topic-row">
        <${Input} set=${set} errorOf=${name => errorOf(name) || errorOf(`topics[${index}]`)} name=${`topics[${index}].filter`} value=${topic.filter} label=${`Topic filter ${index + 1}`} placeholder="factory/#" />
        <${Select} set=${set} errorOf=${errorOf} numeric name=${`topics[${index}].qos`} value=${topic.qos} label="QoS" choices=${qualities} />
        <button type="button" class="row-remove" onClick=${() => remove(index)}>Remove<span class="offscreen"> topic filter ${index + 1}</span></button>
        <${Details} class="span" open=${within(`topics[${index}].retain`, `topics[${index}].noLocal`)} summary=${html`<span class="small-text">Options of MQTT 5.0</span>`}><div class="form-grid">
          <${Select} set=${set} errorOf=${errorOf} numeric name=${`topics[${index}].retainHandling`} value=${topic.retainHandling} label="Retained messages" choices=${[[0, 'at each subscribing'], [1, 'only if the subscription is new'], [2, 'never']]} />
          <${Check} set=${set} errorOf=${errorOf} name=${`topics[${index}].retainAsPublished`} value=${topic.retainAsPublished} label="Keep the retain mark of live messages" />
          <${Check} set=${set} errorOf=${errorOf} name=${`topics[${index}].noLocal`} value=${topic.noLocal} label="Without what this client published (No Local)" />
        </div><//>
      </li>`)}
    </ul>
    ${errorOf('topics') && html`<p class="field-error span"><${Text} value=${errorOf('topics')} max=${600} /></p>`}
    <div class="span"><button type="button" class="small" onClick=${add}>Add a topic filter</button></div>
    <p class="hint span"><code>+</code> stands for one level, <code>#</code> for all that follow.</p>
  <//>`;
}

function LoginSection({ draft, within, ...form }) {
  return html`<${Section} title="User and password" open=${within('username', 'password') || draft.username !== ''}>
    <${Input} ...${form} name="username" value=${draft.username} label="User name" />
    <${SecretInput} ...${form} name="password" value=${draft.password} label="Password" />
  <//>`;
}

function TlsSection({ draft, within, ...form }) {
  const { tls } = draft;
  return html`<${Section} title="TLS and certificates" open=${within('tls')}>
    <${Select} ...${form} name="tls.verify" value=${tls.verify} label="Check the broker's certificate" choices=${[['full', 'yes'], ['none', 'no: anyone on the way can pose as the broker']]} />
    <${Select} ...${form} name="tls.minVersion" value=${tls.minVersion} label="Lowest version" choices=${[['1.2', 'TLS 1.2'], ['1.3', 'TLS 1.3']]} />
    <${Input} ...${form} name="tls.serverName" value=${tls.serverName} label="Name expected in the certificate" placeholder="the host" />
    <${Input} ...${form} name="tls.alpn" value=${tls.alpn} label="ALPN" placeholder="none" hint="Such as mqtt; several with commas" />
    <${Area} ...${form} name="tls.ca" value=${tls.ca} label="Certificate authority" hint="PEM text, or the full path of a file on the agent's computer; empty for those the system trusts" />
    <${Area} ...${form} name="tls.certificate" value=${tls.certificate} label="Client certificate" hint="PEM text, or the full path of a PEM or PFX file" />
    <${SecretInput} ...${form} area name="tls.key" value=${tls.key} label="Its key" hint="PEM text, or the full path of a file" class="span" />
    <${SecretInput} ...${form} name="tls.keyPassword" value=${tls.keyPassword} label="Password of the key" />
    <${Check} ...${form} name="tls.checkRevocation" value=${tls.checkRevocation} label="Ask online whether certificates were revoked" />
  <//>`;
}

function SessionSection({ draft, within, ...form }) {
  const names = ['protocol', 'clientId', 'keepAlive', 'cleanSession', 'sessionExpiry', 'shareGroup', 'workers', 'followRedirect'];
  return html`<${Section} title="Session" open=${within(...names)}>
    <${Select} ...${form} name="protocol" value=${draft.protocol} label="MQTT" choices=${[['auto', '5.0, else 3.1.1'], ['5.0', '5.0'], ['3.1.1', '3.1.1']]} />
    <${Input} ...${form} name="clientId" value=${draft.clientId} label="Client identifier" placeholder="chosen once" />
    <${Input} ...${form} name="keepAlive" value=${draft.keepAlive} label="Keep alive, s" numeric placeholder="60" hint="0 turns it off" />
    <${Check} ...${form} name="cleanSession" value=${draft.cleanSession} label="Clean session" hint="Off: the broker keeps QoS 1 and 2 messages while the agent is away" />
    <${Input} ...${form} name="sessionExpiry" value=${draft.sessionExpiry} label="A kept session lasts, s" numeric hint="MQTT 5.0" />
    <${Input} ...${form} name="workers" value=${draft.workers} label="Worker processes" numeric hint="1 to 16; each takes a part of the topics" />
    <${Input} ...${form} name="shareGroup" value=${draft.shareGroup} label="Share group" placeholder="none" hint="Subscribes to $share/group/filter" />
    <${Check} ...${form} name="followRedirect" value=${draft.followRedirect} label="Follow a permanent redirection" hint="User name and password go along" />
  <//>`;
}

function PublishSection({ draft, within, ...form }) {
  return html`<${Section} title="Publishing bridged variables" open=${within('producer', 'retain', 'takeOwn') || draft.producer}>
    <${Check} ...${form} name="producer" value=${draft.producer} label="Set as producer" hint="Bridged variables are published through the producer set last" />
    <${Input} ...${form} name="producerTopic" value=${draft.producerTopic} label="Below the topic" placeholder="plotune" />
    <${Select} ...${form} numeric name="producerQos" value=${draft.producerQos} label="QoS" choices=${qualities} />
    <${Check} ...${form} name="retain" value=${draft.retain} label="Retained" />
    <${Check} ...${form} name="takeOwnMessages" value=${draft.takeOwnMessages} label="Take own messages for signals too" />
  <//>`;
}

function WillSection({ draft, set, errorOf, within }) {
  const form = { set, errorOf };
  const toggle = (_, on) => set('will', on ? { topic: '', payload: '', qos: 0, retain: false, delay: 0 } : null);
  return html`<${Section} title="Will" open=${within('will') || draft.will !== null}>
    <${Check} set=${toggle} errorOf=${errorOf} name="will" value=${draft.will !== null} label="The broker publishes a message when the agent is lost" />
    ${draft.will && html`
      <${Input} ...${form} name="will.topic" value=${draft.will.topic} label="Topic" />
      <${Area} ...${form} name="will.payload" value=${draft.will.payload} label="Payload" />
      <${Select} ...${form} numeric name="will.qos" value=${draft.will.qos} label="QoS" choices=${qualities} />
      <${Input} ...${form} name="will.delay" value=${draft.will.delay} label="Delay, s" numeric hint="MQTT 5.0" />
      <${Check} ...${form} name="will.retain" value=${draft.will.retain} label="Retained" />`}
  <//>`;
}

function ProxySection({ draft, set, errorOf, within }) {
  const form = { set, errorOf };
  const toggle = (_, on) => set('proxy', on ? { host: '', port: 8080, username: '', password: '' } : null);
  return html`<${Section} title="HTTP proxy" open=${within('proxy') || draft.proxy !== null}>
    <${Check} set=${toggle} errorOf=${errorOf} name="proxy" value=${draft.proxy !== null} label="Connect through a proxy" />
    ${draft.proxy && html`
      <${Input} ...${form} name="proxy.host" value=${draft.proxy.host} label="Host" />
      <${Input} ...${form} name="proxy.port" value=${draft.proxy.port} label="Port" numeric placeholder="8080" />
      <${Input} ...${form} name="proxy.username" value=${draft.proxy.username} label="User name" />
      <${SecretInput} ...${form} name="proxy.password" value=${draft.proxy.password} label="Password" />`}
  <//>`;
}

function HeadersSection({ draft, set, errorOf, within }) {
  const add = () => set('headers', [...draft.headers, { name: '', value: '' }]);
  const remove = index => set('headers', draft.headers.filter((_, at) => at !== index));
  const errorAt = (header, member) => (member === 'name' ? errorOf(`headers.${header.name}`) : '');
  return html`<${Section} title=${`Headers of the WebSocket (${draft.headers.length})`} open=${within('headers') || draft.headers.length > 0}>
    <ul class="rows span">${draft.headers.map((header, index) => html`<li key=${index} class="header-row">
      <${Input} set=${set} errorOf=${() => errorAt(header, 'name')} name=${`headers[${index}].name`} value=${header.name} label=${`Header ${index + 1}`} placeholder="Authorization" />
      <${SecretInput} set=${set} errorOf=${() => ''} name=${`headers[${index}].value`} value=${header.value} label="Value" />
      <button type="button" class="row-remove" onClick=${() => remove(index)}>Remove<span class="offscreen"> header ${index + 1}</span></button>
    </li>`)}</ul>
    ${errorOf('headers') && html`<p class="field-error span"><${Text} value=${errorOf('headers')} max=${600} /></p>`}
    <div class="span"><button type="button" class="small" onClick=${add}>Add a header</button></div>
  <//>`;
}

function SigningSection({ draft, within, ...form }) {
  return html`<${Section} title="Signed messages" open=${within('signingSecret', 'verifySecret')}>
    <${SecretInput} ...${form} name="signingSecret" value=${draft.signingSecret} label="Signing secret" hint="Signs what is published (HMAC-SHA256)" />
    <${SecretInput} ...${form} name="verifySecret" value=${draft.verifySecret} label="Verifying secret" hint="Takes signed messages only" />
  <//>`;
}
