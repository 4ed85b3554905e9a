// What is connected, what comes in, and if nothing does, why.
import { api, part } from '../api.js';
import { Fragment, html, useState } from '../dom.js';
import { feed } from '../feed.js';
import { bytes, count, cut, plural, rate, span, visibleText } from '../format.js';
import { Ago, Badge, Confirm, Dialog, Moment, Notice, Sparkline, Symbol, Text, useFeed, useNow } from '../ui.js';
import { ConnectionForm, FirstConnection, bodyOf, testAt } from './connection-form.js';
import { Diagnosis } from './diagnosis.js';
import { TestResult, useTest } from './form.js';

/** Connections in trouble whose steps are shown unasked. */
const diagnosedUnasked = 3;

const tracked = 3600;

/** How long the status may still hold a connection that was removed, in s. */
const settling = 3;

export function Connections() {
  const { status } = useFeed();
  const [dialog, setDialog] = useState(null);
  const [removed, setRemoved] = useState({});
  const close = () => setDialog(null);
  if (status === null) return html`<section class="view" aria-busy="true"><h2 class="offscreen">Connections</h2><p class="muted">Waiting for the agent …</p></section>`;
  const { connections } = status;
  // Nothing is asked of what may be gone before the answer.
  const isGoing = name => (dialog?.kind === 'remove' && dialog.connection.name === name) || (Object.hasOwn(removed, name) && status.now - removed[name] < settling);
  const unasked = new Set(connections.filter(bringsNothing).slice(0, diagnosedUnasked).map(connection => connection.name));
  return html`<section class="view connections" aria-labelledby="connections-title">
    <div class="view-head">
      <h2 id="connections-title">Connections</h2>
      <${Summary} status=${status} />
      ${connections.length > 0 && html`<button type="button" class="primary" onClick=${() => setDialog({ kind: 'edit', connection: null })}>Add a connection</button>`}
    </div>
    <${AgentNotices} status=${status} />
    ${connections.length === 0
      ? html`<${FirstConnection} broker=${status.builtInBroker} onAll=${address => setDialog({ kind: 'edit', connection: null, address })} />`
      : html`<ul class="cards">${connections.map(connection => html`<${Card} key=${connection.name} connection=${connection} now=${status.now} unasked=${unasked.has(connection.name)} isGoing=${isGoing(connection.name)} onDialog=${setDialog} />`)}</ul>`}
    ${dialog?.kind === 'edit' && html`<${ConnectionForm} connection=${dialog.connection} address=${dialog.address} onClose=${close} />`}
    ${dialog?.kind === 'remove' && html`<${Remove} connection=${dialog.connection} onRemoved=${() => setRemoved(before => ({ ...before, [dialog.connection.name]: feed.now() }))} onClose=${close} />`}
    ${dialog?.kind === 'test' && html`<${Test} connection=${dialog.connection} onClose=${close} />`}
  </section>`;
}

function Summary({ status }) {
  const { counts, core } = status.agent;
  const all = status.connections.reduce((sum, { state }) => sum + (state.rate ?? 0), 0);
  return html`<dl class="summary numbers">
    <div><dt>connected</dt><dd>${count(counts.connected)} of ${count(counts.connections)}</dd></div>
    <div><dt>messages/s</dt><dd>${rate(all)}</dd></div>
    <div><dt>signals</dt><dd>${count(counts.signals)}</dd></div>
    <div><dt>${counts.viewers === 1 ? 'viewer' : 'viewers'}</dt><dd>${count(counts.viewers)}</dd></div>
    <div class="label-first"><dt>Plotune</dt><dd>${core.standalone ? 'not used' : core.registered ? html`<span class="ok">registered</span>` : html`<span class="bad">not reached</span>`}</dd></div>
  </dl>`;
}

/** What concerns the agent as a whole; what concerns a connection stands there. */
function AgentNotices({ status }) {
  const { core, limitsReached, counts } = status.agent;
  const limits = limitsReached.filter(reached => reached.connection === '');
  return html`<${Fragment}>
    ${!core.standalone && core.reason && html`<${Notice} kind="warn">Plotune at ${core.address}: ${core.reason}<//>`}
    ${!core.standalone && core.announcementsPending > 0 && html`<${Notice} kind="info">${plural(core.announcementsPending, 'signal')} Plotune has not been told of yet.<//>`}
    ${limits.map(reached => html`<${Notice} key=${reached.limit} kind="warn">Limit reached: ${limitWords[reached.limit] ?? reached.limit}, ${count(reached.refused)} times.<//>`)}
    ${counts.viewerSamplesDropped > 0 && html`<${Notice} kind="info">${plural(counts.viewerSamplesDropped, 'sample')} left out for viewers that were too slow.<//>`}
  <//>`;
}

