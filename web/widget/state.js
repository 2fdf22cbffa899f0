/** What the panel knows. Signals only; who changes them is in live.js, outbox.js and host.js. */
import { computed, signal } from "@preact/signals";
import { emptyLog } from "../shared/store.js";
import { keep, recall } from "../shared/kept.js";

/** @typedef {import("./types").Entry} Entry */
/** @template T @typedef {import("@preact/signals").Signal<T>} Signal */

/** @type {import("./types").Config} */
export const config = JSON.parse(document.getElementById("config")?.textContent || "{}");

/** A name under which this widget keeps something in this browser. @param {string} what */
export const kept = (what) => `hub-chat:${config.key || config.link}:${what}`;

/** @type {Signal<import("../shared/store.js").Log<Entry>>} */
export const log = signal(emptyLog());
/** @type {Signal<import("./types").Conversation | null>} */
export const conversation = signal(null);
/** @type {Signal<import("./types").Welcome | null>} */
export const welcome = signal(null);
/** "starting" until the first page is there. @type {Signal<"starting" | "up" | "down" | "refused">} */
export const line = signal("starting");
/** @type {Signal<boolean>} whether the log has older pages */
export const older = signal(false);
/** @type {Signal<{ kind: string, name: string } | null>} */
export const writing = signal(null);
/** @type {Signal<import("./types").Pending[]>} what the server has not confirmed */
export const pending = signal([]);
/** @type {Signal<ReadonlyMap<string, number>>} upload progress by client key, 0 to 1 */
export const progress = signal(new Map());
/** @type {Signal<boolean>} whether the panel is open and on screen */
export const shown = signal(false);
/** @type {Signal<boolean>} whether the newest message is in view */
export const atEnd = signal(true);
/** @type {Signal<number>} read through, as `ordered_at` */
export const seen = signal(recall(kept("seen"), 0));
/** @type {Signal<string>} */
export const notice = signal("");

export const entries = computed(() => log.value.order);
/** Whether the customer sees this entry as a message to them. @param {Entry} entry */
export const isForMe = (entry) => entry.direction === "out" && entry.kind === "message";
export const unread = computed(() => entries.value.filter((entry) => isForMe(entry) && entry.ordered_at > seen.value).length);
/** Events and answers overtake each other: of one conversation, what is newer stays. @param {import("./types").Conversation | null} next */
export function know(next) {
  const now = conversation.value;
  if (next && now?.id === next.id && (next.version ?? 0) < (now.version ?? 0)) return;
  conversation.value = next;
}
/** Sent but not yet among the entries. */
export const waiting = computed(() => {
  const known = new Set(entries.value.map((entry) => entry.client_key).filter(Boolean));
  return pending.value.filter((item) => !known.has(item.client_key));
});
const underWay = computed(() => waiting.value.some((item) => !item.failed));
export const ended = computed(() => conversation.value?.status === "resolved" && !underWay.value);
/** The bot's open question, if the newest message is one. */
export const question = computed(() => {
  if (underWay.value || ended.value || (conversation.value && conversation.value.with.kind !== "bot")) return null;
  const last = entries.value.findLast((entry) => entry.kind === "message");
  return last?.author.kind === "bot" && (last.body.ask || last.body.choices?.length) ? last : null;
});

/** Everything up to now was read. */
export function markSeen() {
  const last = entries.value.findLast(isForMe);
  if (!last || last.ordered_at <= seen.value) return;
  seen.value = last.ordered_at;
  keep(kept("seen"), seen.value);
}
