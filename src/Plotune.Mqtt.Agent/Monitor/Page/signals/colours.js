// Colours of curves and of what texts say, for a light and a dark surface: far apart in hue, all of them 3:1 and more against the surface (WCAG 1.4.11).

const hues = [255, 45, 150, 345, 200, 95, 300, 20, 230, 125, 325, 70];

/** Lightness and chroma (OKLCH) of each dozen of curves in turn. */
const shades = {
  light: [[0.55, 0.17], [0.43, 0.12], [0.6, 0.12]],
  dark: [[0.75, 0.14], [0.86, 0.09], [0.64, 0.15]],
};

/** @returns 0xRRGGBB of the curve with that number. */
export function curveColour(index, isDark) {
  const round = Math.floor(index / hues.length);
  const [lightness, chroma] = shades[isDark ? 'dark' : 'light'][round % 3];
  return fromOklch(lightness, chroma, hues[index % hues.length] + 13 * round);
}

/** @returns 0xRRGGBB to write on with the colour of the page's text; the same for the same value. */
export function valueColour(value, isDark) {
  let hash = 2166136261;
  const text = String(value);
  for (let i = 0; i < text.length && i < 200; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash ^= hash >>> 15;
  const hue = (hash >>> 0) % 360;
  return isDark ? fromOklch(0.4, 0.075, hue) : fromOklch(0.88, 0.075, hue);
}

export function css(colour) {
  return `#${colour.toString(16).padStart(6, '0')}`;
}

/** WCAG's contrast ratio, 1 to 21. */
export function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = [16, 8, 0].map(shift => {
    const part = ((colour >>> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Björn Ottosson's OKLab, cut to what sRGB has.
function fromOklch(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
  const [red, green, blue] = linear.map(part => Math.round(255 * Math.min(1, Math.max(0, part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055))));
  return (red << 16) | (green << 8) | blue;
}
