// Signals: the tree of everything that comes in, and beside it what of it is plotted. What is plotted is in the page's address.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../dom.js';
import { feed } from '../feed.js';
import { count } from '../format.js';
import { route } from '../route.js';
import { css } from '../signals/colours.js';
import { LiveValues } from '../signals/live-values.js';
import { PlotPanel } from '../signals/plot.js';
import { emptyPlot, plotOf, queryOf, signalLimit } from '../signals/plot-url.js';
import { Plotter, ordinalOf } from '../signals/plotter.js';
import { SignalTree, matcherOf } from '../signals/tree.js';
import { TreeView } from '../signals/tree-view.js';
import { useFeed } from '../ui.js';

/** How long building the tree or searching may hold up a frame, in ms. */
const slice = 6;

/** How long nothing must change before the address does, in ms: browsers limit how often it may. */
const addressDelay = 250;

// What was plotted when the view was left, for a way back that names nothing.
let lastPlot = emptyPlot();
let lastOpen = null;

export function Signals() {
  const [plot, setPlot] = usePlot();
  const values = useMemo(() => new LiveValues(), []);
  const plotter = useMemo(() => new Plotter(plot.span, plot.end), []);
  const [active, setActive] = useState(0);
  useEffect(() => {
    feed.show('catalog', true);
    values.start();
    plotter.start();
    return () => {
      feed.show('catalog', null);
      values.stop();
      plotter.stop();
    };
  }, []);
  plotter.onTimeline = () => setPlot(now => ({ ...now, span: plotter.span, end: plotter.end }));
  useEffect(() => plotter.restore(plot.span, plot.end), [plot.span, plot.end]);
  const activePane = Math.min(active, plot.panes.length - 1);
  const toggle = ordinal => setPlot(now => toggled(now, activePane, feed.catalog.keys[ordinal]));
  return html`<div class="signals">
    <${TreePanel} plot=${plot} setPlot=${setPlot} values=${values} plotter=${plotter} onToggle=${toggle} />
    <${PlotPanel} plot=${plot} setPlot=${setPlot} plotter=${plotter} values=${values} active=${activePane} setActive=${setActive} />
  </div>`;
}

// The plot as state that the address follows, and that follows the address.
function usePlot() {
  const [plot, setPlot] = useState(() => (hasPlot() ? plotOf(route.current.params) : lastPlot));
  const written = useRef(null);
  useEffect(() => {
    lastPlot = plot;
    const write = () => {
      if (route.current.view !== 'signals') return;
      const query = queryOf(plot);
      written.current = query;
      route.go(`#/signals${query ? `?${query}` : ''}`, { replace: true });
    };
    const timer = setTimeout(write, addressDelay);
    return () => clearTimeout(timer);
  }, [plot]);
  useEffect(() => route.subscribe(() => {
    const { view, params } = route.current;
    if (view !== 'signals') return;
    const given = plotOf(params);
    if (hasPlot() && queryOf(given) !== written.current) setPlot(given);
    else if (!hasPlot() && queryOf(lastPlot) !== '') setPlot(now => ({ ...now }));
  }), []);
  return [plot, setPlot];
}

function hasPlot() {
  return [...route.current.params.keys()].length > 0;
}

// Where it is plotted it goes; otherwise it comes to the active pane.
function toggled(plot, active, key) {
  const isThere = plot.panes.some(pane => pane.signals.some(signal => signal.key === key));
  if (!isThere && plot.panes.reduce((sum, pane) => sum + pane.signals.length, 0) >= signalLimit) return plot;
  return {
    ...plot,
    panes: plot.panes.map((pane, index) => {
      if (isThere) return { ...pane, signals: pane.signals.filter(signal => signal.key !== key) };
      return index === active ? { ...pane, signals: [...pane.signals, { key, scale: 'unit', isHidden: false }] } : pane;
    }),
  };
}

function TreePanel({ plot, setPlot, values, plotter, onToggle }) {
  const host = useRef(null);
  const view = useRef(null);
  const search = useRef(null);
  const [found, setFound] = useState({ signals: 0, isBusy: true });
  const { status } = useFeed();
  useLayoutEffect(() => {
    view.current = new TreeView(host.current, values);
    view.current.onSeen = ordinals => values.show('tree', ordinals);
    view.current.onPast = ordinals => values.wantPast(ordinals);
    return () => view.current.destroy();
  }, []);
  useEffect(() => {
    view.current.onToggle = onToggle;
  });
  useEffect(() => growTree(plot.find, view.current, setFound), [plot.find]);
  const colours = useColours(plotter);
  useEffect(() => view.current.setPlotted(colours), [colours]);
  useEffect(() => {
    const slash = event => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
      event.preventDefault();
      search.current.focus();
    };
    document.addEventListener('keydown', slash);
    return () => document.removeEventListener('keydown', slash);
  }, []);
  const find = event => setPlot(now => ({ ...now, find: event.target.value }));
  const toTree = event => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    event.preventDefault();
    host.current.focus();
  };
  return html`<section class="card tree-panel" aria-labelledby="signals-title">
    <div class="tree-head">
      <h2 id="signals-title">Signals</h2>
      <span class="muted numbers" role="status">${summary(found, plot.find)}</span>
      <input ref=${search} type="search" class="tree-search" aria-label="Search for signals" placeholder="Search, such as line1 *speed   ( / )" spellcheck="false" autocomplete="off" value=${plot.find} onInput=${find} onKeyDown=${toTree} />
    </div>
    <div class="tree-columns" aria-hidden="true"><span>Name</span><span>Value</span><span>Age</span><span>Rate</span><span>Curve</span></div>
    <div class="tree" ref=${host} role="treegrid" tabindex="0" aria-label="Signals by topic. Enter plots a signal or no longer." aria-multiselectable="true"></div>
    ${found.signals === 0 && !found.isBusy && html`<${NoSignals} find=${plot.find} status=${status} />`}
  </section>`;
}

