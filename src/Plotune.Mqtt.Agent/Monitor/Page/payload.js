// A message's payload for people: JSON indented and coloured, text as it is, other bytes in hexadecimal.
import { html, useMemo } from './dom.js';
import { visible } from './format.js';

const deepestIndent = 24;
const longestLine = 72;
const token = /"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/g;
const scalarList = /^\[\s*(?:(?:"(?:\\.|[^"\\])*"|[^\s[\]{}",:]+)\s*,?\s*)*\]/;

/** @param message A message or dead letter of the API. */
export function Payload({ message }) {
  return useMemo(() => render(message), [message.payload, message.encoding]);
}

/** What the clipboard gets: the payload as it came, or its bytes as digits. */
export function textOf({ payload }) {
  return payload;
}

function render({ payload, encoding }) {
  if (payload === '') return html`<pre class="payload muted">empty</pre>`;
  if (encoding === 'hex') return html`<pre class="payload">${hexLines(payload)}</pre>`;
  const pieces = jsonPieces(payload);
  if (pieces === null) return html`<pre class="payload"><bdi>${marked(payload)}</bdi></pre>`;
  return html`<pre class="payload"><bdi>${pieces.map(([kind, text]) => (kind ? html`<span class=${`json-${kind}`}>${marked(text)}</span>` : text))}</bdi></pre>`;
}

function marked(text) {
  return visible(text, { keepLines: true }).map(([piece, isMark]) => (isMark ? html`<span class="mark">${piece}</span>` : piece));
}

/**
 * A JSON text in pieces, [kind, text], indented; kind is key, text, number, word or empty. Made of the source's own tokens, so that every digit stays.
 * @returns Null if it is no JSON object or list.
 */
export function jsonPieces(source) {
  if (!/^\s*[{[]/.test(source) || !isJson(source)) return null;
  const pieces = [];
  let depth = 0;
  let flatUntil = -1;
  let before = '';
  const lineFeed = () => `\n${'  '.repeat(Math.min(depth, deepestIndent))}`;
  token.lastIndex = 0;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [text] = match;
    const isFlat = match.index < flatUntil;
    if (text === '{' || text === '[') {
      const flat = text === '[' && !isFlat ? scalarList.exec(source.slice(match.index, match.index + longestLine)) : null;
      if (flat) flatUntil = match.index + flat[0].length;
      depth++;
      pieces.push(['', text], ...(flat || isFlat || closesAt(source, token.lastIndex) ? [] : [['', lineFeed()]]));
    } else if (text === '}' || text === ']') {
      depth--;
      pieces.push(['', isFlat || before === '{' || before === '[' ? text : lineFeed() + text]);
    } else if (text === ',') {
      pieces.push(['', isFlat ? ', ' : `,${lineFeed()}`]);
    } else if (text === ':') {
      pieces.push(['', ': ']);
    } else {
      pieces.push([kindOf(text, source, token.lastIndex), text]);
    }

    before = text;
  }

  return pieces;
}

/** Whether a text is one JSON value. */
export function isJson(source) {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

function closesAt(source, index) {
  return /^\s*[}\]]/.test(source.slice(index, index + 20));
}

function kindOf(text, source, end) {
  if (text[0] === '"') return /^\s*:/.test(source.slice(end, end + 20)) ? 'key' : 'text';
  return /^[tfn]/.test(text) ? 'word' : 'number';
}

/** Sixteen bytes a line: offset, digits, and what of it is text. */
function hexLines(digits) {
  const lines = [];
  for (let at = 0; at < digits.length; at += 32) {
    const bytes = digits.slice(at, at + 32).match(/../g) ?? [];
    const shown = bytes.map(byte => Number.parseInt(byte, 16)).map(code => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·')).join('');
    lines.push(`${(at / 2).toString(16).padStart(4, '0')}  ${bytes.join(' ').padEnd(47)}  ${shown}`);
  }

  return lines.join('\n');
}
