/** The open customer's timeline: pages, changes, who is typing, and what is read. */
import { batch, computed, signal } from "@preact/signals";
import { asProblem } from "../shared/api.js";
import { emptyLog, withChanges, withEvent, withNewest, withOlder } from "../shared/store.js";
import { conversations, know } from "./inbox.js";
import { api, me } from "./session.js";

/** @typedef {import("../shared/types").Entry} Entry */
/** @typedef {import("../shared/types").Customer} Customer */
/** @typedef {{ customer: string, conversation: string | null }} Open */

const PAGE = 50;

/** @type {import("@preact/signals").Signal<Open | null>} */
export const open = signal(null);
/** @type {import("@preact/signals").Signal<import("../shared/store.js").Log<Entry>>} */
export const log = signal(emptyLog());
/** @type {import("@preact/signals").Signal<{ state: "idle" | "loading" | "ready" | "error", older: string | null, fetching: boolean, problem: import("../shared/api.js").Problem | null }>} */
export const extent = signal({ state: "idle", older: null, fetching: false, problem: null });
/** @type {import("@preact/signals").Signal<Customer | null>} */
export const customer = signal(null);
/** Everything up to here was read when the conversation was opened. @type {import("@preact/signals").Signal<number | null>} */
export const readBefore = signal(null);
/** Who types where, until when. @type {import("@preact/signals").Signal<Record<string, { name: string, kind: string, until: number }>>} */
export const typing = signal({});

/** The conversation in front, as last heard of. */
export const current = computed(() => {
  const id = open.value?.conversation;
  return (id && conversations.value.get(id)) || null;
});

/** All conversations of the open customer that we know, newest first. */
export const siblings = computed(() => {
  const id = open.value?.customer;
  const own = [...conversations.value.values()].filter((one) => one.log === id);
  return own.sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1));
});

export const isMine = computed(() => {
  const one = current.value;
  return one !== null && one.owner.kind === "agent" && one.owner.id === me.value?.id;
});

/** @param {string} customerId */
const pathOf = (customerId) => `/customers/${encodeURIComponent(customerId)}`;

/** Open a customer's timeline at a conversation (or at the newest one). @param {string} customerId @param {string | null} conversationId */
export async function openTimeline(customerId, conversationId) {
  const same = open.value?.customer === customerId;
  batch(() => {
    open.value = { customer: customerId, conversation: conversationId };
    readBefore.value = (conversationId && conversations.value.get(conversationId)?.read?.through) || null;
    if (same) return;
    log.value = emptyLog();
    customer.value = null;
    extent.value = { state: "loading", older: null, fetching: false, problem: null };
  });
  if (!same) await fetchNewest();
}

export function closeTimeline() {
  open.value = null;
}

/** Fetch the newest page; also the way back after an error or a `resync`. */
export async function fetchNewest() {
  const asked = open.value;
  if (!asked) return;
  try {
    const [page, person] = await Promise.all([
      api.get(`${pathOf(asked.customer)}/timeline`, { limit: PAGE }),
      api.get(pathOf(asked.customer)),
    ]);
    if (open.value?.customer !== asked.customer) return;
    batch(() => {
      const fresh = log.value.order.length === 0;
      log.value = withNewest(log.value, page.items, page.cursor, Boolean(page.previous));
      know(page.conversations ?? []);
      customer.value = person;
      const conversation = open.value?.conversation ?? latest(page.conversations ?? []);
      if (fresh && open.value) {
        open.value = { ...open.value, conversation };
        readBefore.value ??= (conversation && conversations.value.get(conversation)?.read?.through) || null;
      }
      extent.value = { ...extent.value, state: "ready", older: fresh ? page.previous : extent.value.older, problem: null };
    });
  } catch (error) {
    const problem = asProblem(error);
    if (open.value?.customer === asked.customer) extent.value = { ...extent.value, state: log.value.order.length ? "ready" : "error", problem };
  }
}

/** The conversation to put in front when none was asked for: an open one before a resolved one, then the newest. @param {import("../shared/types").Conversation[]} all */
function latest(all) {
  const rank = (/** @type {import("../shared/types").Conversation} */ one) => `${one.status === "open" ? 1 : 0}${one.updated_at}`;
  return [...all].sort((a, b) => (rank(a) < rank(b) ? 1 : -1))[0]?.id ?? null;
}

/** One page further back. Gives whether there was one. */
export async function fetchOlder() {
  const asked = open.value;
  const { older, fetching, state } = extent.value;
  if (!asked || !older || fetching || state !== "ready") return false;
  extent.value = { ...extent.value, fetching: true };
  try {
    const page = await api.get(`${pathOf(asked.customer)}/timeline`, { before: older, limit: PAGE });
    if (open.value?.customer !== asked.customer) return false;
    batch(() => {
      log.value = withOlder(log.value, page.items, Boolean(page.previous));
      extent.value = { ...extent.value, older: page.previous, fetching: false, problem: null };
    });
    return true;
  } catch (error) {
    const problem = asProblem(error);
    extent.value = { ...extent.value, fetching: false, problem };
    return false;
  }
}

let asking = false;
let again = false;

