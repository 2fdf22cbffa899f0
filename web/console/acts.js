/** What an agent does with a conversation: take, hand on, resolve, reopen. Each says how it went. */
import { asProblem } from "../shared/api.js";
import { list, lists } from "./inbox.js";
import { go, pathOf } from "./router.js";
import { api } from "./session.js";
import { say } from "./toasts.js";
import { personName } from "./views/common.js";
import { sayProblem, t } from "./words.js";

/** @typedef {import("../shared/types").Conversation} Conversation */

/** @param {unknown} error */
function complain(error) {
  say(sayProblem(asProblem(error)), { tone: "danger" });
}

/** @param {Conversation} one @param {{ follow?: boolean }} [how] */
export async function take(one, { follow = true } = {}) {
  try {
    list([await api.post(`/conversations/${one.id}/take`)]);
    if (follow) go(pathOf(one));
  } catch (error) {
    complain(error);
  }
}

/** Take whoever waits longest. */
export async function takeNext() {
  const first = lists.queue.value[0];
  if (first) await take(first);
  else say(t("list.empty_queue"));
}

/** @param {Conversation} one @param {{ to: { kind: string, id: string }, name: string, reason: string, summary: string }} how */
export async function transfer(one, { to, name, reason, summary }) {
  const handoff = await api.post(`/conversations/${one.id}/handoffs`, { to, reason, ...(summary ? { summary } : {}) });
  const undo = { label: t("action.undo"), run: () => void api.post(`/handoffs/${handoff.id}/cancel`).then(() => say(t("transfer.cancelled")), complain) };
  say(t("transfer.done", { name }), { tone: "ok", action: undo, seconds: 8 });
}

/** @param {Conversation} one @param {{ disposition: string, note: string }} how */
export async function resolve(one, { disposition, note }) {
  const answer = await api.post(`/conversations/${one.id}/resolve`, { disposition, ...(note ? { note } : {}) });
  if (answer?.id) list([answer]);
  say(t("wrapup.done", { name: personName(one.customer) }), { tone: "ok", action: { label: t("action.reopen"), run: () => void reopen(one) }, seconds: 8 });
}

/** @param {Conversation} one */
export async function reopen(one) {
  try {
    const answer = await api.post(`/conversations/${one.id}/reopen`);
    if (answer?.id) list([answer]);
  } catch (error) {
    complain(error);
  }
}

/** @param {Conversation} one @param {Partial<Pick<Conversation, "topic" | "language">>} change */
export async function amend(one, change) {
  list([await api.patch(`/conversations/${one.id}`, { version: one.version, ...change })]);
}
