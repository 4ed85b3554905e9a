// Adding and changing an event source: every member the API knows.
import { api, part } from '../api.js';
import { html, useId } from '../dom.js';
import { feed } from '../feed.js';
import { FieldNotes, Notice, Text, describedBy } from '../ui.js';
import { Area, Check, FormDialog, Input, Rows, Section, SecretInput, Select, TlsFields, faultsOfName, noTls, numberOrNothing, qualities, tlsDraftOf } from './form.js';

const asTheEventSays = [['', 'as the event says']];

const lists = ['lists', 'statusKeys', 'controlLists'];

const none = {
  name: '', enabled: true, host: '', port: '', db: '', username: '', password: '', tls: false, tlsSettings: noTls, connections: [], topicPrefix: '', qos: '', retain: '', events: [], topics: [],
  lists: 'nemo_mqtt_events\nNEMO_mqtt_events', statusKeys: 'nemo_mqtt_bridge_status\nNEMO_mqtt_bridge_status', controlLists: 'nemo_mqtt_bridge_control\nNEMO_mqtt_bridge_control',
};

/**
 * The dialog.
 * @param source The one to change; null for a new one.
 */
export function EventSourceForm({ source, onClose }) {
  const isNew = source === null;
  const { connections, eventSources } = feed.state.status;
  const read = draft => {
    const body = bodyOfDraft(draft);
    return { body, faults: [...twiceIn(draft.events), ...(isNew ? faultsOfName(body.name, eventSources, 'an event source') : [])] };
  };
  return html`<${FormDialog} title=${isNew ? 'Add an event source' : html`Edit <${Text} value=${source.name} max=${60} />`} action=${isNew ? 'Add' : 'Save'} onClose=${onClose}
    draft=${() => draftOf(source, connections)} read=${read} save=${body => api.put(`/api/event-sources/${part(body.name)}`, body)} testAt="/api/event-sources/test" testBody=${body => (isNew ? { ...body, name: undefined } : body)}>
    ${form => html`
      <${RedisSection} ...${form} isNew=${isNew} />
      <${LoginSection} ...${form} />
      <${TlsSection} ...${form} />
      <${TargetSection} ...${form} names=${namesToChoose(source, connections)} />
      <${OverridesSection} ...${form} />
      <${EventsSection} ...${form} />
      <${KeysSection} ...${form} />`}
  <//>`;
}

function draftOf(source, connections) {
  // With one connection there is nothing to choose.
  if (source === null) return { ...structuredClone(none), connections: connections.length === 1 ? [connections[0].name] : [] };
  const { state, connection, ...copy } = structuredClone(source);
  return {
    ...copy, connections: [connection].flat(), tlsSettings: tlsDraftOf(copy.tlsSettings), qos: copy.qos ?? '', retain: copy.retain ?? '',
    events: Object.entries(copy.events).map(([type, isPublished]) => ({ type, isPublished })), ...Object.fromEntries(lists.map(list => [list, copy[list].join('\n')])),
  };
}

function bodyOfDraft({ connections, ...draft }) {
  const body = structuredClone(draft);
  for (const member of ['port', 'db']) numberOrNothing(body, member);
  if (body.host.trim() === '') delete body.host;
  body.connection = connections;
  body.qos = body.qos === '' ? null : Number(body.qos);
  body.retain = body.retain === '' ? null : String(body.retain) === 'true';
  body.events = Object.fromEntries(draft.events.filter(({ type }) => type !== '').map(({ type, isPublished }) => [type, String(isPublished) === 'true']));
  body.topics = draft.topics.filter(({ match, topic }) => match !== '' || topic !== '');
  // A key may begin and end with blanks, but not hold the end of a line.
  for (const list of lists) body[list] = draft[list].split(/\r?\n/).filter(key => key !== '');
  return body;
}

/** A kind that is there twice would be sent once. */
function twiceIn(events) {
  const types = events.map(({ type }) => type).filter(type => type !== '');
  return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))].map(type => ({ field: `events.${type}`, message: 'is there twice' }));
}

/** All connections, and those that are named by the source and are not there. */
function namesToChoose(source, connections) {
  return [...new Set([...connections.map(({ name }) => name), ...(source === null ? [] : [source.connection].flat())])];
}

function RedisSection({ draft, isNew, ...form }) {
  return html`<div class="form-grid">
    ${isNew && html`<${Input} ...${form} name="name" value=${draft.name} label="Name" placeholder="nemo" hint="What the event source is called here; it stays" autofocus />`}
    <${Input} ...${form} name="host" value=${draft.host} label="Redis" placeholder="127.0.0.1" hint="Host name or IP address" autofocus=${!isNew} />
    <${Input} ...${form} name="port" value=${draft.port} label="Port" numeric placeholder="6379" />
    <${Input} ...${form} name="db" value=${draft.db} label="Database" numeric placeholder="1" />
    <${Check} ...${form} name="enabled" value=${draft.enabled} label="Switched on" hint="Off keeps the settings and leaves Redis alone" />
  </div>`;
}