/** Everything after the cursor. Calls while one runs are one more run, not many. */
export async function fetchChanges() {
  if (asking) {
    again = true;
    return;
  }
  const asked = open.value;
  if (!asked || extent.value.state !== "ready") return;
  asking = true;
  try {
    /** @type {string | null} */
    let after = null;
    do {
      const query = { changes: `${asked.customer}:${log.value.cursor}`, after, limit: 200 };
      const page = await api.get(`${pathOf(asked.customer)}/timeline`, query);
      if (open.value?.customer !== asked.customer) return;
      log.value = withChanges(log.value, page.items, page.next ? null : page.cursor);
      know(page.conversations ?? []);
      after = page.next;
    } while (after);
  } catch (error) {
    asProblem(error);
  } finally {
    asking = false;
    if (again) {
      again = false;
      void fetchChanges();
    }
  }
}

/** Fetch the person again: a colleague corrected something, or they left another address. @param {string} id */
async function fetchPerson(id) {
  try {
    const person = await api.get(pathOf(id));
    if (open.value?.customer === id) customer.value = person;
  } catch (error) {
    asProblem(error);
  }
}

/** What a conversation says of its customer may be news. @param {{ id: string, name: string, language: string, tier: string }} told */
export function personAnnounced(told) {
  const known = customer.value;
  if (known?.id !== told.id || (known.name === told.name && known.language === told.language && known.tier === told.tier)) return;
  void fetchPerson(told.id);
}

/** An entry was announced. @param {import("../shared/types").EntryEvent} event */
export function entryAnnounced(event) {
  const id = event.log ?? event.resource.log;
  stopTyping(event.resource);
  if (event.resource.kind === "system" && customer.value?.id === id) void fetchPerson(id);
  if (open.value?.customer !== id || extent.value.state !== "ready") return;
  if (document.visibilityState === "visible" && document.hasFocus()) seenLive(event.resource);
  const next = withEvent(log.value, event);
  if (next.gap) void fetchChanges();
  else log.value = next.log;
}

/** What arrives under one's eyes is not "new", unless a mark stands above it already. @param {Entry} entry */
function seenLive(entry) {
  const marked = log.value.order.some((one) => one.conversation_id === open.value?.conversation && one.direction === "in" && one.ordered_at > (readBefore.value ?? 0));
  if (entry.conversation_id === open.value?.conversation && readBefore.value !== null && !marked) readBefore.value = Math.max(readBefore.value, entry.ordered_at);
}

/** Whoever answers has seen it all: the mark goes. */
export function dropMark() {
  const last = log.value.order.at(-1);
  if (last && readBefore.value !== null) readBefore.value = Math.max(readBefore.value, last.ordered_at);
}

/** The server asks to forget what is known of a log. @param {string} id */
export function resync(id) {
  if (open.value?.customer !== id) return;
  log.value = emptyLog();
  extent.value = { state: "loading", older: null, fetching: false, problem: null };
  void fetchNewest();
}

/** Load pages until an entry is here. @param {(entry: Entry) => boolean} wanted @returns {Promise<Entry | null>} */
export async function reach(wanted) {
  for (let pages = 0; pages < 40; pages += 1) {
    const found = log.value.order.find(wanted);
    if (found) return found;
    if (!(await fetchOlder())) return null;
  }
  return null;
}

/** @param {{ conversation_id: string, who: { kind: string, id?: string, name: string }, on: boolean, expires_ms?: number }} news */
export function typingAnnounced(news) {
  if (news.who.id && news.who.id === me.value?.id) return;
  const { [news.conversation_id]: _, ...rest } = typing.value;
  if (!news.on) {
    typing.value = rest;
    return;
  }
  const lasting = news.expires_ms ?? 6000;
  const until = Date.now() + lasting;
  typing.value = { ...rest, [news.conversation_id]: { name: news.who.name, kind: news.who.kind, until } };
  setTimeout(() => {
    if ((typing.value[news.conversation_id]?.until ?? Infinity) > Date.now()) return;
    const { [news.conversation_id]: gone, ...others } = typing.value;
    if (gone) typing.value = others;
  }, lasting + 20);
}

/** @param {Entry} entry */
function stopTyping(entry) {
  if (typing.value[entry.conversation_id]?.kind !== entry.author.kind) return;
  const { [entry.conversation_id]: _, ...rest } = typing.value;
  typing.value = rest;
}

const told = new Map();

/** Tell the server that the open conversation is read as far as it is shown. */
export function markRead() {
  const one = current.value;
  if (!one || !isMine.value || document.visibilityState !== "visible" || !document.hasFocus()) return;
  const here = log.value.order.filter((entry) => entry.conversation_id === one.id);
  const [last, said] = [here.at(-1), here.findLast((entry) => entry.direction === "in")];
  const through = one.read?.through ?? 0;
  if (!last || (!one.unread && (said?.ordered_at ?? 0) <= through) || last.ordered_at <= (told.get(one.id) ?? 0)) return;
  told.set(one.id, last.ordered_at);
  api.post(`/conversations/${one.id}/read`, { through: last.ordered_at }).catch((error) => {
    told.delete(one.id);
    asProblem(error);
  });
}
