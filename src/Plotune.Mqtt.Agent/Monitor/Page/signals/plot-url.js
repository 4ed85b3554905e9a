// What is plotted, as the page's address: #/signals?pane=key,key:own&pane=key:0..100&span=60&end=1766000000.5&find=line*
// A key has letters, digits, _ - and . only, so a comma and a colon can part them. Whatever else stands in an address is left out.

export const paneLimit = 8;

/** The agent takes that many curves of one page. */
export const signalLimit = 200;

export const shortestSpan = 0.02;
export const longestSpan = 30 * 86_400;
export const usualSpan = 60;

const longestKey = 70_000;
const longestSearch = 1_000;

/**
 * What is shown of the signals.
 * panes: [{signals: [{key, scale, isHidden}]}]; scale: 'unit' (one for all of that unit in the pane), 'own', or {low, high}.
 * span: seconds; end: the right edge, null for now. find: what is searched for.
 */
export function emptyPlot() {
  return { panes: [{ signals: [] }], span: usualSpan, end: null, find: '' };
}

/** @param params URLSearchParams. Faulty parts are left out or take their default. */
export function plotOf(params) {
  const plot = emptyPlot();
  const panes = params.getAll('pane').slice(0, paneLimit).map(text => ({ signals: signalsOf(text) }));
  let left = signalLimit;
  for (const pane of panes) {
    pane.signals.length = Math.min(pane.signals.length, left);
    left -= pane.signals.length;
  }

  if (panes.length > 0) plot.panes = panes;
  const span = numberOf(params.get('span'));
  if (span !== null) plot.span = Math.min(longestSpan, Math.max(shortestSpan, span));
  const end = numberOf(params.get('end'));
  if (end !== null && Math.abs(end) < 1e11) plot.end = end;
  plot.find = (params.get('find') ?? '').slice(0, longestSearch);
  return plot;
}

/** What comes after the question mark; empty if nothing is plotted or searched for. */
export function queryOf(plot) {
  const parts = [];
  if (plot.panes.length > 1 || plot.panes.some(pane => pane.signals.length > 0)) for (const pane of plot.panes) parts.push(`pane=${pane.signals.map(signalText).join(',')}`);
  if (plot.span !== usualSpan) parts.push(`span=${Number(plot.span.toPrecision(9))}`);
  if (plot.end !== null) parts.push(`end=${Number(plot.end.toFixed(6))}`);
  if (plot.find) parts.push(`find=${encodeURIComponent(plot.find)}`);
  return parts.join('&');
}

function signalText({ key, scale, isHidden }) {
  const range = scale === 'own' ? ':own' : scale === 'unit' ? '' : `:${scale.low}..${scale.high}`;
  return `${encodeURIComponent(key)}${range}${isHidden ? ':hidden' : ''}`;
}

function signalsOf(text) {
  const seen = new Set();
  const signals = [];
  for (const item of text.split(',')) {
    const [key, ...options] = item.split(':');
    if (key === '' || key.length > longestKey || seen.has(key)) continue;
    seen.add(key);
    const signal = { key, scale: 'unit', isHidden: false };
    for (const option of options) {
      if (option === 'own') signal.scale = 'own';
      else if (option === 'hidden') signal.isHidden = true;
      else signal.scale = rangeOf(option) ?? signal.scale;
    }

    signals.push(signal);
  }

  return signals;
}

function rangeOf(text) {
  const ends = text.split('..');
  if (ends.length !== 2) return null;
  const [low, high] = ends.map(numberOf);
  return low !== null && high !== null && low < high ? { low, high } : null;
}

function numberOf(text) {
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
