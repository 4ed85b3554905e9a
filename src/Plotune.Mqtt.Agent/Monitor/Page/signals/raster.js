// Draws curves by columns of pixels into an image in memory: a fraction of what a canvas takes for as many strokes, and new columns can be drawn alone.
// Colours are 0xRRGGBB. Rows count from the top, in device pixels.

/** From this many rows on a column that several samples went through is a band: its inside is drawn lighter than its edges. */
const bandHeight = 4;
const bandAlpha = 0.42;

/** From this many columns between two samples on each is marked by a dot. */
const dotDistance = 9;

export class Raster {
  /** @param pixels Uint32Array over the image's bytes (R, G, B, A), width * height of them. */
  constructor(pixels, width, height) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
  }

  /** Moves everything to the left. What comes in at the right is to be cleared. */
  shift(columns) {
    this.pixels.copyWithin(0, columns);
  }

  clear(from, to) {
    if (from <= 0 && to >= this.width) {
      this.pixels.fill(0);
      return;
    }

    for (let row = 0, at = Math.max(0, from); row < this.height; row++, at += this.width) this.pixels.fill(0, at, at + to - Math.max(0, from));
  }

  /** Fills a column from row `top` to row `bottom`, fractions included. */
  fill(column, top, bottom, colour, alpha) {
    if (column < 0 || column >= this.width || !(top < bottom)) return;
    const from = Math.max(0, top);
    const to = Math.min(this.height, bottom);
    if (from >= to) return;
    const first = Math.floor(from);
    const last = Math.min(this.height - 1, Math.floor(to));
    let at = first * this.width + column;
    if (first === last) {
      this.#blend(at, colour, alpha * (to - from));
      return;
    }

    this.#blend(at, colour, alpha * (first + 1 - from));
    at += this.width;
    if (alpha >= 1) {
      const whole = (0xff000000 | swap(colour)) >>> 0;
      for (let row = first + 1; row < last; row++, at += this.width) this.pixels[at] = whole;
    } else {
      for (let row = first + 1; row < last; row++, at += this.width) this.#blend(at, colour, alpha);
    }

    this.#blend(at, colour, alpha * (to - last));
  }

  /**
   * Draws the part of a curve in the image's columns from..to.
   * @param source Columns of the curve. @param first The column of the source at the image's left edge.
   * @param before,after Value before and after the window, [column, low, high], or null: lines lead there.
   * @param style {colour, alpha, width, low, high}: width of the line in pixels; low and high are the values at the image's lower and upper edge.
   */
  curve(source, first, from, to, before, after, style) {
    const { colour, alpha, width } = style;
    const half = width / 2;
    const scale = this.height / (style.high - style.low);
    const row = value => (style.high - value) * scale;
    const dot = Math.ceil(width * 1.4);
    const begin = Math.max(0, from - dot);
    let previous = source.previous(first + begin, first);
    let isFromBefore = false;
    if (Number.isNaN(previous) && before !== null) {
      previous = before[0];
      isFromBefore = true;
    }

    const end = Math.min(this.width, to + dot);
    let previousTop = NaN;
    let previousBottom = NaN;
    let isBroken = true;
    if (isFromBefore) {
      [previousTop, previousBottom] = [row(before[2]), row(before[1])];
      isBroken = Number.isNaN(previousTop);
    } else if (!Number.isNaN(previous)) {
      [previousTop, previousBottom] = [row(source.high(previous)), row(source.low(previous))];
      isBroken = source.breaksAfter(previous) || Number.isNaN(previousTop);
    }

    const inside = (column, top, bottom, strength) => column >= from && column < to && this.fill(column, top, bottom, colour, strength);
    const line = (fromColumn, fromRow, toColumn, toRow) => {
      const slope = (toRow - fromRow) / (toColumn - fromColumn);
      const start = Math.max(from, fromColumn + 1);
      const stop = Math.min(to - 1, toColumn);
      for (let column = start; column <= stop; column++) {
        const a = fromRow + slope * (column - 1 - fromColumn);
        const b = a + slope;
        this.fill(column, Math.min(a, b) - half, Math.max(a, b) + half, colour, alpha);
      }
    };

    const spot = (column, middle) => {
      for (let offset = -dot; offset <= dot; offset++) {
        const reach = Math.sqrt(dot * dot + 0.5 - offset * offset);
        if (reach > 0) inside(column + offset, middle - reach, middle + reach, alpha);
      }
    };

    for (let x = begin; x < end; x++) {
      const column = first + x;
      if (!source.has(column)) continue;
      const top = row(source.high(column));
      const bottom = row(source.low(column));
      if (Number.isNaN(top)) {
        isBroken = true;
        continue;
      }

      const at = x;
      const distance = isBroken || Number.isNaN(previous) ? Infinity : column - previous;
      const isJoined = distance !== Infinity && !source.breaksBefore(column);
      const overlaps = isJoined && top <= previousBottom && bottom >= previousTop;
      const isBand = bottom - top > bandHeight * Math.max(1, half);
      if (isJoined && distance === 1) {
        if (isBand && overlaps && previousBottom - previousTop > 1) {
          inside(at, top, bottom, alpha * bandAlpha);
          inside(at, Math.min(top, previousTop) - half, Math.max(top, previousTop) + half, alpha);
          inside(at, Math.min(bottom, previousBottom) - half, Math.max(bottom, previousBottom) + half, alpha);
        } else {
          inside(at, Math.min(top, previousBottom) - half, Math.max(bottom, previousTop) + half, alpha);
        }
      } else {
        if (isJoined) {
          const [fromRow, toRow] = nearest(previousTop, previousBottom, top, bottom);
          line(previous - first, fromRow, at, toRow);
        }

        if (isBand) {
          inside(at, top - half, bottom + half, alpha);
        } else if (distance >= dotDistance) {
          spot(at, (top + bottom) / 2);
        } else if (!isJoined) {
          inside(at, top - half, bottom + half, alpha);
        }

        if (isJoined && bottom - top > 1) inside(at, top - half, bottom + half, alpha);
      }

      previous = column;
      previousTop = top;
      previousBottom = bottom;
      isBroken = source.breaksAfter(column);
    }

    if (isBroken || Number.isNaN(previous)) return;
    // From the newest sample in the image on to what comes behind its right edge.
    const next = end < this.width ? nextIn(source, first, end, this.width) : null;
    const [target, targetTop, targetBottom] = next !== null
      ? [next, row(source.high(next)), row(source.low(next))]
      : after === null ? [NaN, NaN, NaN] : [after[0], row(after[2]), row(after[1])];
    if (Number.isNaN(target) || Number.isNaN(targetTop) || (next !== null && source.breaksBefore(next))) return;
    const [fromRow, toRow] = nearest(previousTop, previousBottom, targetTop, targetBottom);
    line(previous - first, fromRow, target - first, toRow);
  }

  #blend(at, colour, strength) {
    if (strength <= 0.004) return;
    const below = this.pixels[at];
    const covered = (below >>> 24) / 255;
    const cover = strength >= 1 ? 1 : strength;
    const total = cover + covered * (1 - cover);
    const share = cover / total;
    const rest = 1 - share;
    const red = ((colour >>> 16) & 255) * share + (below & 255) * rest;
    const green = ((colour >>> 8) & 255) * share + ((below >>> 8) & 255) * rest;
    const blue = (colour & 255) * share + ((below >>> 16) & 255) * rest;
    this.pixels[at] = ((Math.round(total * 255) << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
  }
}

// 0xRRGGBB as the lower bytes of a pixel in memory order.
function swap(colour) {
  return ((colour & 255) << 16) | (colour & 0xff00) | ((colour >>> 16) & 255);
}

// The rows at which a line leaves one range and reaches the other: their nearest edges, or what they share.
function nearest(topA, bottomA, topB, bottomB) {
  if (topB > bottomA) return [bottomA, topB];
  if (bottomB < topA) return [topA, bottomB];
  const middle = (Math.max(topA, topB) + Math.min(bottomA, bottomB)) / 2;
  return [middle, middle];
}

function nextIn(source, first, from, to) {
  for (let x = from; x < to; x++) if (source.has(first + x)) return first + x;
  return null;
}
