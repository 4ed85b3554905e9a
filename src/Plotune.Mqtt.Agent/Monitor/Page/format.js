// How numbers, times, sizes and foreign texts are written. Times are seconds since 1970, as in the agent's API.

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/** A measured value: six significant digits at most. */
export function number(value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return value.toExponential(3).replace(/\.?0+e/, 'e').replace('e+', 'e');
  return String(Number(value.toPrecision(6)));
}

/** How many: 12,345. */
export function count(value) {
  return Number.isFinite(value) ? grouped.format(value) : '–';
}

export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Per second, without the unit: 0.05, 3.2, 12, 4,321. */
export function rate(value) {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (value < 0.01) return '<0.01';
  if (value >= 100) return grouped.format(value);
  return String(Number(value.toPrecision(value < 1 ? 1 : 2)));
}

export function bytes(value) {
  if (!Number.isFinite(value)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (Number(value.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }

  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** A span: 4 s, 3 min, 2 h 5 min, 4 d. */
export function span(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return withRest(whole, 3600, 'h', 60, 'min');
  return whole < 10 * 86_400 ? withRest(whole, 86_400, 'd', 3600, 'h') : `${Math.floor(whole / 86_400)} d`;
}

/** Local time of day; with milliseconds if asked for. */
export function time(seconds, { milliseconds = false } = {}) {
  if (!isTime(seconds)) return '–';
  const date = new Date(seconds * 1000);
  return milliseconds ? `${clock.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}` : clock.format(date);
}

/** Local day and time, for a title or another day. */
export function dateTime(seconds) {
  return isTime(seconds) ? `${day.format(new Date(seconds * 1000))}, ${time(seconds)}` : '–';
}

/** The time alone if it is today, else with the day. */
export function when(seconds, now = Date.now() / 1000) {
  if (!isTime(seconds)) return '–';
  return new Date(seconds * 1000).toDateString() === new Date(now * 1000).toDateString() ? time(seconds) : dateTime(seconds);
}

// C0, DEL, C1; marks, embeddings, overrides and isolates of writing direction; what is invisible; line separators; tags; half surrogate pairs.
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/**
 * A foreign text in pieces, [text, isMark]: characters that are invisible or change what is around them are marks that name them.
 * @param keepLines Line feeds and tabs stay what they are.
 */
export function visible(text, { keepLines = false } = {}) {
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(hidden)) {
    if (keepLines && (match[0] === '\n' || match[0] === '\t')) continue;
    if (match.index > end) pieces.push([text.slice(end, match.index), false]);
    pieces.push([markOf(match[0].codePointAt(0)), true]);
    end = match.index + match[0].length;
  }

  if (end < text.length) pieces.push([text.slice(end), false]);
  return pieces;
}

/** The same as one text, for titles and labels. */
export function visibleText(text, options) {
  return visible(text, options).map(([piece]) => piece).join('');
}

/** Cut to so many characters, with an ellipsis in its place; never through a character. */
export function cut(text, length) {
  if (text.length <= length) return text;
  const end = text.codePointAt(length - 1) > 0xffff ? length - 1 : length;
  return `${text.slice(0, end)}…`;
}

function markOf(code) {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}

function withRest(whole, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`;
}

// What a Date can hold.
function isTime(seconds) {
  return typeof seconds === 'number' && Math.abs(seconds) <= 8.64e12;
}
