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
  const json = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(reply.status, json);
  return json;
}

/** @param {{ token: string, visitor: string }} account */
function use(account) {
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

/** The token stopped counting. */
export function forget() {
  token.value = null;
  keep(kept("token"), null);
}

/** The host page says who is signed in. @param {string} jwt */
export async function identify(jwt) {
  const reply = await post("/widget/identify", { token: token.value, jwt });
  if (reply?.token) use({ visitor: visitor.value, ...reply });
}
