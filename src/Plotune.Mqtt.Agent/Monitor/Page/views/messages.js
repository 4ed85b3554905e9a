// The newest messages, in and out.
import { html, useEffect, useState } from '../dom.js';
import { feed } from '../feed.js';
import { bytes, dateTime, plural, time, visibleText } from '../format.js';
import { Payload, textOf } from '../payload.js';
import { hashOf, route } from '../route.js';
import { Badge, CopyButton, Empty, Field, Notice, Symbol, Text, useFeed, useRoute } from '../ui.js';
import { failureWords } from './connections.js';

const limits = [100, 200, 500, 1000];
const typingDelay = 250;

export const sourceWords = { mqtt: 'MQTT', bridge: 'Bridge', redis: 'Redis', api: 'By hand', queue: 'Queue' };

export function Messages() {
  const { status } = useFeed();
  const { params } = useRoute();
  const [paused, setPaused] = useState(null);
  const wanted = wantedOf(params);
  const filterError = errorOf(wanted.match);
  const asked = filterError ? { ...wanted, match: '' } : wanted;
  const kept = useMessages(asked, paused !== null);
  // What was paused is searched as it is; live the agent does it.
  const messages = paused === null ? kept : kept.filter(message => takes(asked, message));
  const isIndented = params.get('payload') !== 'line';
  const set = (name, value) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    route.go(hashOf('messages', next), { replace: true });
  };
  return html`<section class="view messages" aria-labelledby="messages-title">
    <div class="view-head"><h2 id="messages-title">Messages</h2><p class="muted numbers">${plural(messages.length, 'message')}, newest first${paused !== null && html`; <strong class="warn">paused at ${time(paused)}</strong>`}</p><span class="spring"></span>
      <button type="button" aria-pressed=${String(isIndented)} onClick=${() => set('payload', isIndented ? 'line' : '')}>Whole payloads</button>
      <button type="button" class=${paused === null ? '' : 'primary'} onClick=${() => setPaused(paused === null ? feed.now() : null)}>${paused === null ? 'Pause' : 'Go on'}</button>
    </div>
    <div class="toolbar">
      <${Choice} label="Source" value=${wanted.source} choices=${[['', 'all'], ...Object.entries(sourceWords)]} onChange=${value => set('source', value)} />
      <${Choice} label="Connection" value=${wanted.connection} choices=${[['', 'all'], ...withChosen((status?.connections ?? []).map(({ name }) => name), wanted.connection).map(name => [name, visibleText(name)])]} onChange=${value => set('connection', value)} />
      <${FilterInput} value=${wanted.match} error=${filterError} onChange=${value => set('match', value)} />
      <${Choice} label="At most" value=${String(wanted.limit)} choices=${limits.map(limit => [String(limit), String(limit)])} onChange=${value => set('limit', value === '200' ? '' : value)} />
    </div>
    ${messages.length === 0
      ? html`<${Empty} title="No message"><p>${wanted.match || wanted.source || wanted.connection ? 'None of the newest fits these filters.' : 'None has come in or gone out since the agent started.'}</p><//>`
      : html`<ol class=${`message-list card ${isIndented ? 'indented' : ''}`}>${messages.map(message => html`<${Row} key=${message.id} message=${message} isIndented=${isIndented} />`)}</ol>`}
  </section>`;
}

function wantedOf(params) {
  const limit = Number(params.get('limit'));
  return { connection: params.get('connection') ?? '', match: params.get('match') ?? '', source: params.get('source') ?? '', limit: limits.includes(limit) ? limit : 200 };
}

/** A connection that is gone, but still named by the address. */
function withChosen(names, chosen) {
  return chosen === '' || names.includes(chosen) ? names : [...names, chosen];
}

/** What is wrong with a topic filter (MQTT 5.0, 4.7.1); empty if nothing. */
function errorOf(filter) {
  const levels = filter.split('/');
  if (levels.some((level, index) => level.includes('#') && (level !== '#' || index < levels.length - 1))) return '# must be the last level, and stand alone in it.';
  return levels.some(level => level.includes('+') && level !== '+') ? '+ must stand alone in its level.' : '';
}

/** The newest messages first; what was there stays while nothing is asked for. */
function useMessages({ connection, match, source, limit }, isPaused) {
  const [messages, setMessages] = useState([]);
  useEffect(() => {
    if (isPaused) return undefined;
    const off = feed.on('messages', ({ messages: fresh, reset }) => setMessages(before => (reset ? fresh : merged(fresh, before, limit))));
    feed.show('messages', { connection, match, source, limit });
    return () => {
      off();
      feed.show('messages', null);
    };
  }, [connection, match, source, limit, isPaused]);
  return messages;
}

function takes({ connection, match, source }, message) {
  return (connection === '' || message.connection === connection) && (source === '' || message.source === source) && (match === '' || (/[+#]/.test(match) ? isInFilter(match, message.topic) : isLike(match.toLowerCase(), message.topic.toLowerCase())));
}

/** Whether a topic filter takes a topic (MQTT 5.0, 4.7). */
function isInFilter(filter, topic) {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const [wanted, levels] = [filter.split('/'), topic.split('/')];
  const isOpen = wanted[wanted.length - 1] === '#';
  if (isOpen) wanted.pop();
  return (isOpen ? levels.length >= wanted.length : levels.length === wanted.length) && wanted.every((level, index) => level === '+' || level === levels[index]);
}

/** Whether a text is a pattern's in which `*` stands for any characters. */
function isLike(pattern, text) {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const last = rest.pop();
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const inner = text.slice(first.length, text.length - last.length);
  let at = 0;
  return rest.every(part => {
    const found = inner.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

function merged(fresh, before, limit) {
  const ids = new Set(fresh.map(message => message.id));
  // Workers answer one by one, so what is new here may be older than what was there. Identifiers are in the order of time.
  return [...fresh, ...before.filter(message => !ids.has(message.id))].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
}

function Choice({ label, value, choices, onChange }) {
  return html`<${Field} label=${label}>${attributes => html`<select ...${attributes} value=${value} onChange=${event => onChange(event.target.value)}>${choices.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select>`}<//>`;
}

