// One pane: uPlot for its axes, grid, cursor and selection; the curves by pixel columns in an image below them, and texts and booleans as lanes at its foot.
import uPlot from '../vendor/uplot.js';
import { cut, number, time as timeOfDay, visibleText } from '../format.js';
import { css, curveColour, valueColour } from './colours.js';
import { Columns } from './curves.js';
import { Raster, stripWidth } from './raster.js';

const leftAxis = 66;
const rightAxis = 62;
const laneHeight = 22;
const lineWidth = 1.5;

/** How near the cursor a curve must be to be named, in CSS pixels. */
const nearDistance = 30;

/** A scale is kept while the values fill at least this part of it, so that it does not tremble. */
const leastFilled = 0.45;

const darkScheme = matchMedia('(prefers-color-scheme: dark)');

export class Pane {
  /** True if it is to be drawn. */
  isDue = true;

  /** True if it is not to wait for its turn: somebody has just done something. */
  isUrgent = true;

  /** When it was drawn, as the animation frame counts. */
  drawnAt = -Infinity;

  /** [{key, curve, columns, colour, unit, name, scale, scaleId, isHidden, colourIndex}]. */
  traces = [];

  /** Key of the signal that stands out, or null. */
  highlight = null;

  /** Key of the signal whose scale the left axis shows, or null for the first. */
  leader = null;

  /** Key of the curve at the cursor, or null. */
  near = null;

  #host;
  #plotter;
  #plot = null;
  #layer = document.createElement('canvas');
  #tip = document.createElement('div');
  #context = this.#layer.getContext('2d');
  #raster = null;
  #image = null;
  #scales = new Map();
  #drawn = { first: NaN, key: '' };

  // Columns whose picture is from before: [from, to].
  #stale = [0, 0];
  #isRestyled = false;
  #first = 0;
  #width = 1;
  #lanes = [];
  #curveHeight = 0;
  #look = null;
  #ends = [];
  #hasRightAxis = false;
  #drag = null;

  constructor(host, plotter) {
    this.#host = host;
    this.#plotter = plotter;
    this.#layer.className = 'plot-layer';
    this.#tip.className = 'plot-tip';
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(host);
    const themed = () => this.#rebuild();
    darkScheme.addEventListener('change', themed);
    this.#ends = [() => observer.disconnect(), () => darkScheme.removeEventListener('change', themed)];
  }

