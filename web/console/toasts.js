/** Short words at the foot of the screen, read aloud once, gone by themselves. */
import { signal } from "@preact/signals";

/** @typedef {{ id: number, text: string, tone: "" | "danger" | "ok", action: { label: string, run: () => void } | null }} Toast */

/** @type {import("@preact/signals").Signal<Toast[]>} */
export const toasts = signal([]);
let last = 0;

/** @param {string} text @param {{ tone?: Toast["tone"], action?: Toast["action"], seconds?: number }} [how] */
export function say(text, { tone = "", action = null, seconds = 6 } = {}) {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone, action }];
  setTimeout(() => dismiss(id), seconds * 1000);
}

/** @param {number} id */
export function dismiss(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}
