// What leaves: queues, bridges, event sources, dead letters, the built-in broker, and messages by hand.
import { api, part } from '../api.js';
import { html, useEffect, useState } from '../dom.js';
import { bytes, count, plural, span, visibleText } from '../format.js';
import { isJson, Payload } from '../payload.js';
import { Ago, Badge, Confirm, Empty, Field, Moment, Notice, Symbol, Text, useFeed, useNow } from '../ui.js';
import { BridgeForm } from './bridge-form.js';
import { BrokerForm } from './broker-form.js';
import { EventSourceForm } from './event-source-form.js';

const pageSize = 50;

export function Out() {
  const { status } = useFeed();
  const [confirm, setConfirm] = useState(null);
  const [form, setForm] = useState(null);
  if (status === null) return html`<section class="view" aria-busy="true"><h2 class="offscreen">Out</h2><p class="muted">Waiting for the agent …</p></section>`;
  return html`<section class="view out" aria-labelledby="out-title">
    <h2 id="out-title" class="offscreen">Out</h2>
    <div class="out-columns">
      <div class="out-main">
        <${Queues} connections=${status.connections} />
        <${Bridges} bridges=${status.bridges} now=${status.now} connections=${status.connections} onConfirm=${setConfirm} onForm=${setForm} />
        <${EventSources} sources=${status.eventSources} onConfirm=${setConfirm} onForm=${setForm} />
        <${DeadLetters} connections=${status.connections} onConfirm=${setConfirm} />
        <${BuiltInBroker} broker=${status.builtInBroker} onForm=${setForm} />
      </div>
      <${Publish} connections=${status.connections} />
    </div>
    ${confirm && html`<${Confirm} ...${confirm} onClose=${() => setConfirm(null)} />`}
    ${form && html`<${form.kind} ...${form.props} onClose=${() => setForm(null)} />`}
  </section>`;
}

function Panel({ title, note, actions, children }) {
  return html`<section class="card panel" aria-label=${title}><div class="panel-head"><h3>${title}</h3>${note && html`<span class="muted small-text">${note}</span>`}<span class="spring"></span>${actions}</div>${children}</section>`;
}

/**
 * A button that calls the agent and shows what it says if that fails.
 * @param of What its label does not say, where there are several of it.
 */
function Act({ action, label, of, disabled = false, title, kind = 'small' }) {
  const [state, setState] = useState({ busy: false, error: '' });
  const act = async () => {
    if (state.busy) return;
    setState({ busy: true, error: '' });
    try {
      await action();
      setState({ busy: false, error: '' });
    } catch (error) {
      setState({ busy: false, error: error.message });
    }
  };
  return html`<span class="act"><button type="button" class=${kind} disabled=${disabled} aria-disabled=${state.busy} title=${title} onClick=${act}>${label}${of && html`<span class="offscreen"> <${Text} value=${of} /></span>`}</button>${state.error && html`<span class="field-error" role="alert"><${Text} value=${state.error} max=${400} /></span>`}</span>`;
}

/** A table that becomes a list of cards on a narrow screen. */
function Table({ label, heads, rows }) {
  return html`<table class="table" aria-label=${label}>
    <thead><tr>${heads.map(head => html`<th key=${head} scope="col">${head || html`<span class="offscreen">Actions</span>`}</th>`)}</tr></thead>
    <tbody>${rows.map(({ key, cells, below }) => [
      html`<tr key=${key}>${cells.map((cell, index) => html`<td key=${index} data-head=${heads[index]}>${cell}</td>`)}</tr>`,
      below && html`<tr key=${`${key} below`} class="below"><td colspan=${heads.length}>${below}</td></tr>`,
    ])}</tbody>
  </table>`;
}

