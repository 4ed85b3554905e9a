// What is plotted, as a file.
import { cut, dateTime, visibleText } from '../format.js';

/**
 * The points of what is seen as CSV (RFC 4180, UTF-8), one a line in the order of their times, in pieces for a Blob.
 * A point that stands for several samples has its value empty and its extremes in minimum and maximum; a gap has all three empty.
 * @param curves [{curve, key, topic, path, unit}].
 */
export function csvOf(curves, from, to) {
  const rows = [];
  for (const { curve, key, topic, path, unit } of curves) {
    const start = [cell(key), cell(topic), cell(path), cell(unit)].join(',');
    curve.numbers.each(from, to, (time, low, high) => rows.push([time, `${start},${low === high ? low : ''},${Number.isNaN(low) ? '' : low},${Number.isNaN(high) ? '' : high}`]));
    const before = curve.changes.upTo(from);
    // What holds at the left edge began before it.
    if (before !== null) rows.push([before[0], `${start},${cell(before[1])},,`]);
    curve.changes.changes(from, to, (time, value) => rows.push([time, `${start},${cell(value)},,`]));
  }

  rows.sort((a, b) => a[0] - b[0]);
  const pieces = ['time,seconds,signal,topic,path,unit,value,minimum,maximum\r\n'];
  for (let at = 0; at < rows.length; at += 10_000) {
    pieces.push(rows.slice(at, at + 10_000).map(([time, rest]) => `${isoTime(time)},${time.toFixed(6)},${rest}\r\n`).join(''));
  }

  return pieces;
}

/**
 * A text as a field. One that a spreadsheet would take for a formula gets an apostrophe before it: topics and payloads are foreign.
 * Numbers and booleans stay what they are; null is a gap.
 */
export function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With microseconds, in UTC; empty for what no calendar has. */
export function isoTime(seconds) {
  const whole = Math.floor(seconds);
  const date = new Date(whole * 1000);
  if (Number.isNaN(date.getTime())) return '';
  const micros = Math.min(999_999, Math.round((seconds - whole) * 1e6));
  return `${date.toISOString().slice(0, -5)}.${String(micros).padStart(6, '0')}Z`;
}

/**
 * A picture of the panes with their signals' names and what the time axis covers.
 * @param panes [{layers: [{canvas, left, top}], width, height, entries: [{colour, name, value}]}] in device pixels.
 * @param look {background, text, muted, font, ratio}.
 * @returns A canvas.
 */
export function pictureOf(panes, from, to, look) {
  const { ratio } = look;
  const line = Math.round(18 * ratio);
  const margin = Math.round(12 * ratio);
  const width = Math.max(...panes.map(pane => pane.width)) + 2 * margin;
  const columnsOf = pane => Math.max(1, Math.min(pane.entries.length, Math.floor((width - 2 * margin) / (260 * ratio))));
  const legendOf = pane => Math.ceil(pane.entries.length / columnsOf(pane)) * line;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = 2 * margin + line + panes.reduce((sum, pane) => sum + pane.height + legendOf(pane) + margin, 0);
  const context = canvas.getContext('2d');
  context.fillStyle = look.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = `${12 * ratio}px ${look.font}`;
  context.textBaseline = 'middle';
  context.fillStyle = look.muted;
  context.fillText(`${dateTime(from)} – ${dateTime(to)}`, margin, margin + line / 2);
  let top = margin + line;
  for (const pane of panes) {
    for (const layer of pane.layers) context.drawImage(layer.canvas, margin + layer.left, top + layer.top);
    top += pane.height;
    const columns = columnsOf(pane);
    const columnWidth = (width - 2 * margin) / columns;
    pane.entries.forEach((entry, index) => {
      const x = margin + (index % columns) * columnWidth;
      const y = top + Math.floor(index / columns) * line + line / 2;
      context.fillStyle = entry.colour;
      context.fillRect(x, y - 2 * ratio, 14 * ratio, 4 * ratio);
      context.fillStyle = look.text;
      const text = `${visibleText(cut(entry.name, 80))}  ${visibleText(cut(entry.value, 40))}`;
      context.save();
      context.beginPath();
      context.rect(x, y - line / 2, columnWidth - 8 * ratio, line);
      context.clip();
      context.fillText(text, x + 20 * ratio, y);
      context.restore();
    });
    top += legendOf(pane) + margin;
  }

  return canvas;
}

/** Gives a file to the person in front of the page. */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download begins after this turn; the address must outlive it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** plotune-2026-01-31-235959 and the ending. */
export function fileName(seconds, ending) {
  const date = new Date(seconds * 1000);
  const two = value => String(value).padStart(2, '0');
  return `plotune-${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.${ending}`;
}