const limitWords = { viewers: 'a viewer was refused, since there are as many as allowed' };

const stateWords = {
  connected: ['ok', 'Connected'],
  connecting: ['wait', 'Connecting'],
  waiting: ['warn', 'Waiting to retry'],
  failed: ['bad', 'Failed'],
  disabled: ['off', 'Paused'],
};

/** Nothing comes, or none of what comes becomes a signal. */
function bringsNothing({ enabled, state, topics }) {
  return enabled && topics.length > 0 && (state.status !== 'connected' || state.received === 0 || state.signals === 0);
}

function Card({ connection, now, unasked, isGoing, onDialog }) {
  const { name, state } = connection;
  const [asked, setAsked] = useState(null);
  const [detailed, setDetailed] = useState(false);
  const why = asked ?? unasked;
  const [kind, word] = stateWords[state.status] ?? ['info', state.status];
  return html`<li class=${`card connection ${kind}`}>
    <article aria-label=${`Connection ${visibleText(name)}`}>
      <div class="connection-main">
        <div class="connection-state">
          <p class=${`state-word ${kind}`}><${Symbol} kind=${kind} />${word}</p>
          <p class="small-text muted"><${Ago} time=${state.since} suffix="" />${state.status === 'failed' && ', no further try until it is changed'}${state.status === 'connected' && connection.topics.length > 0 && state.received === 0 && ', nothing received yet'}</p>
          <${NextTry} state=${state} now=${now} />
        </div>
        <div class="connection-name">
          <h3><${Text} value=${name} max=${80} /></h3>
          <p class="mono small-text muted"><${Text} value=${addressOf(connection)} max=${120} /></p>
          <p class="badges"><${TlsBadge} connection=${connection} />${state.protocol && html`<${Badge}>MQTT ${state.protocol}<//>`}${connection.workers > 1 && html`<${Badge}>${connection.workers} workers<//>`}${state.bridgeProducer && html`<${Badge} kind="accent" title="Bridged variables are published through this connection">bridges<//>`}</p>
        </div>
        <${Rate} state=${state} />
        <${Figures} connection=${connection} />
        <${Actions} connection=${connection} why=${why} detailed=${detailed} onWhy=${() => setAsked(!why)} onDetails=${() => setDetailed(!detailed)} onDialog=${onDialog} />
      </div>
      <${Troubles} connection=${connection} isExplained=${why} />
      ${why && html`<${Diagnosis} name=${name} reason=${state.reason} isPaused=${isGoing} />`}
      ${detailed && html`<${Details} connection=${connection} />`}
    </article>
  </li>`;
}

function addressOf({ transport, host, port, path }) {
  if (transport === 'unix') return host;
  const scheme = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' }[transport] ?? transport;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${scheme.startsWith('ws') ? path : ''}`;
}

function TlsBadge({ connection: { transport, tls } }) {
  if (transport === 'unix') return html`<${Badge} title="A socket of this computer">local socket<//>`;
  if (transport !== 'tls' && transport !== 'wss') return html`<${Badge} title="What goes over the network can be read there">no TLS<//>`;
  return tls.verify === 'full'
    ? html`<${Badge} kind="ok" title="Encrypted, and the broker's certificate is checked">TLS<//>`
    : html`<${Badge} kind="warn" title="Encrypted, but anyone on the way can pose as the broker"><${Symbol} kind="warn" />TLS unverified<//>`;
}

function NextTry({ state, now }) {
  const left = state.retryIn === null ? null : now + state.retryIn - useNow();
  if (left === null) return state.attempt > 1 && html`<p class="small-text muted">attempt ${count(state.attempt)}</p>`;
  return html`<p class="small-text numbers">${left > 0.5 ? `next try in ${span(Math.ceil(left))}` : 'trying now'}<span class="muted">, attempt ${count(state.attempt)}</span></p>`;
}

function Rate({ state: { rate: known, rates: values } }) {
  const now = known ?? 0;
  return html`<div class="connection-rate">
    <p class="numbers"><strong>${rate(now)}</strong> <span class="muted small-text">messages/s</span></p>
    <${Sparkline} values=${values} width=${150} label=${`Messages per second over the last minutes, now ${rate(now)}, highest ${rate(Math.max(0, ...values.map(value => value ?? 0)))}`} />
  </div>`;
}