function Queues({ connections }) {
  const used = connections.filter(({ producer, state: { outbound } }) => producer || outbound.depth + outbound.published + outbound.deadLettered + outbound.refused + outbound.dropped > 0);
  return html`<${Panel} title="Queues" note="what waits for its broker, on disk">
    ${used.length === 0
      ? html`<p class="panel-empty muted">Nothing is to be published, and nothing was since the agent started.</p>`
      : html`<${Table} label="Queues" heads=${['Connection', 'Waiting', 'Oldest', 'Published', 'Dead letters', 'Left out']} rows=${used.map(({ name, state }) => ({
          key: name,
          cells: [
            html`<strong><${Text} value=${name} max=${60} /></strong> ${state.status !== 'connected' && html`<${Badge} kind="warn">${state.status === 'disabled' ? 'paused' : 'not connected'}<//>`}`,
            html`${count(state.outbound.depth)} <span class="muted small-text">${bytes(state.outbound.bytes)}</span>${state.outbound.full && html` <${Badge} kind="bad">full<//>`}`,
            state.outbound.oldest === null ? '–' : html`<${Ago} time=${state.outbound.oldest} suffix="" />`,
            count(state.outbound.published),
            html`<span class=${state.outbound.deadLetters > 0 ? 'bad' : ''}>${count(state.outbound.deadLetters)}</span>`,
            leftOut(state.outbound) || '–',
          ],
        }))} />`}
  <//>`;
}

function leftOut({ dropped, expired, refused, deadLettersDropped }) {
  return [[dropped, 'queue full'], [expired, 'too old'], [refused, 'sources had to wait'], [deadLettersDropped, 'dead letters']].filter(([times]) => times > 0).map(([times, word]) => `${count(times)} ${word}`).join(', ');
}

const states = {
  connected: ['ok', 'Connected'], connecting: ['wait', 'Connecting'], waiting: ['warn', 'Waiting'], failed: ['bad', 'Failed'], disabled: ['off', 'Paused'], listening: ['ok', 'Listening'], off: ['off', 'Off'],
};

function State({ state, now }) {
  const [kind, word] = states[state.status] ?? ['info', state.status];
  return html`<span class=${`state-word ${kind}`}><${Symbol} kind=${kind} />${word}</span><span class="muted small-text"> <${Ago} time=${state.since} suffix="" />${state.retryIn !== null && state.retryIn !== undefined && html`, <${Left} until=${now + state.retryIn} />`}</span>`;
}

function Left({ until }) {
  const left = until - useNow();
  return left > 0.5 ? `next try in ${span(Math.ceil(left))}` : 'trying now';
}

function Bridges({ bridges, now, connections, onConfirm, onForm }) {
  const open = bridge => onForm({ kind: BridgeForm, props: { bridge } });
  const producer = connections.find(connection => connection.state.bridgeProducer);
  const note = producer ? html`published through <${Text} value=${producer.name} max=${40} />` : 'no connection is set as producer';
  const end = name => onConfirm({ title: 'End this bridge?', action: 'End it', onConfirm: () => api.del(`/api/bridges/${part(name)}`), children: html`<p><strong><${Text} value=${name} /></strong> is no longer published. Plotune may bridge it again.</p>` });
  return html`<${Panel} title="Bridges" note=${note} actions=${html`<button type="button" class="small" onClick=${() => open(null)}>Bridge a variable</button>`}>
    ${bridges.length === 0
      ? html`<p class="panel-empty muted">No variable is bridged. Plotune asks for one, or it is done here by hand.</p>`
      : html`<${Table} label="Bridges" heads=${['Variable', 'State', 'Waiting', 'Published', 'Failed', 'Left out', '']} rows=${bridges.map(({ name, sourceIp, sourcePort, topic, rateLimit, deadBand, state }) => ({
          key: name,
          cells: [
            html`<strong><${Text} value=${name} max=${60} /></strong><br /><span class="muted small-text mono"><${Text} value=${`${sourceIp}:${sourcePort} → ${topic || 'nowhere'}`} max=${100} /></span>${(rateLimit > 0 || deadBand > 0) && html`<br /><span class="muted small-text">${[rateLimit > 0 && `at most ${rateLimit}/s`, deadBand > 0 && `dead band ${deadBand}`].filter(Boolean).join(', ')}</span>`}`,
            html`<${State} state=${state} now=${now} />`,
            html`${count(state.queueDepth)}${state.oldest ? html` <span class="muted small-text">oldest <${Ago} time=${state.oldest} suffix="" /></span>` : ''}`,
            html`${count(state.published)} <span class="muted small-text">of ${count(state.received)}</span>`,
            html`<span class=${state.failed > 0 ? 'bad' : ''} title=${state.lastFault ? visibleText(state.lastFault) : undefined}>${count(state.failed)}</span>`,
            [[state.skipped, 'skipped'], [state.dropped, 'queue full'], [state.expired, 'too old'], [state.repeated, 'repeated']].filter(([times]) => times > 0).map(([times, word]) => `${count(times)} ${word}`).join(', ') || '–',
            html`<span class="buttons"><button type="button" class="small" onClick=${() => open({ name, rateLimit, deadBand })}>Edit<span class="offscreen"> <${Text} value=${name} /></span></button><button type="button" class="small danger" onClick=${() => end(name)}>End<span class="offscreen"> <${Text} value=${name} /></span></button></span>`,
          ],
          below: (state.reason || state.lastFault) && html`<${Notice} kind="warn"><${Text} value=${state.reason || `The newest unreadable message: ${state.lastFault}`} max=${500} /><//>`,
        }))} />`}
  <//>`;
}

