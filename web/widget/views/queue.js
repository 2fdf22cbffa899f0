/** In line for a person: the place, an honest wait, and a way to be answered after leaving. Loaded when needed. */
import { useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { act } from "../live.js";
import { conversation } from "../state.js";
import { t } from "../words.js";
import { Icon } from "./later.js";

let furthest = 1;

/** @param {number | null} seconds */
function wait(seconds) {
  if (seconds === null || seconds === undefined) return t("queue.wait.none");
  if (seconds < 45) return t("queue.wait.short");
  return seconds > 3600 ? t("queue.wait.long") : t("queue.wait", { n: Math.max(1, Math.round(seconds / 60)) });
}

export function Line() {
  const queue = conversation.value?.queue;
  const place = queue?.place ?? null;
  furthest = Math.max(furthest, place ?? 1);
  if (queue && !queue.open) {
    return html`<div class="w-card"><p class="row"><${Icon} name="clock" /><b>${t("queue.closed")}</b></p>
      ${queue.text && html`<p dir="auto">${queue.text}</p>`}<p class="muted">${t("queue.closed.note")}</p></div><${Address} key="closed" open />`;
  }
  const words = place === null ? t("queue") : place <= 1 ? t("queue.next") : t("queue.place", { n: place, ahead: place - 1 });
  return html`<div class="q">
      <span class="ring" aria-hidden="true"
        style=${{ "--n": place ? Math.round(100 * (1 - place / (furthest + 1))) : 8 }}>${place ?? html`<${Icon} name="users" size="l" />`}</span>
      <p class="big"><b>${words}</b></p><p class="muted">${wait(queue?.wait_seconds ?? null)}</p></div>
    <div class="w-card"><p class="row"><${Icon} name="circle-check" /><span>${t("queue.kept")}</span></p></div><${Address} key="open" />`;
}

/** @param {string} scheme @param {string} value */
const looksRight = (scheme, value) => (scheme === "mailto"
  ? /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(value) : /^\+[1-9][\d]{6,14}$/.test(value.replace(/[\s().-]/g, "")));

/** An address is only said to be theirs: it gets the answer and opens nothing. @param {{ open?: boolean }} props */
function Address({ open = false }) {
  const [shown, setShown] = useState(open);
  const [scheme, setScheme] = useState("mailto");
  const [problem, setProblem] = useState("");
  const [saved, setSaved] = useState("");
  if (saved) {
    return html`<p class="w-card" role="status"><span class="row"><${Icon} name="circle-check" />
      <span>${t("address.saved", { value: saved })}</span></span></p>`;
  }
  if (!shown) return html`<button class="btn wide" onClick=${() => setShown(true)}><${Icon} name="mail" />${t("address.open")}</button>`;
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.target;
    const value = form.elements.address.value.trim();
    const bad = !looksRight(scheme, value) ? `address.bad.${scheme}` : !form.elements.consent.checked ? "address.needs" : "";
    setProblem(bad);
    if (bad) return form.elements[bad === "address.needs" ? "consent" : "address"].focus();
    const reply = await act("leave_address", { scheme, value: scheme === "tel" ? value.replace(/[\s().-]/g, "") : value, consent: true });
    if (reply.ok) setSaved(value);
    else setProblem(reply.error?.code === "invalid" ? `address.bad.${scheme}` : "address.unsent");
  };
  const kind = scheme === "mailto" ? "email" : "tel";
  return html`<form class="w-card" noValidate aria-label=${t("address.open")} onSubmit=${submit}>
    <b>${t("address.open")}</b>
    <div class="w-choices" role="group">${[["mailto", "email"], ["tel", "tel"]].map(([value, word]) => html`
      <button type="button" class="w-choice" aria-pressed=${scheme === value}
        onClick=${() => { setScheme(value ?? ""); setProblem(""); }}>${t(`address.${word}`)}</button>`)}</div>
    <input class="input" name="address" key=${kind} type=${kind} inputmode=${kind} autocomplete=${kind} dir="ltr"
      aria-label=${t(`address.${kind}`)} placeholder=${t(`address.${kind}.hint`)}
      aria-invalid=${problem.startsWith("address.bad")} aria-describedby="address-problem" />
    <label class="check"><input type="checkbox" name="consent" /><span>${t("address.consent")}</span></label>
    <p id="address-problem" class="c-danger small" role="alert">${problem && t(problem)}</p>
    <button class="btn brand wide">${t("address.save")}</button><p class="small muted">${t("address.note")}</p></form>`;
}
