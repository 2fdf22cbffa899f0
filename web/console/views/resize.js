/** Pane widths: dragged or moved by arrows, kept in this browser. */
import { signal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { keep, recall } from "../../shared/kept.js";
import { t } from "../words.js";

const BOUNDS = { list: { least: 220, most: 460, usual: 292 }, side: { least: 280, most: 560, usual: 356 } };

export const listWidth = signal(within("list", recall("width:list", BOUNDS.list.usual)));
export const sideWidth = signal(within("side", recall("width:side", BOUNDS.side.usual)));

/** @param {"list" | "side"} of @param {number} width */
function within(of, width) {
  return Math.round(Math.max(BOUNDS[of].least, Math.min(BOUNDS[of].most, Number(width) || BOUNDS[of].usual)));
}

/** @param {"list" | "side"} of @param {number} width */
function set(of, width) {
  (of === "list" ? listWidth : sideWidth).value = within(of, width);
}

/** @param {{ of: "list" | "side" }} props */
export function Resizer({ of }) {
  const width = of === "list" ? listWidth : sideWidth;
  const sign = of === "list" ? 1 : -1;
  const store = () => keep(`width:${of}`, width.value);
  /** @param {PointerEvent} event */
  function grab(event) {
    const handle = /** @type {HTMLElement} */ (event.currentTarget);
    const [from, start] = [event.clientX, width.value];
    handle.setPointerCapture(event.pointerId);
    const drag = (/** @type {PointerEvent} */ moved) => set(of, start + sign * (moved.clientX - from));
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("lostpointercapture", () => { handle.removeEventListener("pointermove", drag); store(); }, { once: true });
  }
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const step = event.key === "ArrowRight" ? 16 : event.key === "ArrowLeft" ? -16 : 0;
    if (!step) return;
    event.preventDefault();
    set(of, width.value + sign * step);
    store();
  }
  return html`<div class=${`resizer of-${of}`} role="separator" aria-orientation="vertical" tabindex="0" aria-label=${t(`resize.${of}`)} aria-valuenow=${width.value} aria-valuemin=${BOUNDS[of].least} aria-valuemax=${BOUNDS[of].most}
    onPointerDown=${grab} onKeyDown=${onKey} onDblClick=${() => { set(of, BOUNDS[of].usual); store(); }}></div>`;
}
