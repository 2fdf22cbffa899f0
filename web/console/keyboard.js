/** Keys that work everywhere. Single letters keep away from whoever types. */
import { isComposing, isTyping } from "../shared/keys.js";
import { acknowledge, brief } from "./brief.js";
import { takeNext } from "./acts.js";
import { lists, show, view, waitsForUs } from "./inbox.js";
import { accept, decline, front } from "./offers.js";
import { go, pathOf, pathTo, route } from "./router.js";
import { isSupervisor, phase } from "./session.js";
import { current, isMine, open } from "./timeline.js";
import { write } from "./drafts.js";
import { opened } from "./views/dialog.js";

/** The list in the order it is shown. */
function inOrder() {
  const items = lists[view.value].value;
  if (view.value !== "mine") return items;
  return [...items.filter(waitsForUs), ...items.filter((one) => !waitsForUs(one))];
}

/** @param {number} step */
function neighbour(step) {
  const items = inOrder();
  const at = items.findIndex((one) => one.id === open.value?.conversation);
  const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : Math.max(0, Math.min(items.length - 1, at + step))];
  if (next) go(pathOf(next));
}

function focusReply() {
  document.getElementById("reply")?.focus();
}

/** @param {"message" | "note"} mode */
function compose(mode) {
  const one = current.value;
  if (!one) return;
  write(one.id, { mode });
  requestAnimationFrame(focusReply);
}

/** Between the offer and where one was. */
let cameFrom = /** @type {HTMLElement | null} */ (null);
function toOffer() {
  const card = document.getElementById("offer");
  if (!card) return;
  if (card.contains(document.activeElement)) {
    cameFrom?.focus();
    return;
  }
  cameFrom = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  card.focus();
}

let afterG = 0;
/** @type {Record<string, () => void>} */
const PLACES = {
  i: () => go(pathTo()), l: () => go(pathTo("/links")), s: () => go(pathTo("/settings")),
  b: () => { if (isSupervisor.value) go(pathTo("/board")); },
};

/** @type {Record<string, () => void>} */
const LETTERS = {
  "?": () => void (opened.value = "keys"),
  g: () => void (afterG = Date.now()),
  j: () => neighbour(1),
  k: () => neighbour(-1),
  n: () => void takeNext(),
  r: () => compose("message"),
  m: () => compose("note"),
  t: () => { if (isMine.value && current.value?.status === "open") opened.value = "transfer"; },
  e: () => { if (isMine.value && current.value?.status === "open") opened.value = "wrapup"; },
  b: () => { if (isMine.value && brief.value.brief && !brief.value.brief.acknowledged_at) void acknowledge(); },
  1: () => show("mine"),
  2: () => show("queue"),
  3: () => show("all"),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (phase.value !== "ready" || event.defaultPrevented || isComposing(event)) return;
  const offer = front.value;
  if (event.altKey && !event.ctrlKey && !event.metaKey && offer && (event.code === "KeyA" || event.code === "KeyD")) {
    event.preventDefault();
    // Whoever is in the middle of a sentence stays there; the list shows what was accepted.
    if (event.code === "KeyA") void accept(offer, { follow: !isTyping(event.target) });
    else void decline(offer);
  } else if (event.key === "F6" && offer) {
    event.preventDefault();
    toOffer();
  } else if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    opened.value = opened.value === "palette" ? "" : "palette";
  } else if (!event.metaKey && !event.ctrlKey && !event.altKey && !opened.value && !isTyping(event.target)) letter(event);
}

/** @param {KeyboardEvent} event */
function letter(event) {
  if (event.target instanceof Element && event.target.closest("dialog, [role=menu]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const place = Date.now() - afterG < 1200 ? PLACES[key] : undefined;
  const act = place ?? LETTERS[key];
  if (!act || (route.value.name !== "inbox" && !place && !["?", "g"].includes(key))) return;
  event.preventDefault();
  afterG = 0;
  act();
}

export const listenToKeys = () => addEventListener("keydown", onKey);
