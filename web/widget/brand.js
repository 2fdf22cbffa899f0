/** One brand colour in; a readable pair of colours on light and on dark out. */

/** @param {string} colour any CSS colour @returns {[number, number, number] | null} */
function channels(colour) {
  const probe = document.createElement("i");
  probe.style.color = colour;
  if (!probe.style.color) return null;
  document.body.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g)?.slice(0, 3).map(Number);
  probe.remove();
  return found?.length === 3 ? /** @type {[number, number, number]} */ (found) : null;
}

/** Relative luminance (WCAG 2.2). @param {readonly number[]} rgb */
export function luminance(rgb) {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {number} a @param {number} b */
const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

/** The colour moved towards black or white until it reads on a ground. @param {readonly number[]} rgb @param {number} ground @param {number} end */
export function readable(rgb, ground, end) {
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = rgb.map((value) => Math.round(value + (end - value) * part));
    if (contrast(luminance(mixed), ground) >= 4.5) return `rgb(${mixed.join(" ")})`;
  }
  return end ? "#fff" : "#000";
}

/** Colour the panel. @param {string | null} colour */
export function paint(colour) {
  const rgb = colour ? channels(colour) : null;
  if (!rgb) return;
  const { style } = document.documentElement;
  style.setProperty("--brand", `rgb(${rgb.join(" ")})`);
  style.setProperty("--on-brand", contrast(luminance(rgb), 1) >= 4.5 ? "#fff" : contrast(luminance(rgb), 0) >= 4.5 ? "#151a20" : "#fff");
  style.setProperty("--brand-text", `light-dark(${readable(rgb, 1, 0)}, ${readable(rgb, luminance([20, 22, 25]), 255)})`);
}
