/** Questions with an input of their own: a date, a photo. Loaded when first asked. */
import { useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { enqueue } from "../outbox.js";
import { locale, t, when } from "../words.js";
import { Icon } from "./later.js";

/** @typedef {import("../types").Entry} Entry */

/** @param {{ entry: Entry }} props */
export function Ask({ entry }) {
  const ask = entry.body.ask;
  if (!ask) return null;
  if (ask.type === "photo") return html`<${PhotoAsk} />`;
  return html`${ask.type === "date" && html`<${DateAsk} ask=${ask} />`}
    ${ask.optional && html`<div class="w-choices"><button class="w-choice" onClick=${() => void enqueue({ text: t("ask.skip") })}>${t("ask.skip")}</button></div>`}`;
}

/** @param {Date} day as the calendar says it here, without a zone */
export const isoDay = (day) => [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** The weeks of a month, Monday first, blanks outside it. @param {number} year @param {number} month */
export function weeks(year, month) {
  const blanks = (new Date(year, month, 1).getDay() + 6) % 7;
  const days = new Date(year, month + 1, 0).getDate();
  const cells = [...Array(blanks).fill(0), ...Array.from({ length: days }, (_, index) => index + 1)];
  while (cells.length % 7) cells.push(0);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/**
 * A month to tap in; arrows move by day and week, Page Up and Page Down by month (ARIA date grid).
 * @param {{ ask: import("../types").Ask }} props
 */
function DateAsk({ ask }) {
  const today = new Date();
  const [at, setAt] = useState(today);
  /** @type {import("preact").RefObject<HTMLElement | null>} */
  const grid = useRef(null);
  const move = (/** @type {number} */ days, months = 0) => {
    const last = new Date(at.getFullYear(), at.getMonth() + months + 1, 0).getDate();
    const day = months ? Math.min(at.getDate(), last) : at.getDate() + days;
    setAt(new Date(at.getFullYear(), at.getMonth() + months, day));
    setTimeout(() => /** @type {HTMLElement | null} */ (grid.current?.querySelector("[tabindex='0']"))?.focus());
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const months = { PageUp: -1, PageDown: 1 }[event.key];
    if (!step && !months) return;
    event.preventDefault();
    move(step ?? 0, months);
  };
  const full = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const pick = (/** @type {Date} */ day) => void enqueue({ text: when(day.getTime(), full), answers: { [ask.slot]: isoDay(day) } });
  const bound = (/** @type {string | undefined} */ given, /** @type {string} */ none) => (given === "today" ? isoDay(today) : given ?? none);
  const [year, month] = [at.getFullYear(), at.getMonth()];
  const names = Array.from({ length: 7 }, (_, index) => new Date(2024, 0, index + 1)); // a Monday
  const title = when(at.getTime(), { month: "long", year: "numeric" });
  return html`<div class="w-card cal" role="group" aria-label=${t("ask.date")}>
    <div class="row"><b class="grow" aria-live="polite">${title}</b>
      <button class="btn ghost icon" aria-label=${t("ask.month.previous")}
        onClick=${() => setAt(new Date(year, month - 1, 1))}><${Icon} name="chevron-left" /></button>
      <button class="btn ghost icon" aria-label=${t("ask.month.next")}
        onClick=${() => setAt(new Date(year, month + 1, 1))}><${Icon} name="chevron-right" /></button></div>
    <div class="days num" ref=${grid} onKeyDown=${key} lang=${locale.value}>
      ${names.map((day) => html`<i aria-hidden="true">${when(day.getTime(), { weekday: "narrow" })}</i>`)}
      ${weeks(year, month).flat().map((number) => {
        if (!number) return html`<span></span>`;
        const day = new Date(year, month, number);
        const isToday = isoDay(day) === isoDay(today);
        const outside = isoDay(day) < bound(ask.min, "") || isoDay(day) > bound(ask.max, "9999");
        return html`<button disabled=${outside} tabindex=${number === at.getDate() ? 0 : -1} aria-current=${isToday ? "date" : undefined}
          aria-label=${when(day.getTime(), full)} onClick=${() => pick(day)}>${number}</button>`;
      })}</div></div>`;
}

/** Camera, gallery, or neither. */
function PhotoAsk() {
  const [busy, setBusy] = useState(false);
  /** @type {import("preact").RefObject<HTMLInputElement | null>} */
  const camera = useRef(null);
  /** @type {import("preact").RefObject<HTMLInputElement | null>} */
  const gallery = useRef(null);
  const take = async (/** @type {any} */ event) => {
    const file = event.target.files[0];
    if (!file) return;
    setBusy(true);
    const { pack } = await import("../files.js");
    await enqueue({ files: [await pack(file)] });
  };
  return html`<div class="w-card ask" aria-busy=${busy}>
    <input type="file" accept="image/*" capture="environment" hidden ref=${camera} onChange=${take} />
    <input type="file" accept="image/*" hidden ref=${gallery} onChange=${take} />
    <button class="btn brand wide touch" onClick=${() => camera.current?.click()}><${Icon} name="camera" />${t("ask.photo")}</button>
    <button class="btn wide" onClick=${() => gallery.current?.click()}><${Icon} name="paperclip" />${t("ask.choose")}</button>
    <button class="btn ghost wide" onClick=${() => void enqueue({ text: t("ask.cannot") })}>${t("ask.cannot")}</button></div>`;
}
