/** New customer messages, told to those who do not look: read aloud in the open conversation, notified elsewhere. */
import { signal } from "@preact/signals";
import { conversations } from "./inbox.js";
import { go, pathOf } from "./router.js";
import { me } from "./session.js";
import { notify } from "./signals.js";
import { open } from "./timeline.js";
import { t } from "./words.js";

/** What a screen reader is told next. */
export const spoken = signal("");

const heard = new Set();

/** @param {import("../shared/types").Entry} entry */
export function notifyEntry(entry) {
  if (entry.kind !== "message" || entry.direction !== "in" || heard.has(entry.id)) return;
  heard.add(entry.id);
  const one = conversations.value.get(entry.conversation_id);
  const text = entry.body.text || t("entry.photo");
  if (open.value?.conversation === entry.conversation_id) spoken.value = `${entry.author.name}: ${text}`;
  if (one && one.owner.kind === "agent" && one.owner.id === me.value?.id) notify(entry.author.name, text, () => go(pathOf(one)));
}
