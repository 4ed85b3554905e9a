// Draws curves by columns of pixels into an image in memory: a fraction of what a canvas takes for as many strokes, and new columns can be drawn alone.
// Colours are 0xRRGGBB. Rows count from the top, in device pixels.

/** From this many rows on a column that several samples went through is a band: its inside is drawn lighter than its edges. */
const bandHeight = 4;
const bandAlpha = 0.42;

/** From this many columns between two samples on each is marked by a dot. */
const dotDistance = 9;

/** Columns that are drawn at a time: their pixels stay in the processor's cache. */
export const stripWidth = 48;

/** From this opacity on nothing below a pixel can be seen. */
const opaque = 250;

/**
 * An image of curves. A strip of columns is drawn at a time: `begin`, then the curves from the uppermost to the lowest, then `end`.
 * From above, since what many curves cover needs to be looked at only, not mixed.
 */
export class Raster {
  #strip;
  #from = 0;
  #to = 0;

  // Rows of each column of the strip that are known to be covered.
  #solidFrom = new Int32Array(stripWidth);
  #solidTo = new Int32Array(stripWidth);

  /** @param pixels Uint32Array over the image's bytes (R, G, B, A), width * height of them. */
  constructor(pixels, width, height) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
    this.#strip = new Uint32Array(stripWidth * height);
  }

  /** Moves everything to the left, or with a negative number to the right. What comes in at the other side is to be drawn. */
  shift(columns) {
    if (columns > 0) this.pixels.copyWithin(0, columns);
    else if (columns < 0) this.pixels.copyWithin(-columns, 0, this.pixels.length + columns);
  }

  clear() {
    this.pixels.fill(0);
  }

  /** Begins to draw the columns from <= column < to, at most `stripWidth` of them. */
  begin(from, to) {
    this.#from = from;
    this.#to = to;
    this.#strip.fill(0);
    this.#solidFrom.fill(0);
    this.#solidTo.fill(0);
  }

  /** Puts the columns into the image. */
  end() {
    const { pixels, width, height } = this;
    const strip = this.#strip;
    const count = this.#to - this.#from;
    for (let row = 0; row < height; row++) {
      const at = row * width + this.#from;
      for (let column = 0, cell = row; column < count; column++, cell += height) pixels[at + column] = strip[cell];
    }
  }

  /** Fills a column from row `top` to row `bottom`, fractions included, below what is there. */
  fill(column, top, bottom, colour, alpha) {
    if (column < this.#from || column >= this.#to || !(top < bottom)) return;
    const from = Math.max(0, top);
    const to = Math.min(this.height, bottom);
    if (from >= to) return;
    const first = Math.floor(from);
    const last = Math.min(this.height - 1, Math.floor(to));
    const place = column - this.#from;
    const start = place * this.height;
    if (first === last) {
      this.#under(start + first, colour, alpha * (to - from));
      return;
    }

    this.#under(start + first, colour, alpha * (first + 1 - from));
    this.#run(place, start, first + 1, last, colour, alpha);
    this.#under(start + last, colour, alpha * (to - last));
  }

  // Whole rows. Where a stretch of the column is known to be covered, nothing needs to be looked at.
  #run(place, start, from, to, colour, alpha) {
    const solidFrom = this.#solidFrom[place];
    const solidTo = this.#solidTo[place];
    if (from >= to || (from >= solidFrom && to <= solidTo)) return;
    const touches = from < solidTo && to > solidFrom;
    const isSolid = touches
      ? this.#mix(start + from, start + Math.max(from, solidFrom), colour, alpha) & this.#mix(start + Math.min(to, solidTo), start + to, colour, alpha)
      : this.#mix(start + from, start + to, colour, alpha);
    if (isSolid === 0) return;
    if (touches) {
      this.#solidFrom[place] = Math.min(from, solidFrom);
      this.#solidTo[place] = Math.max(to, solidTo);
    } else if (to - from > solidTo - solidFrom) {
      this.#solidFrom[place] = from;
      this.#solidTo[place] = to;
    }
  }

  // 1 if all of it is covered now.
  #mix(from, to, colour, alpha) {
    const strip = this.#strip;
    const share = Math.min(1, alpha);
    const fresh = ((Math.round(share * 255) << 24) | swap(colour)) >>> 0;
    let isSolid = 1;
    for (let at = from; at < to; at++) {
      const above = strip[at];
      if (above === 0) strip[at] = fresh;
      else if (above >>> 24 < opaque) this.#under(at, colour, alpha);
      if (strip[at] >>> 24 < opaque) isSolid = 0;
    }

    return isSolid;
  }

  #under(at, colour, strength) {
    const above = this.#strip[at];
    const covered = above >>> 24;
    if (covered >= opaque || strength <= 0.004) return;
    const upper = covered / 255;
    const lower = (strength >= 1 ? 1 : strength) * (1 - upper);
    const total = upper + lower;
    const share = lower / total;
    const rest = 1 - share;
    const red = (above & 255) * rest + ((colour >>> 16) & 255) * share;
    const green = ((above >>> 8) & 255) * rest + ((colour >>> 8) & 255) * share;
    const blue = ((above >>> 16) & 255) * rest + (colour & 255) * share;
    this.#strip[at] = (((total * 255 + 0.5) << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5)) >>> 0;
  }

  /**
   * Draws a curve into the strip.
   * @param source Columns of the curve. @param first The column of the source at the image's left edge.
   * @param before,after Value before and after the window, [column, low, high], or null: lines lead there.
   * @param style {colour, alpha, width, low, high}: width of the line in pixels; low and high are the values at the image's lower and upper edge.
   */
  curve(source, first, before, after, style) {
    const from = this.#from;
    const to = this.#to;
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

    const inside = (column, top, bottom, strength) => this.fill(column, top, bottom, colour, strength);
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
          inside(at, Math.min(top, previousTop) - half, Math.max(top, previousTop) + half, alpha);
          inside(at, Math.min(bottom, previousBottom) - half, Math.max(bottom, previousBottom) + half, alpha);
          inside(at, top, bottom, alpha * bandAlpha);
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
