/** Who this browser is to the hub: an anonymous visitor with a token of its own, kept per widget. */
import { signal } from "@preact/signals";
import { keep, recall } from "../shared/kept.js";
import { config, kept, welcome } from "./state.js";
import { locale } from "./words.js";

/** @type {import("@preact/signals").Signal<string | null>} */
export const token = signal(recall(kept("token"), null));
/** @type {import("@preact/signals").Signal<string>} */
export const visitor = signal(recall(kept("visitor"), ""));

/** The server's refusal, with its problem code. */
export class Refused extends Error {
  /** @param {number} status @param {{ code?: string, retry_after?: number }} problem */
  constructor(status, problem) {
    super(problem.code ?? String(status));
    this.status = status;
    this.code = problem.code ?? "other";
    this.after = problem.retry_after ?? null;
  }
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
export async function post(path, body) {
  const reply = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const json = reply.status === 204 ? {} : await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(reply.status, json);
  return json;
}

/** @type {() => void} */
let isHere = () => {};
/** Kept once this browser is somebody. @type {Promise<void>} */
const arrived = new Promise((done) => { isHere = done; });

/** @param {{ token: string, visitor: string }} account */
function use(account) {
  isHere();
  token.value = account.token;
  visitor.value = account.visitor;
  keep(kept("token"), account.token);
  keep(kept("visitor"), account.visitor);
}

/**
 * Greet the hub with what we kept; a token that no longer counts is replaced by a new visitor.
 * Tabs that start at once take turns, so that one browser stays one visitor.
 */
export function arrive() {
  const greet = async () => {
    const known = recall(kept("token"), /** @type {string | null} */ (null));
    const hello = { key: config.key, link: config.link ?? undefined, language: locale.value, page: document.referrer || undefined };
    const reply = await post("/widget/session", known ? { ...hello, token: known } : hello).catch((error) => {
      if (known && error instanceof Refused && [401, 404, 422].includes(error.status)) return post("/widget/session", hello);
      throw error;
    });
    use(reply);
    welcome.value = reply.config;
  };
  return alone("arrive", greet);
}

/**
 * Do something while no other tab of this browser does it. Where locks are missing or denied (no secure context, no
 * storage for frames of other sites) it is simply done: the server knows repeats.
 * @template T @param {string} what @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function alone(what, work) {
  let begun = false;
  try {
    return await navigator.locks.request(kept(what), () => { begun = true; return work(); });
  } catch (error) {
    if (begun) throw error;
    return work();
  }
}

/**
 * The host page says who is signed in here, or that nobody is any more (`null`).
 * A word of theirs that is not good changes nothing.
 * @param {string | null} jwt @returns {Promise<boolean>} whether what is still unsent may go along
 */
export async function identify(jwt) {
  const wasNobody = !recall(kept("known"), false);
  await arrived;
  await alone("arrive", async () => {
    if (jwt) use(await post("/widget/identify", { token: token.value, jwt }));
    else {
      await post("/widget/reset", { token: token.value });
      keep(kept("token"), null);
    }
    keep(kept("known"), !!jwt);
  });
  return wasNobody && !!jwt;
}
