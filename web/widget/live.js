/**
 * In step with the server: connect, then ask for everything after the cursor, then apply what came meanwhile.
 * Events may be lost or late; the cursor shows it, and the gap is fetched.
 */
import { batch, effect } from "@preact/signals";
import { emptyLog, upsert, withChanges, withEvent, withNewest, withOlder } from "../shared/store.js";
import { arrive, Refused, token } from "./account.js";
import { connect, flush, rebind, refresh, settle } from "./outbox.js";
import { openSocket } from "./socket.js";
import { atEnd, config, conversation, know, line, log, markSeen, notice, older, shown, writing } from "./state.js";

/** @type {import("../shared/live.js").Line | null} */
let server = null;
let syncing = false;
let again = false;
/** @type {any[]} */
let early = [];
let started = false;
/** When a new visitor was last begun: a door that refuses newcomers must not make ever more of them. */
let beganAt = 0;

/** @param {any} event */
function apply(event) {
  const next = withEvent(log.value, event);
  if (next.gap) void sync();
  else {
    log.value = next.log;
    if (event.resource.direction === "out") writing.value = null;
    void settle([event.resource]);
  }
}

/** Ask for what is missing. Silence means the line is dead although it looks alive. @param {number} [patience] ms */
export async function sync(patience = 10_000) {
  if (syncing || !server) {
    again = true;
    return;
  }
  syncing = true;
  do {
    again = false;
    const after = started ? log.value.cursor : null;
    const reply = await server.ask("sync", { after }, patience);
    if (after !== null && !started) { // forgotten meanwhile: what came is only the end of it
      again = true;
      continue;
    }
    if (!reply.ok) {
      early = [];
      if (reply.error.code === "offline" && server.state.value === "up") server.reconnect();
      else if (server.state.value === "up") setTimeout(() => void sync(), 3000);
      break;
    }
    batch(() => {
      log.value = after === null
        ? withNewest(log.value, reply.entries, reply.cursor, reply.older) : withChanges(log.value, reply.entries, reply.cursor);
      if (after === null) older.value = reply.older;
      know(reply.conversation);
      line.value = "up";
      started = true;
    });
    if (reply.more) again = true; // more changed than fits one page
    await settle(reply.entries);
    early.splice(0).forEach(apply);
  } while (again);
  syncing = false;
  if (line.value === "up") void flush();
}

/** The page above the oldest one. @returns {Promise<boolean>} whether it came */
export async function loadOlder() {
  const first = log.value.order[0];
  if (!server || !first) return false;
  const reply = await server.ask("sync", { after: null, before: first.ordered_at });
  if (!reply.ok) return false;
  batch(() => {
    log.value = withOlder(log.value, reply.entries, reply.older);
    older.value = reply.older && reply.entries.length > 0;
  });
  return true;
}

/**
 * Begin as whoever this browser is now: a new visitor when the old token is worth nothing, or the one another tab has
 * become. Nothing of the old one stays on screen.
 * @param {boolean} carry whether unsent messages go along
 */
export async function startOver(carry) {
  beganAt = Date.now();
  started = false;
  log.value = emptyLog();
  conversation.value = null;
  if (!(await greet())) return;
  await rebind(carry);
  server?.reconnect();
}

/** Arrive, and keep trying while the server is away. */
async function greet() {
  for (let pause = 1; ; pause = Math.min(30, pause * 2)) {
    try {
      await arrive();
      notice.value = "";
      return true;
    } catch (error) {
      const refused = error instanceof Refused;
      if (!refused && !(error instanceof TypeError)) throw error; // fetch reports an unreachable server as a TypeError
      if (refused && error.status < 500 && error.code !== "rate_limited") {
        line.value = "refused";
        return false;
      }
      notice.value = refused && error.code === "rate_limited" ? "busy" : "start.failed";
      await new Promise((done) => setTimeout(done, 1000 * (refused ? error.after ?? pause : pause)));
    }
  }
}

const options = {
  namespace: "/customer",
  auth: () => ({ token: token.value, key: config.key }),
  onUp: () => void sync(),
  onRefused: (/** @type {string} */ code) => {
    if (code === "rate_limited") setTimeout(() => server?.reconnect(), 15_000);
    else if (code === "unauthenticated" && Date.now() - beganAt > 10_000) void startOver(true);
    else line.value = "refused";
  },
};

/** @param {import("../shared/live.js").Line} opened */
function attach(opened) {
  server = opened;
  connect((event, payload) => opened.ask(event, payload, 10_000), (item, reply) => {
    if (reply.entry) log.value = upsert(log.value, [reply.entry]);
  });
  opened.on("entry", (event) => (syncing || !started ? early.push(event) : apply(event)));
  opened.on("conversation", (event) => know(event.resource));
  opened.on("typing", showWriting);
  opened.on("resync", () => { started = false; log.value = emptyLog(); void sync(); });
  opened.on("session_over", () => void startOver(false));
  effect(() => {
    if (opened.state.value === "up" || !started) return;
    line.value = "down";
    writing.value = null;
  });
}

/** Start, once. */
export async function start() {
  await refresh(false);
  if (!(await greet())) return;
  await rebind(true);
  attach(openSocket({ ...options, onBlocked: () => void import("./polling.js").then(({ openPolling }) => attach(openPolling(options))) }));
  effect(acknowledge);
  watchSleep();
}

/** @type {ReturnType<typeof setTimeout>} */
let writingEnds;
/** @param {{ who: { kind: string, name: string }, on: boolean, expires_ms?: number }} event */
function showWriting({ who, on, expires_ms = 6000 }) {
  if (who.kind === "customer") return;
  clearTimeout(writingEnds);
  writing.value = on ? who : null;
  if (on) writingEnds = setTimeout(() => { writing.value = null; }, Math.min(expires_ms, 15_000));
}

/** @type {ReturnType<typeof setTimeout>} */
let acknowledging;
let told = "";
/** Delivered when it is here, read only when it is in view. Batched. */
function acknowledge() {
  const delivered = log.value.cursor;
  const inView = shown.value && atEnd.value;
  if (inView) markSeen();
  if (line.value !== "up" || !delivered) {
    told = "";
    return;
  }
  const now = `${delivered} ${inView}`;
  if (now === told) return;
  clearTimeout(acknowledging);
  acknowledging = setTimeout(() => {
    told = now;
    server?.tell("ack", { delivered, read: inView ? delivered : null });
  }, 250);
}

/** A laptop lid, a phone in a pocket: when time jumped, the line is asked whether it still lives. */
function watchSleep() {
  let last = Date.now();
  const check = () => {
    if (Date.now() - last > 20_000 && server?.state.value === "up") void sync(4000);
    last = Date.now();
  };
  setInterval(check, 5000);
  addEventListener("pageshow", (event) => { if (event.persisted) void sync(4000); });
  document.addEventListener("visibilitychange", check);
}

let saidAt = 0;
/** Say that the customer is writing, at most every three seconds. @param {boolean} on */
export function sayWriting(on) {
  if (on && Date.now() - saidAt < 3000) return;
  if (!on && !saidAt) return;
  saidAt = on ? Date.now() : 0;
  server?.tell("typing", { on });
}

/** @param {"end" | "leave_address"} event @param {object} [payload] @returns {Promise<{ ok: boolean, error?: { code: string } }>} */
export async function act(event, payload = {}) {
  return server ? server.ask(event, payload) : { ok: false, error: { code: "offline" } };
}