  destroy() {
    for (const end of this.#ends) end();
    this.#plot?.destroy();
    this.#plot = null;
    this.traces = [];
  }

  /** Columns of pixels of its curves. */
  get columnCount() {
    return this.#plot === null ? 0 : Math.round(this.#plot.bbox.width);
  }

  shows(curve) {
    return this.traces.some(trace => trace.curve === curve);
  }

  /** @param list [{key, curve, unit, name, scale, isHidden}]. @param hasRightAxis True if any pane has a second scale: the panes' time axes are to be of one length. */
  setTraces(list, hasRightAxis) {
    const before = new Map(this.traces.map(trace => [trace.key, trace]));
    const used = new Set(list.map(item => before.get(item.key)?.colourIndex));
    let next = 0;
    this.traces = list.map(item => {
      const old = before.get(item.key);
      while (old === undefined && used.has(next)) next++;
      const colourIndex = old?.colourIndex ?? next;
      used.add(colourIndex);
      return { ...item, colourIndex, colour: curveColour(colourIndex, darkScheme.matches), columns: old?.columns ?? new Columns(item.curve.numbers), scaleId: scaleIdOf(item) };
    });
    const ids = new Set(this.traces.map(trace => trace.scaleId));
    for (const id of [...this.#scales.keys()]) if (!ids.has(id)) this.#scales.delete(id);
    if (hasRightAxis !== this.#hasRightAxis) {
      this.#hasRightAxis = hasRightAxis;
      this.#rebuild();
    }

    this.#isRestyled = true;
    this.touch();
  }

  setHighlight(key) {
    if (this.highlight === key) return;
    this.highlight = key;
    this.#isRestyled = true;
    this.touch();
  }

  setLeader(key) {
    this.leader = key;
    this.touch();
  }

  /** Lets the scales fit anew at the next drawing. */
  fitScales() {
    this.#scales.clear();
    this.isUrgent = true;
  }

  touch() {
    this.isUrgent = true;
    this.isDue = true;
    this.#plotter.readout();
  }

  /** [low, high] of the signal's scale, or null while there is none. */
  rangeOf(trace) {
    const range = this.#scales.get(trace.scaleId);
    return range === undefined ? null : [range.low, range.high];
  }

  /** The time under the cursor, or null. */
  get cursorTime() {
    const left = this.#plot?.cursor.left ?? -1;
    return left < 0 ? null : (this.#first + Math.min(this.columnCount - 1, Math.round(left * uPlot.pxRatio)) + 0.5) * this.#width;
  }

  /** What a signal was at the cursor: a text, or null if there is no cursor. */
  valueAtCursor(trace) {
    const at = this.cursorTime;
    return at === null ? null : this.#valueAt(trace, Math.floor(at / this.#width));
  }

  /** Moves the cursor by so many pixels, from the middle if there is none. */
  moveCursor(pixels) {
    const plot = this.#plot;
    if (plot === null) return;
    const width = plot.over.clientWidth;
    const left = plot.cursor.left < 0 ? width / 2 : Math.min(width - 1, Math.max(0, plot.cursor.left + pixels));
    plot.setCursor({ left, top: plot.over.clientHeight / 2 }, true, true);
  }

  hideCursor() {
    this.#plot?.setCursor({ left: -10, top: -10 }, true, true);
  }

  /** For a picture of it: its canvases, where they lie, and its size in device pixels. */
  get layers() {
    if (this.#plot === null) return null;
    const { canvas } = this.#plot.ctx;
    const { left, top } = this.#plot.bbox;
    return { layers: [{ canvas, left: 0, top: 0 }, { canvas: this.#layer, left, top }], width: canvas.width, height: canvas.height };
  }

  /** @param deadline When to leave the rest of a new picture to the next frame, as performance.now() counts. */
  draw(edge, span, deadline) {
    this.isDue = false;
    this.isUrgent = false;
    const plot = this.#plot;
    if (plot === null) return;
    const count = this.columnCount;
    const height = Math.round(plot.bbox.height);
    if (count < 2 || height < 2) return;
    const width = span / count;
    const first = Math.floor(edge / width) - count + 1;
    this.#first = first;
    this.#width = width;
    this.#layOut(height);
    const shown = this.traces.filter(trace => !trace.isHidden && trace.curve.numbers.size > 0);
    const dirty = this.#move(shown, first, width, count);
    const key = `${count} ${height} ${this.#curveHeight} ${width}`;
    const isOther = key !== this.#drawn.key;
    // With another scale or highlight the old picture stands until the new one is there, strip by strip.
    const isFaded = this.#fit(shown) || dirty === -Infinity || this.#isRestyled;
    this.#isRestyled = false;
    if (isFaded) this.#stale = [0, count];
    const isDone = this.#drawCurves(shown, dirty === -Infinity ? Infinity : dirty, count, isOther, deadline);
    this.#drawn = { first, key };
    this.#place(plot, height);
    if (!isDone) [this.isDue, this.isUrgent] = [true, true];
  }

  // Texts and booleans have lanes at the foot; what is above them is the curves'.
  #layOut(height) {
    const ratio = uPlot.pxRatio;
    this.#lanes = this.traces.filter(trace => !trace.isHidden && trace.curve.changes.size > 0);
    const hasCurves = this.traces.some(trace => !trace.isHidden && trace.curve.numbers.size > 0);
    const room = hasCurves ? height * 0.6 : height;
    const lane = this.#lanes.length === 0 ? 0 : Math.min((hasCurves ? laneHeight : 2 * laneHeight) * ratio, Math.floor(room / this.#lanes.length));
    this.#curveHeight = Math.max(1, Math.round(height - lane * this.#lanes.length));
  }

  // Brings the columns to the window; what comes back is the first that must be drawn again.
  #move(shown, first, width, count) {
    let dirty = Infinity;
    for (const { columns } of shown) {
      if (columns.width !== width || columns.count !== count) columns.reset(width, first, count);
      else columns.moveTo(first);
      const changed = columns.takeChanged();
      if (changed === Infinity) continue;
      const previous = columns.previous(changed, first);
      // A line leads there from the sample before, and a dot reaches some pixels further.
      dirty = Math.min(dirty, Number.isNaN(previous) ? -Infinity : previous + 1, changed - this.#reach);
    }

    return dirty;
  }

  get #reach() {
    return Math.ceil(lineWidth * uPlot.pxRatio * 1.4) + 1;
  }

  // True if a scale has changed.
  #fit(shown) {
    let isOther = false;
    const groups = new Map();
    for (const trace of shown) groups.set(trace.scaleId, [...(groups.get(trace.scaleId) ?? []), trace]);
    for (const [id, traces] of groups) {
      const now = this.#scales.get(id);
      const next = typeof traces[0].scale === 'object' ? traces[0].scale : this.#rangeFor(traces, now);
      if (now !== undefined && now.low === next.low && now.high === next.high) continue;
      this.#scales.set(id, { low: next.low, high: next.high });
      isOther = true;
    }

    return isOther;
  }

  #rangeFor(traces, now) {
    const range = [Infinity, -Infinity];
    for (const { columns, curve } of traces) {
      const before = range[0];
      columns.extend(this.#first, this.#first + columns.count, range);
      if (range[0] === before && range[0] === Infinity) {
        for (const point of [curve.numbers.columnBefore(this.#first, this.#width), curve.numbers.columnFrom(this.#first + columns.count, this.#width)]) {
          if (point === null || Number.isNaN(point[1])) continue;
          range[0] = Math.min(range[0], point[1]);
          range[1] = Math.max(range[1], point[2]);
        }
      }
    }

    if (!(range[0] <= range[1])) return now ?? { low: 0, high: 1 };
    const low = Math.max(range[0], -8e307);
    const high = Math.min(range[1], 8e307);
    const size = high - low;
    if (now !== undefined && low >= now.low && high <= now.high && (size >= (now.high - now.low) * leastFilled || size === 0)) return now;
    const margin = size > 0 ? size * 0.07 : Math.abs(low) * 0.05 || 1;
    return { low: low - margin, high: high + margin };
  }

  #drawCurves(shown, dirty, count, isOther, deadline) {
    const height = this.#curveHeight;
    this.#placeLayer();
    if (this.#raster === null || this.#raster.width !== count || this.#raster.height !== height) {
      [this.#layer.width, this.#layer.height] = [count, height];
      this.#image = this.#context.createImageData(count, height);
      this.#raster = new Raster(new Uint32Array(this.#image.data.buffer), count, height);
      isOther = true;
    }

    const moved = this.#first - this.#drawn.first;
    if (isOther || !(Math.abs(moved) < count)) {
      if (isOther) this.#raster.clear();
      this.#stale = [0, count];
    } else {
      this.#raster.shift(moved);
      const [from, to] = this.#stale;
      this.#stale = [Math.max(0, Math.min(from - moved, moved < 0 ? 0 : count)), Math.min(count, Math.max(to - moved, moved < 0 ? -moved : 0))];
      // What is new at the right edge is drawn at once, whatever else waits.
      const fresh = Math.max(0, Math.min(count - Math.max(0, moved), dirty - this.#first));
      this.#drawStrips(shown, fresh, count, Infinity);
    }

    const [from, to] = this.#stale;
    const rest = this.#drawStrips(shown, from, to, deadline);
    this.#stale = rest > from ? [from, rest] : [0, 0];
    this.#context.putImageData(this.#image, 0, 0);
    return rest <= from;
  }

  // From the right to the left, the newest first. What comes back is how far it came.
  #drawStrips(shown, from, to, deadline) {
    const count = this.columnCount;
    const first = this.#first;
    const ordered = shown.toReversed();
    if (this.highlight !== null) ordered.sort((a, b) => (b.key === this.highlight) - (a.key === this.highlight));
    const curves = ordered.map(trace => {
      const { numbers } = trace.curve;
      const isLoud = trace.key === this.highlight;
      const { low, high } = this.#scales.get(trace.scaleId);
      return {
        columns: trace.columns,
        before: numbers.columnBefore(first, this.#width),
        after: numbers.lastTime >= (first + count) * this.#width ? numbers.columnFrom(first + count, this.#width) : null,
        style: { colour: trace.colour, alpha: this.highlight === null || isLoud ? 1 : 0.22, width: lineWidth * uPlot.pxRatio * (isLoud ? 1.7 : 1), low, high },
      };
    });
    let end = to;
    while (end > from) {
      const start = Math.max(from, end - stripWidth);
      this.#raster.begin(start, end);
      for (const { columns, before, after, style } of curves) this.#raster.curve(columns, first, before, after, style);
      this.#raster.end();
      end = start;
      if (performance.now() > deadline) break;
    }

    return end;
  }

  #placeLayer() {
    const ratio = uPlot.pxRatio;
    const { left, top } = this.#plot.bbox;
    const place = { left: left / ratio, top: top / ratio, width: this.columnCount / ratio, height: this.#curveHeight / ratio };
    for (const [name, value] of Object.entries(place)) if (this.#layer.style[name] !== `${value}px`) this.#layer.style[name] = `${value}px`;
  }

  // Axes, grid and lanes.
  #place(plot, height) {
    const count = this.columnCount;
    const [left, right] = this.#axisTraces();
    plot.batch(() => {
      plot.setScale('x', { min: this.#first * this.#width, max: (this.#first + count) * this.#width });
      plot.setScale('y', this.#axisRange(left, height));
      if (this.#hasRightAxis) plot.setScale('y2', this.#axisRange(right, height));
    });
    this.#showTip();
  }

  // The signals whose scales the left and the right axis show, or null.
  #axisTraces() {
    const shown = this.traces.filter(trace => !trace.isHidden && this.#scales.has(trace.scaleId));
    const left = shown.find(trace => trace.key === (this.highlight ?? this.leader)) ?? shown.find(trace => trace.key === this.leader) ?? shown[0] ?? null;
    const right = shown.find(trace => trace.scaleId !== left?.scaleId) ?? null;
    return [left, right];
  }

  #axisRange(trace, height) {
    if (trace === null) return { min: 0, max: 1 };
    const { low, high } = this.#scales.get(trace.scaleId);
    return { min: high - ((high - low) * height) / this.#curveHeight, max: high };
  }

  #valueAt(trace, column) {
    const { columns, curve } = trace;
    const end = (column + 1) * this.#width;
    const change = curve.changes.upTo(end);
    const point = curve.numbers.upTo(end);
    if (point === null && change === null) return '';
    if (point === null || (change !== null && change[0] > point[0])) return change[1] === null ? '–' : visibleText(cut(String(change[1]), 200));
    const inColumn = columns.width === this.#width && columns.has(column) && columns.low(column) <= columns.high(column) && column >= columns.first && column < columns.first + columns.count;
    const [low, high] = inColumn ? [columns.low(column), columns.high(column)] : [point[1], point[2]];
    return low === high ? number(low) : Number.isNaN(low) ? '–' : `${number(low)} … ${number(high)}`;
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width < 40 || height < 40) return;
    if (this.#plot === null) this.#rebuild();
    else if (this.#plot.width !== width || this.#plot.height !== height) this.#plot.setSize({ width, height });
    this.#plotter.subscribe();
    this.#plotter.changed();
    this.isUrgent = true;
  }

  #rebuild() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (width < 40 || height < 40) return;
    this.#plot?.destroy();
    this.#look = lookOf(this.#host);
    for (const trace of this.traces) trace.colour = curveColour(trace.colourIndex, darkScheme.matches);
    this.#plot = new uPlot(this.#options(width, height), [[]], this.#host);
    // Above the grid, below cursor and selection.
    this.#plot.over.before(this.#layer);
    this.#plot.over.append(this.#tip);
    this.#listen(this.#plot.over);
    this.#drawn.key = '';
    this.touch();
    this.#plotter.tracesChanged();
  }

  #options(width, height) {
    const look = this.#look;
    const font = `11px ${look.font}`;
    const grid = { stroke: look.grid, width: 1 };
    const axis = side => ({
      side, font, grid: side === 1 ? { show: false } : { ...grid, filter: (plot, splits) => this.#inCurves(splits, side) }, ticks: { ...grid, size: 4, filter: (plot, splits) => this.#inCurves(splits, side) },
      size: side === 1 ? rightAxis : leftAxis, gap: 4, stroke: () => this.#axisColour(side),
      filter: (plot, splits) => this.#inCurves(splits, side),
      values: (plot, splits, index, space, step) => splits.map(value => (value === null ? null : axisNumber(value, step))),
    });
    return {
      width, height, legend: { show: false }, padding: [8, this.#hasRightAxis ? 0 : 30, 0, 0],
      cursor: {
        y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 }, sync: { key: 'plotune', setSeries: false },
        bind: {
          dblclick: () => null,
          mousedown: (plot, target, handler) => event => (event.shiftKey || event.button !== 0 ? null : handler(event)),
        },
      },
      scales: { x: { time: true, auto: false, range: kept }, y: { auto: false, range: kept }, y2: { auto: false, range: kept } },
      series: [{}],
      axes: [
        { scale: 'x', font, grid, ticks: { ...grid, size: 4 }, stroke: look.muted, size: 38, gap: 4, space: 76, values: timeLabels },
        { scale: 'y', ...axis(3) },
        { scale: 'y2', ...axis(1), show: this.#hasRightAxis },
      ],
      hooks: {
        draw: [() => this.#drawLanes()],
        setCursor: [() => this.#cursorMoved()],
        setSelect: [plot => this.#selected(plot)],
      },
    };
  }

  #inCurves(splits, side) {
    const trace = this.#axisTraces()[side === 1 ? 1 : 0];
    if (trace === null) return splits.map(() => null);
    const { low } = this.#scales.get(trace.scaleId);
    return splits.map(value => (value >= low ? value : null));
  }

  // In the colour of the signal if the scale is its own.
  #axisColour(side) {
    const trace = this.#axisTraces()[side === 1 ? 1 : 0];
    if (trace === null) return this.#look.muted;
    const isShared = this.traces.some(other => other !== trace && !other.isHidden && other.scaleId === trace.scaleId);
    return isShared ? this.#look.muted : css(curveColour(trace.colourIndex, darkScheme.matches));
  }

  #drawLanes() {
    const plot = this.#plot;
    if (plot === null || this.#lanes.length === 0) return;
    const { ctx: context, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const height = (Math.round(bbox.height) - this.#curveHeight) / this.#lanes.length;
    const from = this.#first * this.#width;
    const to = from + this.columnCount * this.#width;
    context.save();
    context.font = `${11 * ratio}px ${this.#look.font}`;
    context.textBaseline = 'middle';
    context.direction = 'ltr';
    this.#lanes.forEach((trace, index) => {
      const top = bbox.top + this.#curveHeight + index * height;
      this.#drawLane(context, trace, { left: bbox.left, top: top + 2 * ratio, height: Math.max(2, height - 3 * ratio), from, to });
    });
    context.restore();
  }

  #drawLane(context, trace, { left, top, height, from, to }) {
    const ratio = uPlot.pxRatio;
    const look = this.#look;
    const dim = this.highlight !== null && this.highlight !== trace.key;
    context.globalAlpha = dim ? 0.3 : 1;
    context.textAlign = 'right';
    clipped(context, 0, top - ratio, left - 4 * ratio, height + 2 * ratio, () => {
      context.fillStyle = look.muted;
      context.fillText(visibleText(cut(shortName(trace.name), 12)), left - 10 * ratio, top + height / 2);
      context.fillStyle = css(trace.colour);
      context.fillRect(left - 7 * ratio, top, 3 * ratio, height);
    });
    context.textAlign = 'left';
    let crowdedUntil = -1;
    trace.curve.changes.each(from, Math.min(to, Math.max(this.#plotter.edge, trace.curve.lastTime)), (start, end, value) => {
      const x = left + (start - from) / this.#width;
      const width = (end - start) / this.#width;
      if (width < 2) {
        // Changes too close to tell apart: that they are there.
        const column = Math.floor(x);
        if (column <= crowdedUntil) return;
        crowdedUntil = column;
        context.fillStyle = look.muted;
        context.fillRect(column, top, 1, height);
        return;
      }

      if (value === null) return;
      if (value === false) {
        context.fillStyle = css(trace.colour);
        context.fillRect(x, top + height - 2 * ratio, width, 2 * ratio);
      } else {
        context.fillStyle = value === true ? css(trace.colour) : css(valueColour(value, darkScheme.matches));
        context.fillRect(x, top, width - Math.min(1, width / 3), height);
      }

      if (width < 18 * ratio || height < 11 * ratio) return;
      clipped(context, x, top, width - 4 * ratio, height, () => {
        context.fillStyle = value === true ? look.surface : look.text;
        context.fillText(visibleText(cut(String(value), 60)), Math.max(x, left) + 5 * ratio, top + height / 2 + (value === false ? -ratio : 0));
      });
    });
    context.globalAlpha = 1;
  }

  #cursorMoved() {
    this.#showTip();
    this.#plotter.readout();
  }

  // Beside the cursor: when, and which curve is there.
  #showTip() {
    const plot = this.#plot;
    const at = this.cursorTime;
    if (plot === null || at === null) {
      this.#tip.hidden = true;
      this.near = null;
      return;
    }

    const trace = plot.cursor.event === null && plot.cursor.top < 0 ? null : this.#nearest(plot.cursor.top * uPlot.pxRatio, Math.floor(at / this.#width));
    this.near = trace?.key ?? null;
    const text = [timeOfDay(at, { milliseconds: true })];
    if (trace !== null) text.push(`${visibleText(cut(trace.name, 60))}: ${this.#valueAt(trace, Math.floor(at / this.#width))}${trace.unit ? ` ${visibleText(cut(trace.unit, 20))}` : ''}`);
    this.#tip.textContent = text.join('\n');
    this.#tip.hidden = false;
    const isRight = plot.cursor.left > plot.over.clientWidth / 2;
    this.#tip.style.left = isRight ? 'auto' : `${plot.cursor.left + 8}px`;
    this.#tip.style.right = isRight ? `${plot.over.clientWidth - plot.cursor.left + 8}px` : 'auto';
  }

  #nearest(row, column) {
    const lane = this.#lanes.length > 0 && row >= this.#curveHeight ? this.#lanes[Math.floor(((row - this.#curveHeight) / (Math.round(this.#plot.bbox.height) - this.#curveHeight)) * this.#lanes.length)] : undefined;
    if (lane !== undefined) return lane;
    let best = null;
    let distance = nearDistance * uPlot.pxRatio;
    for (const trace of this.traces) {
      const range = this.#scales.get(trace.scaleId);
      if (trace.isHidden || range === undefined || trace.curve.numbers.size === 0) continue;
      const { columns } = trace;
      const point = columns.has(column) ? [0, columns.low(column), columns.high(column)] : trace.curve.numbers.upTo((column + 1) * this.#width);
      if (point === null || Number.isNaN(point[1])) continue;
      const scale = this.#curveHeight / (range.high - range.low);
      const [top, bottom] = [(range.high - point[2]) * scale, (range.high - point[1]) * scale];
      const away = row < top ? top - row : row > bottom ? row - bottom : 0;
      if (away < distance) [best, distance] = [trace, away];
    }

    return best;
  }

  #selected(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const at = x => this.#first * this.#width + x * uPlot.pxRatio * this.#width;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#plotter.zoomTo(at(left), at(left + width));
  }

  #timeAt(clientX) {
    const { left } = this.#plot.over.getBoundingClientRect();
    return (this.#first + (clientX - left) * uPlot.pxRatio) * this.#width;
  }

  // Wheel: zoom; with shift, or sideways: scroll. Fingers, the middle button, or shift and drag: scroll; two fingers: zoom.
  #listen(over) {
    over.addEventListener('wheel', event => {
      event.preventDefault();
      const step = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.#plotter.scroll(((event.deltaX || event.deltaY) * step) / 1000);
      else this.#plotter.zoom(1.0015 ** (event.deltaY * step), this.#timeAt(event.clientX));
    }, { passive: false });
    over.addEventListener('dblclick', () => this.#plotter.live());
    over.addEventListener('pointerdown', event => this.#grab(over, event));
    over.addEventListener('pointermove', event => this.#pull(event));
    for (const name of ['pointerup', 'pointercancel']) over.addEventListener(name, event => this.#release(event));
  }

  #grab(over, event) {
    const isTouch = event.pointerType === 'touch';
    if (!isTouch && !(event.shiftKey && event.button === 0) && event.button !== 1) return;
    event.preventDefault();
    over.setPointerCapture(event.pointerId);
    this.#drag ??= { pointers: new Map() };
    this.#drag.pointers.set(event.pointerId, event.clientX);
  }

  #pull(event) {
    const pointers = this.#drag?.pointers;
    if (!pointers?.has(event.pointerId)) return;
    const before = [...pointers.values()];
    pointers.set(event.pointerId, event.clientX);
    const after = [...pointers.values()];
    const perPixel = this.#width * uPlot.pxRatio;
    if (pointers.size === 1) this.#plotter.scrollTo(this.#plotter.edge - (after[0] - before[0]) * perPixel);
    else if (Math.abs(after[0] - after[1]) > 10) this.#plotter.zoom(Math.abs(before[0] - before[1]) / Math.abs(after[0] - after[1]), this.#timeAt((after[0] + after[1]) / 2));
  }

  #release(event) {
    this.#drag?.pointers.delete(event.pointerId);
    if (this.#drag?.pointers.size === 0) this.#drag = null;
  }
}

function kept(plot, low, high) {
  return [low, high];
}

/** Signals with the same one share a scale. */
export function scaleIdOf({ key, scale, unit }) {
  return scale === 'own' ? `own ${key}` : scale === 'unit' ? `unit ${unit}` : `fixed ${scale.low} ${scale.high} ${unit}`;
}

/** The last level of a name. */
function shortName(name) {
  return name.slice(name.lastIndexOf('/') + 1) || name;
}

function lookOf(element) {
  const style = getComputedStyle(element);
  const of = name => style.getPropertyValue(name).trim();
  return { text: of('--text'), muted: of('--muted'), grid: of('--line'), surface: of('--surface'), font: style.fontFamily };
}

function axisNumber(value, step) {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || step < 1e-5)) return value.toExponential(Math.min(6, Math.max(1, Math.ceil(Math.log10(size / step))))).replace('e+', 'e');
  // As many digits as the step has: 2.5 needs one, 0.25 two.
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits++;
  return value.toFixed(digits);
}

// As precise as the ticks are apart; the day below the first one and where it changes.
function timeLabels(plot, splits, index, space, step) {
  let day = '';
  return splits.map(value => {
    if (value === null) return null;
    const date = new Date(Math.round(value * 1000));
    const today = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
    const isNewDay = today !== day;
    day = today;
    if (step >= 86_400) return today;
    const clock = timeOfDay(value, { milliseconds: step < 1 });
    const text = step >= 60 ? clock.slice(0, 5) : clock;
    return isNewDay ? `${text}\n${today}` : text;
  });
}

function clipped(context, x, y, width, height, draw) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  draw();
  context.restore();
}
