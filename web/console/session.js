/** Who is signed in, and the standing facts that come with it: queues, colleagues, dispositions. */
import { computed, signal } from "@preact/signals";
import { createApi, Problem } from "../shared/api.js";
import { keep, recall } from "../shared/kept.js";
import { applyTheme } from "../shared/theme.js";
import { config, prefix } from "./config.js";
import { firstLocale, speak } from "./words.js";

/** @typedef {import("../shared/types").Agent} Agent */
/** @typedef {import("../shared/types").AgentShort} AgentShort */
/** @template T @typedef {import("@preact/signals").Signal<T>} Signal */

/** @type {Signal<"starting" | "login" | "ready" | "failed">} */
export const phase = signal("starting");
/** @type {Signal<Agent | null>} */
export const me = signal(null);
/** @type {Signal<import("../shared/types").Queue[]>} */
export const queues = signal([]);
/** Every queue of the house, to hand over to and to name. @type {Signal<import("../shared/types").Queue[]>} */
export const everyQueue = signal([]);
/** @type {Signal<AgentShort[]>} */
export const agents = signal([]);
/** @type {Signal<import("../shared/types").Disposition[]>} */
export const dispositions = signal([]);
/** Why the login page is shown again, if for a reason. @type {Signal<"" | "over">} */
export const farewell = signal("");

let csrf = /** @type {string | null} */ (null);

export const api = createApi({ root: `${prefix}/api/v1`, csrf: () => csrf, onUnauthenticated: () => sessionOver() });

/** Settings with what stands for the unsaid. */
export const settings = computed(() => ({
  theme: "system", enter_sends: true, sound: true, desktop_notifications: false, ...(me.value?.settings ?? {}),
}));
export const isSupervisor = computed(() => me.value?.role === "supervisor" || me.value?.role === "admin");

/** @param {any} answer */
async function enter(answer) {
  csrf = answer.csrf;
  queues.value = answer.queues ?? [];
  if (!everyQueue.value.length) everyQueue.value = queues.value;
  agents.value = answer.agents ?? [];
  dispositions.value = answer.dispositions ?? [];
  me.value = answer.agent;
  applyTheme(settings.value.theme);
  keep("theme", settings.value.theme);
  await speak(answer.agent.locale ?? firstLocale());
  phase.value = "ready";
  void lookAround();
}

/** Fetch all queues and all colleagues as they are now. */
export async function lookAround() {
  try {
    const [some, all] = await Promise.all([api.get("/queues"), api.get("/agents")]);
    everyQueue.value = some.items;
    agents.value = all.items;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** A queue's name in the agent's language. @param {{ id: string, name: string } | null | undefined} queue */
export function queueName(queue) {
  return everyQueue.value.find((one) => one.id === queue?.id)?.name ?? queue?.name ?? "";
}

/** Begin: words first, then who one is. */
export async function start() {
  applyTheme(recall("theme", "system"));
  await speak(firstLocale());
  if (config.signed_in === false) phase.value = "login";
  else await look();
}

/** Ask the server who one is. */
export async function look() {
  try {
    await enter(await api.get("/me"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401 || error.status === 403) phase.value = "login";
    else if (phase.value === "starting") phase.value = "failed";
  }
}

/** Sign in; a problem is thrown to the form. @param {string} email @param {string} password */
export async function signIn(email, password) {
  await api.post("/login", { email, password });
  farewell.value = "";
  await enter(await api.get("/me"));
}

/** Leave, on this browser. What was typed stays here, by agent. */
export async function signOut() {
  try {
    await api.post("/logout");
  } finally {
    location.reload();
  }
}

/** The server no longer knows us: back to the door, with a word why. */
export function sessionOver() {
  if (phase.value !== "ready") return;
  farewell.value = "over";
  me.value = null;
  phase.value = "login";
}

/** Change something of one's own and keep it on the server. @param {Partial<Agent>} change */
export async function changeMe(change) {
  if (!me.value) return;
  const before = me.value;
  me.value = { ...before, ...change };
  try {
    const answer = await api.patch("/me", change);
    if (answer?.agent && me.value) me.value = { ...me.value, ...answer.agent };
  } catch (error) {
    me.value = before;
    throw error;
  }
}

/** Take offers, or stay away from them, until one says otherwise. @param {"online" | "away"} state */
export async function changeState(state) {
  keep(`state:${me.value?.id}`, state);
  await changeMe({ state });
}

/** A console that is there again takes up the state one chose last; who never chose, and has queues, is available. */
export async function resumeState() {
  const self = me.value;
  if (self?.state !== "offline") return;
  const chosen = recall(`state:${self.id}`, self.queues.length ? /** @type {const} */ ("online") : null);
  try {
    if (chosen) await changeMe({ state: chosen });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** @param {import("../shared/types").Settings} change */
export async function changeSettings(change) {
  const next = { ...(me.value?.settings ?? {}), ...change };
  if (change.theme) {
    applyTheme(change.theme);
    keep("theme", change.theme);
  }
  await changeMe({ settings: next });
}

/** @param {string} locale */
export async function changeLocale(locale) {
  await speak(locale);
  if (!me.value) return;
  await changeMe({ locale });
  await look();
}

/** A colleague's news. @param {AgentShort} agent */
export function agentChanged(agent) {
  const known = agents.value.some((one) => one.id === agent.id);
  agents.value = known ? agents.value.map((one) => (one.id === agent.id ? { ...one, ...agent } : one)) : [...agents.value, agent];
  if (me.value?.id === agent.id) me.value = { ...me.value, state: /** @type {any} */ (agent.state), load: agent.load ?? me.value.load };
}
