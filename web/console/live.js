/** The console's line: what the server announces, and what is fetched again when the line is back. */
import { effect, signal, untracked } from "@preact/signals";
import { openLine } from "../shared/live.js";
import { prefix } from "./config.js";
import { announced, gone, refresh } from "./inbox.js";
import { fetchOffers, offered, over } from "./offers.js";
import { flush, wakeOutbox } from "./outbox.js";
import { agentChanged, look, phase, resumeState, sessionOver } from "./session.js";
import { entryAnnounced, extent, fetchChanges, fetchNewest, open, personAnnounced, resync, typingAnnounced } from "./timeline.js";
import { notifyEntry } from "./announce.js";

/** @type {import("@preact/signals").Signal<import("../shared/live.js").Line | null>} */
export const line = signal(null);

/** Which log's room we asked for. */
let watched = "";

/** Join the open customer's room; only then fetch what came meanwhile. */
async function watch() {
  const id = open.value?.customer ?? "";
  const current = line.value;
  if (!current || current.state.peek() !== "up" || id === watched) return;
  if (watched) current.tell("unwatch", { customer_id: watched });
  watched = id;
  if (!id) return;
  const answer = await current.ask("watch", { customer_id: id });
  if (answer.ok && watched === id) await fetchChanges();
  else if (!answer.ok && watched === id && answer.error.code === "offline") watched = "";
}

/** Connected, first or again. @param {boolean} first */
function up(first) {
  watched = "";
  void watch();
  void fetchOffers();
  refresh();
  flush();
  if (first) void resumeState();
  else {
    void look().then(resumeState);
    if (extent.value.state === "error") void fetchNewest();
  }
}

/** Take up the line for the agent who signed in. */
export function connect() {
  const opened = openLine({
    namespace: "/agent", path: `${prefix}/socket.io`, onUp: up,
    onRefused: (code) => (code === "unauthenticated" || code === "session_over" ? void look() : setTimeout(() => opened.reconnect(), 5000)),
  });
  line.value = opened;
  opened.on("entry", (event) => {
    entryAnnounced(event);
    notifyEntry(event.resource);
  });
  opened.on("conversation", (event) => {
    announced(event.resource, event.listed);
    personAnnounced(event.resource.customer);
  });
  opened.on("conversation_gone", (event) => gone(event.id));
  opened.on("offer", (event) => offered(event.resource));
  opened.on("offer_over", over);
  opened.on("agent", (event) => agentChanged(event.resource));
  opened.on("typing", typingAnnounced);
  opened.on("inbox_stale", refresh);
  opened.on("resync", (event) => resync(event.log));
  opened.on("session_over", sessionOver);
  wakeOutbox();
  refresh();
  void fetchOffers();
}

effect(() => {
  const id = open.value?.customer;
  const ready = extent.value.state === "ready";
  if (id === undefined || ready) void untracked(watch);
});

effect(() => {
  if (phase.value === "ready" || !line.peek()) return;
  line.peek()?.close();
  line.value = null;
  watched = "";
});

let typedAt = 0;

/** Let the customer see that one types; at most every three seconds. @param {string} conversation @param {boolean} on */
export function tellTyping(conversation, on) {
  if (on && Date.now() - typedAt < 3000) return;
  typedAt = on ? Date.now() : 0;
  line.peek()?.tell("typing", { conversation_id: conversation, on });
}