function Figures({ connection: { state } }) {
  return html`<dl class="figures numbers">
    <div><dt>Signals</dt><dd>${count(state.signals)}</dd></div>
    <div><dt>Received</dt><dd>${count(state.received)} <span class="muted small-text">${bytes(state.bytes)}</span></dd></div>
    <div class=${state.decodeFailures > 0 ? '' : 'zero'}><dt>Decode failures</dt><dd class=${state.decodeFailures > 0 ? 'warn' : ''}>${count(state.decodeFailures)}${state.decodeFailures > 0 && html`<ul class="small-text">${Object.entries(state.decodeFailuresByReason).filter(([, times]) => times > 0).map(([reason, times]) => html`<li key=${reason}>${count(times)} ${failureWords[reason] ?? reason}</li>`)}</ul>`}</dd></div>
    <div class=${state.reconnects > 0 ? '' : 'zero'}><dt>Reconnects</dt><dd>${count(state.reconnects)} <${Last} times=${state.reconnects} at=${state.reconnectedAt} /></dd></div>
    <div class=${state.restarts > 0 ? '' : 'zero'}><dt>Worker restarts</dt><dd class=${state.restarts > 0 ? 'warn' : ''}>${count(state.restarts)} <${Last} times=${state.restarts} at=${state.restartedAt} /></dd></div>
  </dl>`;
}

/** When it happened last. */
function Last({ times, at }) {
  return times > 0 && at ? html`<span class="muted small-text">last <${Moment} time=${at} /></span>` : null;
}

export const failureWords = {
  not_text: 'no UTF-8 text',
  too_deep: 'nested too deep',
  too_many_leaves: 'too many values in one message',
  too_large: 'too large',
  not_signed: 'not signed',
  unknown_algorithm: 'signed by another algorithm',
  bad_signature: 'signature does not match',
};