function LoginSection({ draft, within, ...form }) {
  return html`<${Section} title="User and password" open=${within('username', 'password') || draft.username !== ''}>
    <${Input} ...${form} name="username" value=${draft.username} label="User name" placeholder="the default user" />
    <${SecretInput} ...${form} name="password" value=${draft.password} label="Password" />
  <//>`;
}

function TlsSection({ draft, within, ...form }) {
  return html`<${Section} title="TLS and certificates" open=${within('tls') || draft.tls}>
    <${Check} ...${form} name="tls" value=${draft.tls} label="Connect with TLS" />
    ${draft.tls && html`<${TlsFields} ...${form} name="tlsSettings" tls=${draft.tlsSettings} peer="Redis" files="PEM" />`}
  <//>`;
}

/** Where the events go. */
function TargetSection({ draft, names, set, errorOf, within }) {
  const form = { set, errorOf };
  return html`<${Section} title="Where the events go" open>
    <${ConnectionChoice} names=${names} chosen=${draft.connections} set=${set} error=${firstWithin(draft.connections, 'connection', errorOf)} />
    <${Input} ...${form} name="topicPrefix" value=${draft.topicPrefix} label="Put before every topic" placeholder="nothing" hint="lab makes lab/nemo/tools/12" />
    <${Select} ...${form} name="qos" value=${draft.qos} label="QoS" choices=${[...asTheEventSays, ...qualities]} />
    <${Select} ...${form} name="retain" value=${draft.retain} label="Retained" choices=${[...asTheEventSays, ['true', 'yes'], ['false', 'no']]} />
  <//>`;
}

function ConnectionChoice({ names, chosen, set, error }) {
  const id = useId();
  if (names.length === 0) return html`<div class="span"><${Notice} kind="warn">There is no connection yet. Add one first: it is what publishes the events.<//></div>`;
  const toggle = (name, on) => set('connections', on ? [...chosen, name] : chosen.filter(other => other !== name));
  const hint = 'Each gets every event; one that is away holds back only its own copies';
  return html`<fieldset class="field span" aria-describedby=${describedBy(id, hint, error)}>
    <legend>Published through</legend>
    <div class="checks">${names.map((name, index) => html`<label key=${name} class="check"><input type="checkbox" checked=${chosen.includes(name)} aria-invalid=${error && index === 0 ? 'true' : undefined} onChange=${event => toggle(name, event.target.checked)} /><span><${Text} value=${name} max=${60} /></span></label>`)}</div>
    <${FieldNotes} id=${id} hint=${hint} error=${error} />
  </fieldset>`;
}

function OverridesSection({ draft, set, errorOf, within }) {
  const form = { set, errorOf };
  return html`<${Section} title=${`Other topics for some events (${draft.topics.length})`} open=${within('topics') || draft.topics.length > 0}>
    <p class="hint span">The first that matches names the whole topic; a wildcard in it stands for what it matched.</p>
    <${Rows} ...${form} name="topics" rows=${draft.topics} what="rule" fresh=${() => ({ match: '', topic: '' })} style="pair-row">${(rule, index, button) => html`
      <${Input} ...${form} name=${`topics[${index}].match`} value=${rule.match} label=${`Topic filter ${index + 1}`} placeholder="nemo/tools/+/enabled" />
      <${Input} ...${form} name=${`topics[${index}].topic`} value=${rule.topic} label="Topic instead" placeholder="displays/+/on" />
      ${button}`}<//>
  <//>`;
}

function EventsSection({ draft, set, errorOf, within }) {
  const form = { set, errorOf };
  return html`<${Section} title=${`Kinds of events (${draft.events.length})`} open=${within('events') || draft.events.length > 0}>
    <p class="hint span">Those that are not named here are published.</p>
    <${Rows} ...${form} name="events" rows=${draft.events} what="kind" fresh=${() => ({ type: '', isPublished: false })} style="pair-row">${(event, index, button) => html`
      <${Input} set=${set} errorOf=${() => errorOf(`events.${event.type}`)} name=${`events[${index}].type`} value=${event.type} label=${`Kind ${index + 1}`} placeholder="tool_saved" />
      <${Select} ...${form} name=${`events[${index}].isPublished`} value=${event.isPublished} label="Is" choices=${[['false', 'left out'], ['true', 'published']]} />
      ${button}`}<//>
  <//>`;
}

function KeysSection({ draft, set, errorOf, within }) {
  const area = (name, label, hint) => html`<${Area} set=${set} errorOf=${() => firstWithin(draft[name].split('\n'), name, errorOf)} name=${name} value=${draft[name]} label=${label} hint=${hint} />`;
  return html`<${Section} title="Keys in Redis" open=${within(...lists)}>
    ${area('lists', 'Lists of events, one a line', 'Take one out only when nothing of it is in Redis any more')}
    ${area('statusKeys', 'Keys that say whether the brokers are reached, one a line', '')}
    ${area('controlLists', 'Lists in which the producer asks for something, one a line', '')}
  <//>`;
}

/** What is wrong with a list, or else with the first of its entries that has a fault. */
function firstWithin(entries, name, errorOf) {
  return [errorOf(name), ...entries.map((_, index) => errorOf(`${name}[${index}]`))].find(Boolean) ?? '';
}