function FilterInput({ value, error, onChange }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), typingDelay);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => setText(value), [value]);
  return html`<${Field} label="Topic filter" error=${error} class="grow">${attributes => html`<input ...${attributes} type="search" class="mono" value=${text} placeholder="factory/+/state, nemo/#" autocomplete="off" autocapitalize="off" spellcheck=${false} onInput=${event => setText(event.target.value)} />`}<//>`;
}

function Row({ message, isIndented }) {
  const [opened, setOpened] = useState(false);
  const isOpen = opened || isIndented;
  const isOut = message.direction === 'out';
  return html`<li class=${`message ${message.failure ? 'failed' : ''}`}>
    <div class="message-head">
      <time class="numbers mono" title=${dateTime(message.time)}>${time(message.time, { milliseconds: true })}</time>
      <span class=${`direction ${isOut ? 'out' : 'in'}`}>${isOut ? '↑ out' : '↓ in'}</span>
      <span class="message-topic mono"><${Text} value=${message.topic} max=${160} /></span>
      <span class="badges">
        <${Badge} kind=${isOut ? 'accent' : 'quiet'}>${sourceWords[message.source] ?? message.source}<//>
        <${Badge}>QoS ${message.qos}<//>
        ${message.retained && html`<${Badge} kind="warn">retained<//>`}
      </span>
      <span class="message-connection muted"><${Text} value=${message.connection} max=${40} /></span>
      <span class="muted numbers small-text">${bytes(message.payloadBytes)}</span>
      <span class="message-buttons"><${CopyButton} text=${textOf(message)} /><button type="button" class="small" aria-expanded=${String(opened)} onClick=${() => setOpened(!opened)}>${opened ? 'Less' : 'More'}</button></span>
    </div>
    <div class="message-body">${message.failure && html`<p class="message-failure bad"><${Symbol} kind="bad" /><${Text} value=${failureWords[message.failure] ?? message.failure} max=${400} /></p>`}
    ${isOpen ? html`<div class=${opened ? 'whole' : 'short'}><${Payload} message=${message} /></div>` : html`<p class="preview mono muted"><${Text} value=${message.payload} max=${180} /></p>`}
    ${isOpen && message.cut && html`<${Notice} kind="info">Only the beginning of ${bytes(message.payloadBytes)} is kept.<//>`}</div>
  </li>`;
}