function Actions({ connection, why, detailed, onWhy, onDetails, onDialog }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  // What the status brought may be a second old: a change of just now must not be taken back by it.
  const withStored = act => async () => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      await act(await api.get(`/api/connections/${part(connection.name)}`));
    } catch (fault) {
      setError(fault.message);
    }

    setBusy(false);
  };
  const pause = withStored(stored => api.put(`/api/connections/${part(stored.name)}`, { ...bodyOf(stored), enabled: !stored.enabled }));
  const open = kind => withStored(stored => onDialog({ kind, connection: stored }));
  return html`<div class="connection-actions">
    <button type="button" class="small" aria-expanded=${String(why)} onClick=${onWhy}>Why no data?</button>
    <button type="button" class="small" aria-expanded=${String(detailed)} onClick=${onDetails}>Details</button>
    <button type="button" class="small" onClick=${open('edit')}>Edit</button>
    <button type="button" class="small" onClick=${open('test')}>Test</button>
    <button type="button" class="small" aria-disabled=${busy} onClick=${pause}>${connection.enabled ? 'Pause' : 'Go on'}</button>
    <button type="button" class="small danger" onClick=${() => onDialog({ kind: 'remove', connection })}>Remove</button>
    ${error && html`<${Notice} kind="bad" role="alert">${error}<//>`}
  </div>`;
}

const noticeKinds = {
  filterRefused: 'bad', filterGrantedLower: 'warn', sessionLost: 'warn', limitReached: 'warn', secretLost: 'bad', sessionKept: 'warn', notStored: 'bad', queueFull: 'bad',
  queueNotUsable: 'bad', deadLetter: 'warn', workerRestarted: 'warn', hindered: 'warn', refused: 'bad', decodeFailure: 'warn', bridgeTrouble: 'warn', bridgeRefused: 'warn', back: 'ok', connected: 'ok',
};

// What says why nothing comes, and is not said by the state already.
const standing = new Set(['filterRefused', 'filterGrantedLower', 'limitReached', 'secretLost', 'sessionKept', 'notStored', 'queueFull', 'queueNotUsable', 'sessionLost', 'decodeFailure', 'workerRestarted']);

function Troubles({ connection: { topics, state }, isExplained }) {
  const now = feed.now();
  const seen = new Set();
  const notices = state.notices.filter(notice => {
    // The steps say it, too.
    if (isExplained && notice.kind === 'filterRefused') return false;
    const isDue = standing.has(notice.kind) && (notice.kind.startsWith('filter') ? topics.some(topic => notice.subject.endsWith(topic.filter)) : now - notice.time < tracked);
    if (!isDue || seen.has(`${notice.kind} ${notice.subject}`)) return false;
    seen.add(`${notice.kind} ${notice.subject}`);
    return true;
  });
  const lines = [
    ...(state.reason && !isExplained ? [[state.status === 'failed' ? 'bad' : 'warn', state.reason, null]] : []),
    ...state.warnings.map(warning => ['warn', warning, null]),
    ...(state.signalsRefused > 0 ? [['warn', `${plural(state.signalsRefused, 'signal')} left out: the connection has as many as allowed.`, null]] : []),
    ...notices.slice(0, 6).map(notice => [noticeKinds[notice.kind] ?? 'info', textOf(notice), notice.time]),
  ];
  return lines.length > 0 && html`<div class="troubles">${lines.map(([kind, text, time]) => html`<${Notice} key=${text} kind=${kind}><${Text} value=${text} max=${600} />${time !== null && html` <span class="muted small-text"><${Moment} time=${time} /></span>`}<//>`)}</div>`;
}

/** A notice with what it is about, unless its sentence says that. */
function textOf({ subject, text }) {
  return subject === '' || text.includes(subject) ? text : `${cut(subject, 200)}: ${text}`;
}

function Details({ connection }) {
  const { state, topics, shareGroup } = connection;
  const refused = new Set(state.notices.filter(notice => notice.kind === 'filterRefused').map(notice => notice.subject));
  return html`<div class="details">
    <section><h4>Topic filters</h4>
      ${topics.length === 0 ? html`<p class="muted">None: the connection only publishes.</p>` : html`<ul class="filters">${topics.map(topic => html`<li key=${topic.filter}><code><${Text} value=${shareGroup ? `$share/${shareGroup}/${topic.filter}` : topic.filter} /></code> <span class="muted small-text">QoS ${topic.qos}</span>${refused.has(topic.filter) && html` <${Badge} kind="bad">refused<//>`}</li>`)}</ul>`}
    </section>
    <section><h4>Session</h4>
      <dl class="pairs">
        <dt>Client identifier</dt><dd class="mono"><${Text} value=${state.clientId || connection.clientId || '–'} /></dd>
        <dt>Keep alive</dt><dd>${connection.keepAlive === 0 ? 'off' : `${connection.keepAlive} s`}</dd>
        <dt>Session</dt><dd>${connection.cleanSession ? 'a clean one each time' : `kept for ${span(connection.sessionExpiry)}`}</dd>
        <dt>Samples</dt><dd class="numbers">${count(state.samples)}</dd>
        ${state.ownMessages > 0 && html`<${Fragment}><dt>Own messages left out</dt><dd class="numbers">${count(state.ownMessages)}</dd><//>`}
      </dl>
    </section>
    <section><h4>Workers</h4>
      ${state.workers.length === 0 ? html`<p class="muted">None runs.</p>` : html`<ul>${state.workers.map((worker, index) => html`<li key=${index}><span class="mono">${worker.pid ?? '–'}</span> ${stateWords[worker.status]?.[1] ?? worker.status}, <span class="numbers">${plural(worker.received, 'message')}, ${plural(worker.restarts, 'restart')}</span>${worker.reason && html`<br /><span class="muted"><${Text} value=${worker.reason} max=${300} /></span>`}</li>`)}</ul>`}
    </section>
    <section class="history"><h4>What happened</h4>
      ${state.notices.length === 0 ? html`<p class="muted">Nothing worth telling.</p>` : html`<ol>${state.notices.map((notice, index) => html`<li key=${index}><span class="muted numbers"><${Moment} time=${notice.time} /></span><span class=${noticeKinds[notice.kind] ?? 'info'}><${Symbol} kind=${noticeKinds[notice.kind] ?? 'info'} /></span><${Text} value=${textOf(notice)} max=${400} /></li>`)}</ol>`}
    </section>
  </div>`;
}

function Remove({ connection: { name, state }, onRemoved, onClose }) {
  const { outbound } = state;
  const remove = async () => {
    await api.del(`/api/connections/${part(name)}`);
    onRemoved();
  };
  return html`<${Confirm} title="Remove this connection?" action="Remove" onClose=${onClose} onConfirm=${remove}>
    <p><strong><${Text} value=${name} /></strong> and its settings are removed, and so are the histories of its ${plural(state.signals, 'signal')}.</p>
    ${outbound.depth + outbound.deadLetters > 0 && html`<${Notice} kind="warn">${plural(outbound.depth, 'message')} not yet published and ${plural(outbound.deadLetters, 'dead letter')} are thrown away.<//>`}
  <//>`;
}

function Test({ connection, onClose }) {
  const test = useTest(testAt);
  const run = () => test.run({ ...bodyOf(connection), name: connection.name });
  return html`<${Dialog} title="Test" onClose=${onClose}>
    <div class="dialog-body"><p>Connects once to <span class="mono"><${Text} value=${addressOf(connection)} /></span> with the settings of <strong><${Text} value=${connection.name} /></strong>, beside the connection itself.</p><${TestResult} test=${test} /></div>
    <footer class="dialog-foot"><button type="button" onClick=${onClose}>Close</button><button type="button" class="primary" aria-disabled=${test.busy} onClick=${run} autofocus>${test.result ? 'Test again' : 'Test'}</button></footer>
  <//>`;
}
