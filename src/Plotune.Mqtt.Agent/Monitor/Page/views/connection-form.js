// Adding and changing a connection: every member the API knows.
import { api, part } from '../api.js';
import { html, useState } from '../dom.js';
import { feed } from '../feed.js';
import { Field, Notice, Text } from '../ui.js';
import { Area, Check, Details, FormDialog, Input, Rows, Section, SecretInput, Select, TestResult, TlsFields, changed, faultsOfName, noTls, numberOrNothing, qualities, tlsDraftOf, useTest } from './form.js';

const none = {
  name: '', enabled: true, host: '', port: '', transport: '', path: '', headers: {}, proxy: null, protocol: 'auto', clientId: '', username: '', password: '', keepAlive: '', cleanSession: true,
  sessionExpiry: 3600, topics: null, shareGroup: '', tls: noTls,
  will: null, followRedirect: false, workers: 1, producer: false, producerSince: null, producerTopic: '', producerQos: 1, retain: false, takeOwnMessages: false, signingSecret: '', verifySecret: '',
};

/** What PUT takes for a connection as it is; stored secrets stay. */
export function bodyOf({ state, ...connection }) {
  if (!connection.producer) delete connection.producerSince;
  return connection;
}

/** The route that tries a connection's settings. */
export const testAt = '/api/connections/test';

/** The first start: one field, and what to do without a broker. */
export function FirstConnection({ broker, onAll }) {
  const [address, setAddress] = useState('');
  const [state, setState] = useState({ busy: false, error: '' });
  const test = useTest(testAt);
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
  const isNew = connection === null;
  const read = draft => {
    const { body, faults } = bodyOfDraft(draft, connection);
    return { body, faults: [...faults, ...(isNew ? faultsOfName(body.name, feed.state.status.connections, 'a connection') : [])] };
  };
  // Only a connection that is stored lends its secrets.
  return html`<${FormDialog} title=${isNew ? 'Add a connection' : html`Edit <${Text} value=${connection.name} max=${60} />`} action=${isNew ? 'Add' : 'Save'} onClose=${onClose}
    draft=${() => draftOf(connection, address)} change=${changedConnection} read=${read} save=${body => api.put(`/api/connections/${part(body.name)}`, body)}
    testAt=${testAt} testBody=${body => (isNew ? { ...body, name: undefined } : body)}>
    ${form => html`
      <${AddressSection} ...${form} isNew=${isNew} />
      <${TopicsSection} ...${form} />
      <${LoginSection} ...${form} />
      <${TlsSection} ...${form} />
      <${SessionSection} ...${form} />
      <${PublishSection} ...${form} />
      <${WillSection} ...${form} />
      <${ProxySection} ...${form} />
      <${HeadersSection} ...${form} />
      <${SigningSection} ...${form} />`}
  <//>`;
}

function draftOf(connection, address) {
  if (connection === null) return { ...structuredClone(none), host: address, topics: [newTopic()], headers: [], proxy: null, will: null };
  const { state, ...copy } = structuredClone(connection);
  return { ...copy, headers: Object.entries(copy.headers).map(([name, value]) => ({ name, value })), tls: tlsDraftOf(copy.tls) };
}

function newTopic() {
  return { filter: '', qos: 1, retainHandling: 0, retainAsPublished: false, noLocal: false };
}

function changedConnection(draft, name, value) {
  const copy = changed(draft, name, value);
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
  const form = { set, errorOf };
  return html`<${Section} title=${`Topics to receive (${draft.topics.filter(topic => topic.filter !== '').length})`} open=${within('topics') || true}>
    <${Rows} ...${form} name="topics" rows=${draft.topics} what="topic filter" fresh=${newTopic} style="topic-row">${(topic, index, button) => html`
      <${Input} set=${set} errorOf=${name => errorOf(name) || errorOf(`topics[${index}]`)} name=${`topics[${index}].filter`} value=${topic.filter} label=${`Topic filter ${index + 1}`} placeholder="factory/#" />
      <${Select} ...${form} numeric name=${`topics[${index}].qos`} value=${topic.qos} label="QoS" choices=${qualities} />
      ${button}
      <${Details} class="span" open=${within(`topics[${index}].retain`, `topics[${index}].noLocal`)} summary=${html`<span class="small-text">Options of MQTT 5.0</span>`}><div class="form-grid">
        <${Select} ...${form} numeric name=${`topics[${index}].retainHandling`} value=${topic.retainHandling} label="Retained messages" choices=${[[0, 'at each subscribing'], [1, 'only if the subscription is new'], [2, 'never']]} />
        <${Check} ...${form} name=${`topics[${index}].retainAsPublished`} value=${topic.retainAsPublished} label="Keep the retain mark of live messages" />
        <${Check} ...${form} name=${`topics[${index}].noLocal`} value=${topic.noLocal} label="Without what this client published (No Local)" />
      </div><//>`}<//>
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
  return html`<${Section} title="TLS and certificates" open=${within('tls')}>
    <${TlsFields} ...${form} name="tls" tls=${draft.tls} peer="the broker" files="PEM or PFX" hasAlpn />
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
  return html`<${Section} title=${`Headers of the WebSocket (${draft.headers.length})`} open=${within('headers') || draft.headers.length > 0}>
    <${Rows} set=${set} errorOf=${errorOf} name="headers" rows=${draft.headers} what="header" fresh=${() => ({ name: '', value: '' })} style="header-row">${(header, index, button) => html`
      <${Input} set=${set} errorOf=${() => errorOf(`headers.${header.name}`)} name=${`headers[${index}].name`} value=${header.name} label=${`Header ${index + 1}`} placeholder="Authorization" />
      <${SecretInput} set=${set} errorOf=${() => ''} name=${`headers[${index}].value`} value=${header.value} label="Value" />
      ${button}`}<//>
  <//>`;
}

function SigningSection({ draft, within, ...form }) {
  return html`<${Section} title="Signed messages" open=${within('signingSecret', 'verifySecret')}>
    <${SecretInput} ...${form} name="signingSecret" value=${draft.signingSecret} label="Signing secret" hint="Signs what is published (HMAC-SHA256)" />
    <${SecretInput} ...${form} name="verifySecret" value=${draft.verifySecret} label="Verifying secret" hint="Takes signed messages only" />
  <//>`;
}