function EventSources({ sources, onConfirm, onForm }) {
  const open = source => onForm({ kind: EventSourceForm, props: { source } });
  const remove = name => onConfirm({ title: 'Remove this event source?', action: 'Remove', onConfirm: () => api.del(`/api/event-sources/${part(name)}`), children: html`<p><strong><${Text} value=${name} /></strong> and its settings are removed. Events stay in Redis.</p>` });
  return html`<${Panel} title="Event sources" note="Redis lists, such as NEMO's" actions=${html`<button type="button" class="small" onClick=${() => open(null)}>Add an event source</button>`}>
    ${sources.length === 0
      ? html`<p class="panel-empty muted">None.</p>`
      : html`<${Table} label="Event sources" heads=${['Source', 'State', 'In Redis', 'Waiting', 'Published', 'Dead letters', '']} rows=${sources.map(source => ({
          key: source.name,
          cells: [
            html`<strong><${Text} value=${source.name} max=${60} /></strong><br /><span class="muted small-text mono"><${Text} value=${`${source.host}:${source.port}/${source.db} → ${[source.connection].flat().join(', ')}`} max=${100} /></span>`,
            html`<${State} state=${source.state} />`,
            count(source.state.pending),
            html`${count(source.state.queued)}${source.state.oldest ? html` <span class="muted small-text">oldest <${Ago} time=${source.state.oldest} suffix="" /></span>` : ''}`,
            html`${count(source.state.published)}${source.state.filtered > 0 && html` <span class="muted small-text">${count(source.state.filtered)} switched off</span>`}`,
            html`<span class=${source.state.deadLettered > 0 ? 'bad' : ''}>${count(source.state.deadLettered)}</span>`,
            html`<span class="buttons"><${Act} label="Edit" of=${source.name} action=${async () => open(await api.get(`/api/event-sources/${part(source.name)}`))} /><${Act} label=${source.enabled ? 'Pause' : 'Go on'} action=${() => switchOver(source.name)} /><button type="button" class="small danger" onClick=${() => remove(source.name)}>Remove<span class="offscreen"> <${Text} value=${source.name} /></span></button></span>`,
          ],
          below: (source.state.reason || source.state.lastDeadLetter) && html`${source.state.reason && html`<${Notice} kind="warn"><${Text} value=${source.state.reason} max=${500} /><//>`}
            ${source.state.lastDeadLetter && html`<${Notice} kind="warn">Newest event put aside in Redis, <${Moment} time=${source.state.lastDeadLetter.time} />: <${Text} value=${source.state.lastDeadLetter.reason} max=${300} /><//>`}`,
        }))} />`}
  <//>`;
}

/** Pauses or resumes it as it is stored now: what the status brought may be a second old. */
async function switchOver(name) {
  const { state, ...source } = await api.get(`/api/event-sources/${part(name)}`);
  await api.put(`/api/event-sources/${part(name)}`, { ...source, enabled: !source.enabled });
}

function DeadLetters({ connections, onConfirm }) {
  const kept = connections.reduce((sum, connection) => sum + connection.state.outbound.deadLetters, 0);
  // One that is sent again and refused again leaves their number as it was.
  const refused = connections.reduce((sum, connection) => sum + connection.state.outbound.deadLettered, 0);
  const { letters, next, error, reload, more } = useDeadLetters(`${kept} ${refused}`);
  const owners = connections.filter(connection => connection.state.outbound.deadLetters > 0);
  const removeAll = ({ name, state }) => onConfirm({
    title: 'Delete all dead letters?', action: 'Delete all', children: html`<p>${plural(state.outbound.deadLetters, 'message')} of <strong><${Text} value=${name} /></strong> that its broker did not take.</p>`,
    onConfirm: async () => {
      await api.del(`/api/dead-letters?connection=${part(name)}`);
      await reload();
    },
  });
  const then = action => async () => {
    await action();
    await reload();
  };
  return html`<${Panel} title="Dead letters" note="what a broker refused for good, or could never be sent">
    ${error && html`<${Notice} kind="bad">${error}<//>`}
    ${owners.map(connection => html`<div key=${connection.name} class="panel-line"><strong><${Text} value=${connection.name} max=${60} /></strong> <span class="muted">${count(connection.state.outbound.deadLetters)}</span><span class="spring"></span>
      <${Act} label="Send all again" action=${then(() => api.post(`/api/dead-letters/resend?connection=${part(connection.name)}`))} /><button type="button" class="small danger" onClick=${() => removeAll(connection)}>Delete all</button></div>`)}
    ${letters.length === 0
      ? html`<p class="panel-empty muted">${kept > 0 ? 'Looking …' : 'None.'}</p>`
      : html`<ol class="letters">${letters.map(letter => html`<${Letter} key=${letter.id} letter=${letter} then=${then} />`)}</ol>`}
    ${next !== null && html`<div class="panel-line"><${Act} label="Show more" action=${more} /></div>`}
  <//>`;
}

function Letter({ letter, then }) {
  const [open, setOpen] = useState(false);
  return html`<li class="letter">
    <div class="letter-head">
      <span class="muted numbers"><${Moment} time=${letter.time} /></span>
      <span class="mono letter-topic"><${Text} value=${letter.topic} max=${120} /></span>
      <span class="badges"><${Badge}><${Text} value=${letter.source} max=${40} /><//><${Badge}>QoS ${letter.qos}<//>${letter.retain && html`<${Badge} kind="warn">retain<//>`}</span>
      <span class="muted small-text"><${Text} value=${letter.connection} max=${40} /></span>
      <span class="spring"></span>
      <span class="buttons">
        <button type="button" class="small" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>Payload</button>
        <${Act} label="Send again" disabled=${!letter.resendable} title=${letter.resendable ? undefined : 'Its payload was too large to be kept'} action=${then(() => api.post(`/api/dead-letters/${letter.id}/resend`))} />
        <${Act} label="Delete" kind="small danger" action=${then(() => api.del(`/api/dead-letters/${letter.id}`))} />
      </span>
    </div>
    <p><${Text} value=${letter.sentence || letter.reason} max=${400} />${!letter.resendable && html` <span class="muted">Its payload was too large to be kept.</span>`}</p>
    ${open && html`<${Payload} message=${letter} />${letter.cut && html`<p class="muted small-text">The beginning of ${bytes(letter.payloadBytes)}.</p>`}`}
  </li>`;
}

/** @param changes Another text whenever letters come or go: the pages shown are read again. */
function useDeadLetters(changes) {
  const [state, setState] = useState({ letters: [], next: null, error: '' });
  const load = async (limit, signal) => {
    try {
      const { deadLetters, next } = await api.get(`/api/dead-letters?limit=${limit}`, { signal });
      setState({ letters: deadLetters, next, error: '' });
    } catch (error) {
      if (!signal?.aborted) setState(before => ({ ...before, error: error.message }));
    }
  };
  const shown = Math.min(1000, Math.max(pageSize, state.letters.length));
  useEffect(() => {
    const ended = new AbortController();
    load(shown, ended.signal);
    return () => ended.abort();
  }, [changes]);
  const more = async () => {
    const { deadLetters, next } = await api.get(`/api/dead-letters?limit=${pageSize}&after=${part(state.next)}`);
    setState(before => ({ letters: [...before.letters, ...deadLetters], next, error: '' }));
  };
  return { ...state, reload: () => load(shown), more };
}

function BuiltInBroker({ broker, onForm }) {
  const { enabled, state } = broker;
  const figures = [[state.sessions, 'sessions'], [state.retainedMessages, 'retained messages'], [state.received, 'received'], [state.sent, 'sent']];
  const losses = [...Object.entries(state.refused).map(([reason, times]) => ['refused', reason, times]), ...Object.entries(state.dropped).map(([reason, times]) => ['dropped', reason, times])].filter(([, , times]) => times > 0);
  return html`<${Panel} title="Built-in broker" note=${state.status === 'listening' ? html`<span class="mono">${[state.address, state.websocketAddress].filter(Boolean).join(', ')}</span>` : (states[state.status]?.[1] ?? state.status).toLowerCase()} actions=${html`<span class="buttons"><${Act} label="Settings" action=${async () => onForm({ kind: BrokerForm, props: { broker: await api.get('/api/built-in-broker') } })} /><${Act} label=${enabled ? 'Stop' : 'Start'} action=${() => api.put('/api/built-in-broker', { enabled: !enabled })} /></span>`}>
    ${state.reason && html`<${Notice} kind="bad"><${Text} value=${state.reason} max=${400} /><//>`}
    ${state.warnings.map(warning => html`<${Notice} key=${warning} kind="warn"><${Text} value=${warning} max=${400} /><//>`)}
    ${state.status === 'listening' && html`
      <dl class="summary numbers panel-line">${figures.map(([value, word]) => html`<div key=${word}><dt>${word}</dt><dd>${count(value)}</dd></div>`)}${losses.map(([what, reason, times]) => html`<div key=${what + reason}><dt>${what}: ${reason.replaceAll('_', ' ')}</dt><dd class="warn">${count(times)}</dd></div>`)}</dl>
      ${state.clients.length === 0
        ? html`<p class="panel-empty muted">No client is connected.</p>`
        : html`<${Table} label="Clients of the built-in broker" heads=${['Client', 'Address', 'MQTT', 'Connected', 'Received', 'Sent', 'Waiting']} rows=${state.clients.map(client => ({
            key: client.clientId,
            cells: [html`<strong class="mono"><${Text} value=${client.clientId} max=${60} /></strong>${client.username && html`<br /><span class="muted small-text"><${Text} value=${client.username} max=${40} /></span>`}`, html`<span class="mono"><${Text} value=${client.address} max=${60} /></span>`, client.protocol, html`<${Ago} time=${client.connectedSince} suffix="" />`, count(client.received), count(client.sent), count(client.queued)],
          }))} />`}
      <p class="panel-empty muted small-text">${state.note}</p>`}
  <//>`;
}

function Publish({ connections }) {
  const [draft, setDraft] = useState({ connection: '', topic: '', payload: '', format: 'text', qos: 1, retain: false, expirySeconds: '' });
  const [state, setState] = useState({ busy: false, said: '', error: '', faults: [] });
  const name = connections.some(connection => connection.name === draft.connection) ? draft.connection : (connections[0]?.name ?? '');
  const chosen = connections.find(connection => connection.name === name);
  const set = member => event => setDraft(before => ({ ...before, [member]: event.target.type === 'checkbox' ? event.target.checked : event.target.value }));
  const errorOf = field => state.faults.find(fault => fault.field === field)?.message ?? '';
  const publish = async event => {
    event.preventDefault();
    if (state.busy) return;
    // The agent publishes any text: it is marked as JSON only.
    if (draft.format === 'json' && !isJson(draft.payload)) {
      setState({ busy: false, said: '', error: '', faults: [{ field: 'payload', message: 'This is no JSON. As text it can be published as it is.' }] });
      return;
    }

    setState({ busy: true, said: '', error: '', faults: [] });
    try {
      const { message } = await api.post(`/api/connections/${part(name)}/publish`, messageOf(draft));
      setState({ busy: false, said: `${message}.`, error: '', faults: [] });
    } catch (error) {
      setState({ busy: false, said: '', error: error.faults?.length > 0 ? '' : error.message, faults: error.faults ?? [] });
    }
  };
  return html`<section class="card panel publish" aria-labelledby="publish-title">
    <div class="panel-head"><h3 id="publish-title">Publish by hand</h3></div>
    ${connections.length === 0
      ? html`<${Empty} title="No connection"><p>Add one first.</p><//>`
      : html`<form onSubmit=${publish} novalidate>
        <${Field} label="Connection">${attributes => html`<select ...${attributes} value=${name} onChange=${set('connection')}>${connections.map(connection => html`<option key=${connection.name} value=${connection.name} selected=${connection.name === name}>${visibleText(connection.name)}</option>`)}</select>`}<//>
        ${chosen && chosen.state.status !== 'connected' && html`<${Notice} kind="info">It is not connected: the message waits on disk until it is.<//>`}
        <${Field} label="Topic" error=${errorOf('topic')}>${attributes => html`<input ...${attributes} class="mono" value=${draft.topic} autocomplete="off" autocapitalize="off" spellcheck=${false} onInput=${set('topic')} />`}<//>
        <${Field} label="Payload" error=${errorOf('payload') || errorOf('payloadHex')}>${attributes => html`<textarea ...${attributes} rows="5" value=${draft.payload} spellcheck=${false} onInput=${set('payload')} />`}<//>
        <div class="form-grid">
          <${Field} label="Payload is">${attributes => html`<select ...${attributes} value=${draft.format} onChange=${set('format')}><option value="text">text</option><option value="json">JSON</option><option value="hex">hexadecimal digits</option></select>`}<//>
          <${Field} label="QoS" error=${errorOf('qos')}>${attributes => html`<select ...${attributes} value=${String(draft.qos)} onChange=${set('qos')}>${[0, 1, 2].map(qos => html`<option key=${qos} value=${String(qos)} selected=${String(qos) === String(draft.qos)}>${qos}</option>`)}</select>`}<//>
          <${Field} label="Expires after, s" error=${errorOf('expirySeconds')}>${attributes => html`<input ...${attributes} inputmode="numeric" value=${draft.expirySeconds} placeholder="never" onInput=${set('expirySeconds')} />`}<//>
          <label class="check"><input type="checkbox" checked=${draft.retain} onChange=${set('retain')} /><span>Retain</span></label>
        </div>
        <div class="buttons"><button class="primary" aria-disabled=${state.busy}>Publish</button></div>
        <div role="status">${state.said && html`<${Notice} kind="ok">${state.said}<//>`}${state.error && html`<${Notice} kind="bad">${state.error}<//>`}</div>
      </form>`}
  </section>`;
}

function messageOf({ topic, payload, format, qos, retain, expirySeconds }) {
  const seconds = expirySeconds.trim();
  return {
    topic, qos: Number(qos), retain, json: format === 'json',
    ...(format === 'hex' ? { payloadHex: payload.replace(/\s+/g, '') } : { payload }),
    ...(seconds === '' ? {} : { expirySeconds: /^\d+$/.test(seconds) ? Number(seconds) : seconds }),
  };
}
