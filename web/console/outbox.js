/**
 * Replies and notes on their way. Each carries its own key, so that sending it twice writes it once; each waits here,
 * also over a reload, until its entry came back. In one conversation they go out in order.
 */
import { computed, signal } from "@preact/signals";
import { asProblem } from "../shared/api.js";
import { freshKey } from "../shared/keys.js";
import { keep, recall } from "../shared/kept.js";
import { withEvent } from "../shared/store.js";
import { api, me } from "./session.js";
import { fetchChanges, log, open } from "./timeline.js";
import { sayProblem } from "./words.js";

/** @typedef {import("../shared/types").Attachment} Attachment */
/** @typedef {{ key: string, log: string, conversation: string, kind: "message" | "note", channel: string, text: string, attachments: Attachment[], at: number, state: "sending" | "waiting" | "failed", reason: string }} Outgoing */

/** @type {import("@preact/signals").Signal<Outgoing[]>} */
export const outbox = signal([]);

const shelf = () => `outbox:${me.value?.id ?? ""}`;

/** @param {Outgoing[]} items */
function put(items) {
  outbox.value = items;
  keep(shelf(), items.length ? items : null);
}

/** @param {string} key @param {Partial<Outgoing>} change */
const amend = (key, change) => put(outbox.value.map((one) => (one.key === key ? { ...one, ...change } : one)));

/** What of it is not yet among the entries of the open timeline. */
export const pending = computed(() => {
  const here = new Set(log.value.order.map((entry) => entry.client_key).filter(Boolean));
  return outbox.value.filter((one) => one.log === open.value?.customer && !here.has(one.key));
});
export const waitingCount = computed(() => outbox.value.filter((one) => one.state === "waiting").length);

/** What was left from before a reload goes out again; keys make that safe. */
export function wakeOutbox() {
  put(recall(shelf(), /** @type {Outgoing[]} */ ([])).map((one) => (one.state === "failed" ? one : { ...one, state: "waiting" })));
  flush();
}

/** @param {Pick<Outgoing, "log" | "conversation" | "kind" | "channel" | "text" | "attachments">} what */
export function send(what) {
  put([...outbox.value, { ...what, key: freshKey(), at: Date.now(), state: "waiting", reason: "" }]);
  flush();
}

/** @param {string} key */
export function retry(key) {
  amend(key, { state: "waiting", reason: "" });
  flush();
}

/** Take it back; gives what it was, for the composer. @param {string} key */
export function takeBack(key) {
  const one = outbox.value.find((item) => item.key === key);
  put(outbox.value.filter((item) => item.key !== key));
  return one ?? null;
}

/** @type {Set<string>} conversations whose first item is under way */
const busy = new Set();
let pause = 500;

/** Send whatever waits, one at a time in each conversation. */
export function flush() {
  for (const conversation of new Set(outbox.value.map((one) => one.conversation))) {
    if (busy.has(conversation)) continue;
    const first = outbox.value.find((one) => one.conversation === conversation && one.state !== "failed");
    if (first) void deliver(first);
  }
}

/** @param {Outgoing} one */
async function deliver(one) {
  busy.add(one.conversation);
  amend(one.key, { state: "sending" });
  const path = `/conversations/${one.conversation}/${one.kind === "note" ? "notes" : "replies"}`;
  const body = { text: one.text, client_key: one.key, ...(one.kind === "note" ? {} : { attachments: one.attachments.map((file) => file.id), channel: one.channel }) };
  try {
    const entry = await api.post(path, body, { "Idempotency-Key": one.key });
    pause = 500;
    take(entry);
    put(outbox.value.filter((item) => item.key !== one.key));
    next(one.conversation, 0);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.isPassing || problem.status === 401) {
      amend(one.key, { state: "waiting", reason: "" });
      pause = Math.min(15_000, pause * 2);
      next(one.conversation, problem.retryAfter ? problem.retryAfter * 1000 : pause);
    } else {
      amend(one.key, { state: "failed", reason: sayProblem(problem) });
      next(one.conversation, 0);
    }
  }
}

/** @param {string} conversation @param {number} after ms */
function next(conversation, after) {
  setTimeout(() => {
    busy.delete(conversation);
    flush();
  }, after);
}

/** The answer holds the entry: show it now, and let the cursor rule find what else came. @param {import("../shared/types").Entry} entry */
function take(entry) {
  if (open.value?.customer !== entry.log) return;
  if (log.value.entries.has(entry.id)) return;
  const held = withEvent({ ...log.value }, { resource: entry, revision: log.value.cursor, previous: null });
  log.value = held.log;
  void fetchChanges();
}
