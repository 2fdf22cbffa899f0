/** Icons from the one sprite (Lucide), and the mark. Decorative: a word or a label always stands beside them. */
import { html } from "./html.js";

let sprite = "/assets/shared/icons.svg";

/** Say where the sprite lives; call once at start. @param {string} url */
export function useSprite(url) {
  sprite = url;
}

/**
 * One icon. `size` is "s" (14 px), "l" (20 px) or nothing (16 px).
 * @param {{ name: string, size?: "s" | "l" | "", class?: string }} props
 */
export function Icon({ name, size = "", class: extra = "" }) {
  return html`<svg class=${`i ${size} ${extra}`.trim()} aria-hidden="true"><use href=${`${sprite}#${name}`} /></svg>`;
}

/** The mark of the product. @param {{ size?: number }} props */
export function Mark({ size = 26 }) {
  return html`<svg class="mark" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" aria-hidden="true">
    <path d="M3 21.2c2.6 0 4.900-1.200 6.600-3.200a8 8 0 1 0-3-2.100" /><circle cx="12.5" cy="10.5" r="2" fill="currentColor" stroke="none" />
  </svg>`;
}