function summary({ signals, isBusy }, find) {
  const total = count(feed.catalog.total);
  if (find.trim()) return `${count(signals)} of ${total}${isBusy ? ' …' : ''}`;
  return isBusy && feed.catalog.total > signals ? `${count(signals)} of ${total} …` : count(signals);
}

function NoSignals({ find, status }) {
  if (find.trim()) return html`<div class="empty tree-empty"><h3>Nothing has this name</h3><p>Every word must be in the topic, the path in its payload, or the key; * stands for anything in between.</p></div>`;
  const hasConnections = status?.connections?.some(connection => connection.enabled);
  return html`<div class="empty tree-empty"><h3>No signals yet</h3>
    <p>${hasConnections ? 'They appear with the first message that holds a value.' : 'They appear once a connection receives messages.'} <a href="#/connections">${hasConnections ? 'Why is there no data?' : 'Connect a broker'}</a></p></div>`;
}

// Keeps a tree up with the catalog, a slice of it per frame, and all of it or what a search finds. The result ends that.
function growTree(find, view, setFound) {
  const { catalog } = feed;
  const isSearch = find.trim() !== '';
  const matches = isSearch ? matcherOf(find) : null;
  let tree = null;
  let epoch = -1;
  let at = 0;
  let frame = 0;
  let open = lastOpen;
  // A catalog that begins anew, after the agent was away, shows the tree of before until the new one has grown as far.
  let isBehind = false;
  const begin = () => {
    isBehind = tree !== null && tree.rowCount > 0;
    if (tree !== null) open = tree.openKeys();
    tree = new SignalTree({ startsOpen: isSearch });
    [epoch, at] = [catalog.epoch, 0];
    if (isBehind) view.hold();
    else view.setTree(tree);
  };
  const step = () => {
    frame = 0;
    if (epoch !== catalog.epoch) begin();
    const { keys, connections, topics, paths } = catalog;
    const until = performance.now() + slice;
    while (at < catalog.size) {
      if (matches === null || matches(`${topics[at]}${paths[at]}`, keys[at], connections[at])) tree.add(at, connections[at], topics[at], paths[at]);
      at++;
      if ((at & 63) === 0 && performance.now() > until) break;
    }

    const isBusy = catalog.size < catalog.total || at < catalog.size;
    if (!isBusy && open !== null && !isSearch) {
      tree.restore(open);
      open = null;
    }

    if (!isBusy && isBehind) {
      isBehind = false;
      view.setTree(tree, { keepsPlace: true });
    }

    view.changed();
    setFound({ signals: tree.signalCount, isBusy: isBusy || feed.state.link !== 'open' });
    if (at < catalog.size) frame = requestAnimationFrame(step);
  };
  const more = () => {
    if (frame === 0) frame = requestAnimationFrame(step);
  };
  const ends = [catalog.onChange(more), feed.subscribe(() => catalog.size === 0 && more())];
  more();
  return () => {
    for (const end of ends) end();
    cancelAnimationFrame(frame);
    if (!isSearch && tree !== null && !isBehind) lastOpen = tree.openKeys();
  };
}

// Which colour a plotted signal has in the tree: the one of its first pane.
function useColours(plotter) {
  const [colours, setColours] = useState(new Map());
  useEffect(() => {
    const renew = () => setColours(before => {
      const next = new Map();
      for (const { traces } of plotter.panes) {
        for (const { key, colour } of traces) {
          const ordinal = ordinalOf(key);
          if (ordinal !== undefined && !next.has(ordinal)) next.set(ordinal, css(colour));
        }
      }

      return next.size === before.size && [...next].every(([ordinal, colour]) => before.get(ordinal) === colour) ? before : next;
    });
    renew();
    const ends = [plotter.onTraces(renew), feed.catalog.onChange(renew)];
    return () => ends.forEach(end => end());
  }, []);
  return colours;
}
