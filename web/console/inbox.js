/**
 * The lists: conversations the server listed or announced, and per view how far its pages are loaded. What a list
 * shows follows from these two, so an announced change needs no other handling.
 */
import { computed, signal } from "@preact/signals";
import { asProblem } from "../shared/api.js";
import { newest } from "../shared/store.js";
import { api, me, queues } from "./session.js";

/** @typedef {import("../shared/types").Conversation} Conversation */
/** @typedef {"mine" | "queue" | "all"} View */
/** @typedef {{ state: "idle" | "loading" | "more" | "ready" | "error", next: string | null, edge: string | null, problem: import("../shared/api.js").Problem | null }} Extent */

const PAGE = 40;

/** @type {import("@preact/signals").Signal<ReadonlyMap<string, Conversation>>} */
export const conversations = signal(new Map());
/** @type {import("@preact/signals").Signal<ReadonlySet<string>>} */
const listed = signal(new Set());
/** @type {import("@preact/signals").Signal<View>} */
export const view = signal("mine");
/** What "All" is narrowed to. @type {import("@preact/signals").Signal<{ status: "open" | "resolved", queue: string }>} */
export const filter = signal({ status: "open", queue: "" });
/** @type {import("@preact/signals").Signal<{ mine: number, queue: number }>} */
const counted = signal({ mine: 0, queue: 0 });

/** @returns {Extent} */
const unknown = () => ({ state: "idle", next: null, edge: null, problem: null });
/** @type {Record<View, import("@preact/signals").Signal<Extent>>} */
export const extents = { mine: signal(unknown()), queue: signal(unknown()), all: signal(unknown()) };

/** @param {View} name @param {Conversation} one */
function belongs(name, one) {
  if (name === "mine") return one.status === "open" && one.owner.kind === "agent" && one.owner.id === me.value?.id;
  if (name === "queue") return one.status === "open" && one.owner.kind === "queue" && queues.value.some((queue) => queue.id === one.owner.id);
  const { status, queue } = filter.value;
  return one.status === status && (!queue || one.queue?.id === queue);
}

/** What a view is ordered by. @param {View} name @param {Conversation} one */
const keyOf = (name, one) => (name === "queue" ? (one.waiting_since ?? one.updated_at) : one.updated_at);

/** @param {View} name */
const listOf = (name) =>
  computed(() => {
    const { edge } = extents[name].value;
    const ascending = name === "queue" ? 1 : -1;
    const inside = [...listed.value]
      .map((id) => conversations.value.get(id))
      .filter((one) => one !== undefined && belongs(name, one))
      .map((one) => /** @type {Conversation} */ (one))
      .filter((one) => edge === null || (keyOf(name, one) <= edge ? 1 : -1) === ascending || keyOf(name, one) === edge);
    return inside.sort((a, b) => (keyOf(name, a) < keyOf(name, b) ? -ascending : keyOf(name, a) > keyOf(name, b) ? ascending : a.id < b.id ? -1 : 1));
  });

/** @type {Record<View, import("@preact/signals").ReadonlySignal<Conversation[]>>} */
export const lists = { mine: listOf("mine"), queue: listOf("queue"), all: listOf("all") };

/** Numbers on the tabs: exact when the whole view is here, else the server's. */
export const counts = computed(() => ({
  mine: whole("mine") ? lists.mine.value.length : counted.value.mine,
  queue: whole("queue") ? lists.queue.value.length : counted.value.queue,
}));
/** @param {View} name */
const whole = (name) => extents[name].value.state === "ready" && extents[name].value.next === null;

/** Whether it is on us to write: the customer wrote last, or nobody but the bot has answered yet. @param {Conversation} one */
export const waitsForUs = (one) => one.unanswered || one.last?.author.kind === "bot";

export const unreadMine = computed(() => lists.mine.value.filter((one) => one.unread > 0).length);

/** Take conversations in that were listed or announced. @param {readonly Conversation[]} items */
export function know(items) {
  conversations.value = newest(conversations.value, items);
}

/** @param {readonly Conversation[]} items */
export function list(items) {
  know(items);
  listed.value = new Set([...listed.value, ...items.map((one) => one.id)]);
}

/** No longer ours to see. @param {string} id */
export function gone(id) {
  const next = new Set(listed.value);
  next.delete(id);
  listed.value = next;
}

/**
 * Load a view from its beginning, or its next page. On a reload, what the server no longer lists goes.
 * @param {View} name @param {{ more?: boolean }} [how]
 */
export async function load(name, { more = false } = {}) {
  const extent = extents[name];
  if (extent.value.state === "loading" || extent.value.state === "more" || (more && !extent.value.next)) return;
  const after = more ? extent.value.next : null;
  const quiet = extent.value.state === "ready";
  extent.value = { ...extent.value, state: more ? "more" : quiet ? "ready" : "loading", problem: null };
  const narrowed = name === "all" ? { status: filter.value.status, queue: filter.value.queue } : { status: "open" };
  try {
    const limit = more ? PAGE : Math.min(100, Math.max(PAGE, lists[name].value.length));
    const page = await api.get("/conversations", { view: name, ...narrowed, after, limit });
    if (page.counts) counted.value = page.counts;
    if (!more) forgetUnlisted(name, page.items);
    list(page.items);
    const last = page.items.at(-1);
    extent.value = { state: "ready", next: page.next, edge: page.next && last ? keyOf(name, last) : null, problem: null };
  } catch (error) {
    const problem = asProblem(error);
    extent.value = { ...extent.value, state: quiet && problem.isPassing ? "ready" : "error", problem };
  }
}

/** What the server no longer lists is no longer there. @param {View} name @param {readonly Conversation[]} items */
function forgetUnlisted(name, items) {
  const still = new Set(items.map((one) => one.id));
  lists[name].value.filter((one) => !still.has(one.id)).forEach((one) => gone(one.id));
}

/** Narrow "All" to something else. @param {Partial<{ status: "open" | "resolved", queue: string }>} change */
export function narrow(change) {
  filter.value = { ...filter.value, ...change };
  extents.all.value = unknown();
  void load("all");
}

/** @param {View} name */
export function show(name) {
  view.value = name;
  if (extents[name].value.state === "idle") void load(name);
}

/** Fetch the lists on screen again: after a reconnection, or when the server says they may be stale. */
export function refresh() {
  void load("mine");
  void load("queue");
  if (extents.all.value.state !== "idle") void load("all");
}

let recount = /** @type {ReturnType<typeof setTimeout> | null} */ (null);

/**
 * One conversation changed somewhere. Not `isListed`: it is of a customer we look at, but in none of our lists.
 * @param {Conversation} one @param {boolean} [isListed]
 */
export function announced(one, isListed = true) {
  if (!isListed) {
    know([one]);
    gone(one.id);
    return;
  }
  list([one]);
  if ((whole("mine") && whole("queue")) || recount) return;
  recount = setTimeout(async () => {
    recount = null;
    try {
      const page = await api.get("/conversations", { view: "mine", status: "open", limit: 1 });
      if (page.counts) counted.value = page.counts;
    } catch (error) {
      asProblem(error);
    }
  }, 1500);
}
