/**
 * What the customer sent and the server has not confirmed: durable, in order, each with its own client key.
 * One tab at a time sends (Web Locks); the key makes a repeat harmless, so a lost answer is simply asked again.
 */
import { recall } from "../shared/kept.js";
import { freshKey } from "../shared/keys.js";
import { alone, visitor } from "./account.js";
import { config, kept, line, pending, progress } from "./state.js";

/** @typedef {import("./types").Pending} Pending */

const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(kept("outbox")) : null;
/** @type {Promise<IDBDatabase | null>} null where this browser keeps nothing: then the page's memory must do */
const database = new Promise((resolve) => {
  try {
    const opening = indexedDB.open("hub-chat", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => resolve(null);
  } catch {
    resolve(null);
  }
});
/** @type {Pending[]} */
let memory = [];
let lastSeq = 0;
/** @type {Pending[]} shown, but not yet in the store */
let unsaved = [];
/** @type {Promise<unknown>} */
let saved = Promise.resolve();

/**
 * @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @param {() => T} without what to do in memory @returns {Promise<T>}
 */
async function withStore(mode, work, without) {
  const db = await database;
  if (!db) return without();
  return new Promise((resolve, reject) => {
    const tx = db.transaction("outbox", mode);
    const request = work(tx.objectStore("outbox"));
    tx.oncomplete = () => resolve(request.result);
    tx.onerror = tx.onabort = () => reject(tx.error);
  });
}

/** Show what is kept, in every tab. @param {boolean} [tell] */
export async function refresh(tell = true) {
  const all = await withStore("readonly", (store) => /** @type {IDBRequest<Pending[]>} */ (store.getAll()), () => [...memory]);
  pending.value = [...all.filter((item) => item.key === config.key), ...unsaved];
  if (tell) channel?.postMessage("changed");
}

/** @param {Pending} item */
async function save(item) {
  await withStore("readwrite", (store) => /** @type {IDBRequest<any>} */ (store.put(item)), () => {
    item.seq ??= ++lastSeq;
    memory = [...memory.filter((other) => other.seq !== item.seq), item].sort((a, b) => Number(a.seq) - Number(b.seq));
  });
  unsaved = unsaved.filter((other) => other.client_key !== item.client_key);
  await refresh();
}

/** @param {Pending} item */
export async function drop(item) {
  await withStore("readwrite", (store) => /** @type {IDBRequest<any>} */ (store.delete(Number(item.seq))), () => {
    memory = memory.filter((other) => other.seq !== item.seq);
  });
  await refresh();
}

/** Put something in line to be sent; it shows at once. @param {import("./types").Draft} draft */
export async function enqueue({ text = "", files = [], event = "message", ...rest }) {
  const name = recall(kept("name"), "") || undefined;
  const item = { key: config.key, name, visitor: visitor.value, client_key: freshKey(), event, at: Date.now(), text, files, ...rest };
  unsaved = [...unsaved, item];
  pending.value = [...pending.value, item];
  const saving = save({ ...item });
  saved = Promise.allSettled([saved, saving]);
  await saving;
  void flush();
}

/** Try a refused one again. @param {Pending} item */
export async function retry(item) {
  await save({ ...item, failed: null });
  void flush();
}

/** The entries are there: what they confirm leaves. @param {readonly import("./types").Entry[]} arrived */
export async function settle(arrived) {
  const keys = new Set(arrived.map((entry) => entry.client_key));
  for (const item of pending.value) if (item.seq && keys.has(item.client_key)) await drop(item);
}

/** A new visitor took this browser's place: what waited goes with them, or is dropped. @param {boolean} carry */
export async function rebind(carry) {
  await saved; // what is just being kept would else be kept twice
  for (const item of pending.value) {
    if (!item.seq || item.visitor === visitor.value) continue;
    if (carry) await save({ ...item, visitor: visitor.value });
    else await drop(item);
  }
}

/** @typedef {{ ok: true, entry?: any } | { ok: false, error: { code: string, retry_after?: number } }} Reply */
/** @type {(event: string, payload: object) => Promise<Reply>} */
let ask = async () => ({ ok: false, error: { code: "offline" } });
/** @type {(item: Pending, reply: any) => void} */
let accepted = () => {};
/** @param {typeof ask} how @param {typeof accepted} onAccepted */
export function connect(how, onAccepted) {
  ask = how;
  accepted = onAccepted;
}

/** Errors that the same thing will meet again. */
const lasting = new Set(["invalid", "too_large", "unsupported_media", "forbidden", "not_found", "idempotency_mismatch"]);
let failures = 0;
let running = false;
let again = false;
/** @type {() => void} */
let hurry = () => {};

/** Send the oldest one. @returns {Promise<number>} seconds to wait before the next, or -1 when nothing is left */
async function sendNext() {
  await refresh(false);
  const item = pending.value.find((each) => each.seq && !each.failed && each.visitor === visitor.value);
  if (!item) return -1;
  const reply = await send(item);
  if (reply.ok) {
    failures = 0;
    accepted(item, reply);
    await drop(item);
    return 0;
  }
  if (lasting.has(reply.error.code)) {
    await save({ ...item, failed: reply.error.code });
    return 0;
  }
  failures += 1;
  return reply.error.retry_after ?? Math.min(30, 2 ** (failures - 1));
}

/** @param {Pending} item @returns {Promise<Reply>} */
async function send(item) {
  if (item.event === "person") {
    const reply = await ask("person", {});
    return !reply.ok && reply.error.code === "conflict" ? { ok: true } : reply; // it ended meanwhile
  }
  if (item.files.some((file) => !file.stored)) {
    const { upload } = await import("./files.js");
    for (const file of item.files.filter((each) => !each.stored)) {
      const note = (/** @type {number} */ part) => { progress.value = new Map(progress.value).set(item.client_key, part); };
      const result = await upload(file, note);
      if (!result.ok) return result;
      file.stored = result.attachment;
      await save(item);
    }
  }
  const { client_key, text, answers, flow, name } = item;
  return ask("message", { client_key, text, attachments: item.files.map((file) => file.stored?.id), answers, flow, name });
}

/** Send what waits, one after the other, while the line is up. */
export async function flush() {
  failures = Math.min(failures, 1);
  hurry();
  if (running) {
    again = true;
    return;
  }
  running = true;
  do {
    again = false;
    for (let pause = 0; pause >= 0 && line.value === "up";) {
      pause = await alone("send", sendNext);
      if (pause > 0) await new Promise((done) => { hurry = () => done(null); setTimeout(done, pause * 1000); });
    }
  } while (again && line.value === "up");
  running = false;
}

if (channel) channel.onmessage = () => void refresh(false).then(flush);
