// The plot beside the tree: its tools, its panes and what stands beside each of them.
import { html, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from '../dom.js';
import { feed } from '../feed.js';
import { cut, dateTime, number, span as spanText, time as timeOfDay, visibleText, when } from '../format.js';
import { Dialog, Field, Notice, Text, useNow } from '../ui.js';
import { css } from './colours.js';
import { csvOf, fileName, pictureOf, save } from './export.js';
import { Pane, scaleIdOf } from './pane.js';
import { emptyPlot, paneLimit } from './plot-url.js';
import { curveOf, ordinalOf } from './plotter.js';
import { valueText } from './tree-view.js';

const spans = [[5, '5 s'], [10, '10 s'], [30, '30 s'], [60, '1 min'], [300, '5 min'], [1200, '20 min'], [3600, '1 h'], [21_600, '6 h'], [86_400, '1 d']];

/** From more signals than this on each has one line beside the plot. */
const compactFrom = 6;

export function PlotPanel({ plot, setPlot, plotter, values, active, setActive }) {
  const help = useId();
  const [said, setSaid] = useState('');
  const signals = plot.panes.flatMap(pane => pane.signals);
  const keys = signals.map(signal => signal.key).join();
  const catalogVersion = useCatalogVersion();
  useEffect(() => values.show('plot', signals.map(signal => ordinalOf(signal.key)).filter(ordinal => ordinal !== undefined)), [keys, catalogVersion]);
  const scaleCounts = plot.panes.map(pane => new Set(pane.signals.filter(signal => !signal.isHidden && isNumber(signal.key)).map(signal => scaleIdOf({ ...signal, unit: unitOf(signal.key) }))).size);
  const hasRightAxis = scaleCounts.some(scales => scales > 1);
  const change = (index, fn) => setPlot(now => ({ ...now, panes: now.panes.map((pane, at) => (at === index ? fn(pane) : pane)) }));
  const remove = index => {
    setPlot(now => ({ ...now, panes: now.panes.length > 1 ? now.panes.filter((pane, at) => at !== index) : [{ signals: [] }] }));
    if (active >= index) setActive(Math.max(0, active - 1));
  };
  return html`<section class="card plot-panel" aria-labelledby="plot-title">
    <${Tools} plot=${plot} setPlot=${setPlot} plotter=${plotter} setActive=${setActive} setSaid=${setSaid} />
    <p class="offscreen" id=${help}>Left and right move the cursor, with shift they scroll. Plus and minus zoom. Space pauses. End goes to now, Home to the first point. Escape takes the cursor away.</p>
    <div class="offscreen" role="status">${said}</div>
    <div class="panes">
      ${plot.panes.map((pane, index) => html`<${PaneView} key=${index} index=${index} pane=${pane} count=${plot.panes.length} plotter=${plotter} values=${values} hasRightAxis=${hasRightAxis} help=${help}
        catalogVersion=${catalogVersion} isActive=${index === active} setActive=${() => setActive(index)} change=${fn => change(index, fn)} remove=${() => remove(index)} setSaid=${setSaid} />`)}
    </div>
  </section>`;
}

// Renewed when signals were added to the catalog, or it began anew.
function useCatalogVersion() {
  const [version, setVersion] = useState(feed.catalog.version);
  useEffect(() => feed.subscribe(() => setVersion(feed.catalog.version)), []);
  return version;
}

function Tools({ plot, setPlot, plotter, setActive, setSaid }) {
  const isLive = plot.end === null;
  const hasSignals = plot.panes.some(pane => pane.signals.length > 0);
  const addPane = () => {
    setActive(plot.panes.length);
    setPlot(now => ({ ...now, panes: [...now.panes, { signals: [] }] }));
  };
  const clear = () => {
    setActive(0);
    setPlot(now => ({ ...emptyPlot(), find: now.find, span: now.span }));
  };
  const toCsv = () => {
    const { edge, span } = plotter;
    const seen = new Set();
    const shown = plotter.panes.flatMap(pane => pane.traces).filter(trace => !trace.isHidden && !seen.has(trace.key) && seen.add(trace.key));
    save(new Blob(csvOf(shown.map(trace => ({ ...trace, ...originOf(trace.key) })), edge - span, edge), { type: 'text/csv;charset=utf-8' }), fileName(edge, 'csv'));
    setSaid('The points that are seen are saved as CSV.');
  };
  const toPng = () => {
    const { edge, span } = plotter;
    const style = getComputedStyle(document.querySelector('.plot-panel'));
    const look = { background: style.backgroundColor, text: style.color, muted: style.getPropertyValue('--muted').trim(), font: style.fontFamily, ratio: devicePixelRatio };
    const panes = plotter.panes.filter(pane => pane.layers !== null).map(pane => ({
      ...pane.layers,
      entries: pane.traces.filter(trace => !trace.isHidden).map(trace => ({ colour: css(trace.colour), name: trace.name, value: [pane.valueAtCursor(trace) ?? lastText(trace), trace.unit].join(' ').trim() })),
    }));
    pictureOf(panes, edge - span, edge, look).toBlob(blob => {
      // A browser makes no picture beyond a size of its own.
      if (blob !== null) save(blob, fileName(edge, 'png'));
      setSaid(blob === null ? 'The plot is too large for a picture.' : 'The plot is saved as PNG.');
    }, 'image/png');
  };
  return html`<div class="plot-tools" role="toolbar" aria-label="Plot">
    <h2 id="plot-title" class="offscreen">Plot</h2>
    <button type="button" class="small live-button" aria-pressed=${String(!isLive)} disabled=${!hasSignals} onClick=${() => (isLive ? plotter.pause() : plotter.live())}>${isLive ? 'Pause' : 'Go live'}</button>
    <label class="span-choice"><span class="offscreen">Time seen</span>
      <select value=${String(plot.span)} onChange=${event => plotter.setSpan(Number(event.target.value))}>
        ${!spans.some(([value]) => value === plot.span) && html`<option value=${String(plot.span)}>${shortSpan(plot.span)}</option>`}
        ${spans.map(([value, text]) => html`<option key=${value} value=${String(value)}>${text}</option>`)}
      </select></label>
    <span class="tool-group">
      <button type="button" class="small" aria-label="Back" title="Back (Shift+Left)" disabled=${!hasSignals} onClick=${() => plotter.scroll(-0.5)}>◀</button>
      <button type="button" class="small" aria-label="Forward" title="Forward (Shift+Right)" disabled=${isLive} onClick=${() => plotter.scroll(0.5)}>▶</button>
      <button type="button" class="small" aria-label="Zoom in" title="Zoom in (+)" onClick=${() => plotter.zoom(0.5)}>+</button>
      <button type="button" class="small" aria-label="Zoom out" title="Zoom out (-)" onClick=${() => plotter.zoom(2)}>−</button>
    </span>
    <${Seen} plotter=${plotter} plot=${plot} />
    <span class="tool-group tools-end">
      <button type="button" class="small" disabled=${plot.panes.length >= paneLimit} onClick=${addPane}>New pane</button>
      <button type="button" class="small" disabled=${!hasSignals} onClick=${toCsv} title="Save the points that are seen">CSV</button>
      <button type="button" class="small" disabled=${!hasSignals} onClick=${toPng} title="Save the plot as a picture">PNG</button>
      <button type="button" class="small" disabled=${!hasSignals && plot.panes.length === 1} onClick=${clear}>Clear</button>
    </span>
  </div>`;
}

// What stretch is seen, in words, while it stands still.
function Seen({ plotter, plot }) {
  if (plot.end === null) return html`<span class="seen muted"></span>`;
  const first = plotter.firstTime;
  const isEmpty = !(first < plot.end);
  return html`<span class="seen numbers"><span class="badge warn">Paused</span> ${when(plot.end - plot.span)} – ${timeOfDay(plot.end)}${isEmpty && !Number.isNaN(first) ? html` <span class="muted">(before the first point)</span>` : ''}</span>`;
}

function PaneView({ index, pane, count, plotter, values, hasRightAxis, help, catalogVersion, isActive, setActive, change, remove, setSaid }) {
  const host = useRef(null);
  const [chart, setChart] = useState(null);
  const [editing, setEditing] = useState(null);
  useLayoutEffect(() => {
    const made = new Pane(host.current, plotter);
    plotter.addPane(made);
    setChart(made);
    return () => {
      plotter.removePane(made);
      made.destroy();
      plotter.tracesChanged();
    };
  }, []);
  const names = useMemo(() => shortNames(pane.signals.map(signal => signal.key)), [pane.signals, catalogVersion]);
  // New signals in the catalog are no reason to draw what is plotted anew.
  const described = pane.signals.map((signal, at) => `${names[at]}\n${unitOf(signal.key)}`).join('\n');
  useLayoutEffect(() => {
    if (chart === null) return;
    chart.setTraces(pane.signals.map((signal, at) => ({ ...signal, curve: curveOf(signal.key), unit: unitOf(signal.key), name: names[at] })), hasRightAxis);
    plotter.tracesChanged();
  }, [chart, pane.signals, described, hasRightAxis]);
  const signalChange = (key, members) => change(now => ({ ...now, signals: now.signals.map(signal => (signal.key === key ? { ...signal, ...members } : signal)) }));
  const title = `Pane ${index + 1}`;
  const areOwn = pane.signals.length > 1 && pane.signals.every(signal => signal.scale === 'own');
  const key = event => paneKey(event, chart, plotter, text => setSaid(text));
  return html`<section class=${`pane ${isActive && count > 1 ? 'active' : ''} ${pane.signals.length === 0 ? 'is-empty' : ''}`} aria-label=${title} onPointerDown=${setActive} onFocusIn=${setActive}>
    <div class="chart" ref=${host} role="application" tabindex="0" aria-label=${`${title}: ${pane.signals.length === 0 ? 'empty' : names.slice(0, 8).map(name => cut(name, 60)).join(', ')}`} aria-describedby=${help} onKeyDown=${key}>
      ${pane.signals.length === 0 && html`<div class="chart-empty"><p>${count > 1 ? (isActive ? 'The next signal you pick comes here.' : 'Click here, then pick signals.') : html`<strong>Nothing is plotted yet.</strong><br />Pick signals from the list: a click plots one, another takes it away.`}</p></div>`}
    </div>
    ${(pane.signals.length > 0 || count > 1) && html`<div class="legend">
      ${(pane.signals.length > 1 || count > 1) && html`<div class="legend-head">
        ${count > 1 && html`<h3>${title}</h3>`}
        ${pane.signals.length > 1 && html`<button type="button" class="small" aria-pressed=${String(areOwn)} title="Gives each signal a scale of its own, or those of one unit the same" onClick=${() => change(now => ({ ...now, signals: now.signals.map(signal => ({ ...signal, scale: areOwn ? 'unit' : 'own' })) }))}>Own scales</button>`}
        ${count > 1 && html`<button type="button" class="icon" aria-label=${`Remove ${title}`} title="Remove this pane" onClick=${remove}>✕</button>`}
      </div>`}
      ${chart !== null && pane.signals.length > 0 && html`<${Legend} pane=${pane} names=${names} chart=${chart} plotter=${plotter} values=${values} catalogVersion=${catalogVersion}
        edit=${setEditing} signalChange=${signalChange} removeSignal=${gone => change(now => ({ ...now, signals: now.signals.filter(signal => signal.key !== gone) }))} />`}
    </div>`}
    ${editing !== null && pane.signals.some(signal => signal.key === editing) && html`<${ScaleDialog} signal=${pane.signals.find(signal => signal.key === editing)} name=${names[pane.signals.findIndex(signal => signal.key === editing)]} chart=${chart}
      onClose=${() => setEditing(null)} onChange=${scale => signalChange(editing, { scale })} />`}
  </section>`;
}

function paneKey(event, chart, plotter, say) {
  if (chart === null || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (step !== 0 && event.shiftKey) plotter.scroll(step * 0.1);
  else if (step !== 0) moveCursor(chart, step * (event.repeat ? 8 : 2), say);
  else if (event.key === '+' || event.key === '=') plotter.zoom(0.8, chart.cursorTime ?? undefined);
  else if (event.key === '-') plotter.zoom(1.25, chart.cursorTime ?? undefined);
  else if (event.key === ' ') plotter.isLive ? plotter.pause() : plotter.live();
  else if (event.key === 'End') plotter.live();
  else if (event.key === 'Home' && !Number.isNaN(plotter.firstTime)) plotter.scrollTo(plotter.firstTime + plotter.span * 0.95);
  else if (event.key === 'Escape') chart.hideCursor();
  else return;
  event.preventDefault();
}

// The values at the cursor are also said, as far as they fit into a sentence.
function moveCursor(chart, pixels, say) {
  chart.moveCursor(pixels);
  const shown = chart.traces.filter(trace => !trace.isHidden).slice(0, 4).map(trace => `${cut(trace.name, 40)} ${chart.valueAtCursor(trace)}`);
  say(`${timeOfDay(chart.cursorTime, { milliseconds: true })}: ${shown.join(', ')}`);
}

function Legend({ pane, names, chart, plotter, values, catalogVersion, edit, signalChange, removeSignal }) {
  const list = useRef(null);
  const rows = useRef(new Map());
  const now = useNow();
  useEffect(() => {
    const write = () => {
      for (const trace of chart.traces) {
        const row = rows.current.get(trace.key);
        if (!row?.isConnected) continue;
        const atCursor = chart.valueAtCursor(trace);
        const text = atCursor ?? newestText(trace, values);
        const cell = row.querySelector('.legend-value');
        if (cell.textContent !== text) cell.textContent = text;
        row.classList.toggle('near', chart.near === trace.key);
        const swatch = row.querySelector('.legend-swatch');
        const colour = css(trace.colour);
        if (swatch.dataset.colour !== colour) [swatch.dataset.colour, swatch.style.background, swatch.style.borderColor] = [colour, trace.isHidden ? '' : colour, colour];
      }
    };
    write();
    return plotter.onReadout(write);
  }, [chart, pane.signals]);
  return html`<ul class=${`legend-list ${pane.signals.length > compactFrom ? 'compact' : ''}`} ref=${list} onPointerLeave=${() => chart.setHighlight(null)}>
    ${pane.signals.map((signal, at) => {
      const name = names[at];
      const label = visibleText(cut(name, 120));
      return html`<li key=${signal.key} ref=${element => (element === null ? rows.current.delete(signal.key) : rows.current.set(signal.key, element))} class=${signal.isHidden ? 'hidden-signal' : ''}
        onPointerEnter=${event => event.pointerType === 'mouse' && chart.setHighlight(signal.key)}>
        <button type="button" class="legend-swatch-button" aria-pressed=${String(!signal.isHidden)} aria-label=${`Show ${label}`} title=${signal.isHidden ? 'Show' : 'Hide'} onClick=${() => signalChange(signal.key, { isHidden: !signal.isHidden })}><span class="legend-swatch"></span></button>
        <button type="button" class="legend-name" title=${fullTitle(signal.key)} onClick=${() => chart.setLeader(signal.key)} onFocus=${() => chart.setHighlight(signal.key)} onBlur=${() => chart.setHighlight(null)}>
          <${Text} value=${name} max=${120} /></button>
        <span class="legend-value numbers"></span><bdi class="legend-unit">${visibleText(cut(unitOf(signal.key), 16))}</bdi>
        <span class="legend-buttons">
          <button type="button" class="icon" aria-label=${`Scale of ${label}`} title="Scale" onClick=${() => edit(signal.key)}>↕</button>
          <button type="button" class="icon" aria-label=${`Remove ${label}`} title="Remove" onClick=${() => removeSignal(signal.key)}>✕</button>
        </span>
        <${Hint} signal=${signal} now=${now} plotter=${plotter} chart=${chart} catalogVersion=${catalogVersion} />
      </li>`;
    })}
  </ul>`;
}

// Why nothing is seen of a signal, where that is so.
function Hint({ signal, now, plotter, chart }) {
  const { catalog, state } = feed;
  const ordinal = ordinalOf(signal.key);
  if (ordinal === undefined) return catalog.size < catalog.total || state.link !== 'open' ? null : html`<p class="legend-hint">Not seen yet. It is plotted once it comes.</p>`;
  if (plotter.isLeftOut(signal.key)) return html`<p class="legend-hint">Its name is too long to be plotted beside the others.</p>`;
  const curve = chart.traces.find(trace => trace.key === signal.key)?.curve;
  const last = curve?.lastTime ?? NaN;
  if (Number.isNaN(last)) return null;
  // What a text or boolean was last holds on, and is seen.
  const isLeft = curve.numbers.lastTime === last && last < plotter.edge - plotter.span;
  if (plotter.isLive && (isLeft || last > now + 15)) {
    const text = last > now + 15 ? `Its clock is ${spanText(last - now)} ahead.` : `Last value ${spanText(now - last)} ago.`;
    return html`<p class="legend-hint">${text} <button type="button" class="small" title=${dateTime(last)} onClick=${() => plotter.zoomTo(last - plotter.span * 0.9, last + plotter.span * 0.1)}>Go there</button></p>`;
  }

  return null;
}

function ScaleDialog({ signal, name, chart, onClose, onChange }) {
  const trace = chart.traces.find(other => other.key === signal.key);
  const [low, high] = trace === undefined ? [0, 1] : (chart.rangeOf(trace) ?? [0, 1]);
  const isFixed = typeof signal.scale === 'object';
  const [kind, setKind] = useState(isFixed ? 'fixed' : signal.scale);
  const [ends, setEnds] = useState(isFixed ? { low: String(signal.scale.low), high: String(signal.scale.high) } : { low: number(low), high: number(high) });
  const [fault, setFault] = useState('');
  const unit = unitOf(signal.key);
  const submit = event => {
    event.preventDefault();
    if (kind !== 'fixed') onChange(kind);
    else {
      const [from, to] = [ends.low, ends.high].map(text => (text.trim() === '' ? NaN : Number(text.replace(',', '.'))));
      if (!Number.isFinite(from) || !Number.isFinite(to)) return setFault('Both ends are numbers, such as -12.5 or 3e6.');
      if (!(from < to)) return setFault('The lower end must be below the upper one.');
      onChange({ low: from, high: to });
    }

    return onClose();
  };
  const choice = (value, text) => html`<label class="check"><input type="radio" name="scale" value=${value} checked=${kind === value} onChange=${() => setKind(value)} /><span>${text}</span></label>`;
  return html`<${Dialog} title="Scale" onClose=${onClose}>
    <form onSubmit=${submit}>
      <div class="dialog-body">
        <p><${Text} value=${name} /></p>
        <fieldset class="scale-choices"><legend class="offscreen">Scale</legend>
          ${choice('unit', unit ? html`Shared with all signals in <${Text} value=${unit} max=${20} />` : 'Shared with all signals without a unit')}
          ${choice('own', 'Its own, fitted to what is seen')}
          ${choice('fixed', 'Fixed')}
        </fieldset>
        ${kind === 'fixed' && html`<div class="scale-ends">
          <${Field} label="From">${attributes => html`<input ...${attributes} inputmode="decimal" value=${ends.low} onInput=${event => setEnds({ ...ends, low: event.target.value })} />`}<//>
          <${Field} label="To">${attributes => html`<input ...${attributes} inputmode="decimal" value=${ends.high} onInput=${event => setEnds({ ...ends, high: event.target.value })} />`}<//>
        </div>`}
        ${fault && html`<${Notice} kind="bad" role="alert">${fault}<//>`}
      </div>
      <footer class="dialog-foot"><button type="button" onClick=${onClose}>Cancel</button><button class="primary">Set</button></footer>
    </form>
  <//>`;
}

function newestText(trace, values) {
  const ordinal = ordinalOf(trace.key);
  const entry = ordinal === undefined ? undefined : values.of(ordinal);
  return entry === undefined || Number.isNaN(entry.time) ? lastText(trace) : cut(valueText(entry.value), 60);
}

function lastText({ curve }) {
  const point = curve.numbers.upTo(Infinity);
  const change = curve.changes.upTo(Infinity);
  if (change !== null && (point === null || change[0] > point[0])) return change[1] === null ? '–' : visibleText(cut(String(change[1]), 60));
  if (point === null) return '';
  return Number.isNaN(point[1]) ? '–' : point[1] === point[2] ? number(point[1]) : `${number(point[1])} … ${number(point[2])}`;
}

// Texts and booleans have lanes, and no scale.
function isNumber(key) {
  const ordinal = ordinalOf(key);
  return ordinal !== undefined && feed.catalog.types[ordinal] === 'number';
}

function unitOf(key) {
  const ordinal = ordinalOf(key);
  return ordinal === undefined ? '' : (feed.catalog.units[ordinal] ?? '');
}

function originOf(key) {
  const ordinal = ordinalOf(key);
  return ordinal === undefined ? { topic: '', path: '' } : { topic: feed.catalog.topics[ordinal], path: feed.catalog.paths[ordinal] };
}

function fullTitle(key) {
  const { topic, path } = originOf(key);
  return visibleText(cut(topic ? `${topic}${path ? ` ${path}` : ''}` : key, 1000));
}

// As many of the last levels as it takes to tell the signals of a pane apart, at least two.
function shortNames(keys) {
  const levels = keys.map(key => {
    const { topic, path } = originOf(key);
    return topic ? lastLevels(topic + path) : [key];
  });
  const shown = levels.map(() => 2);
  for (let round = 2; round < 12; round++) {
    const groups = new Map();
    levels.forEach((list, index) => {
      const name = list.slice(-shown[index]).join('/');
      groups.set(name, [...(groups.get(name) ?? []), index]);
    });
    for (const group of groups.values()) if (group.length > 1) for (const index of group) shown[index]++;
  }

  return levels.map((list, index) => list.slice(-shown[index]).join('/'));
}

function lastLevels(name) {
  return name.slice(-2_000).split('/').slice(-16);
}

function shortSpan(seconds) {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  return spanText(seconds);
}
