/** The brief of the conversation in front: what the handoff tells the one who receives it. */
import { effect, signal } from "@preact/signals";
import { asProblem } from "../shared/api.js";
import { keep, recall } from "../shared/kept.js";
import { api } from "./session.js";
import { current } from "./timeline.js";
import { say } from "./toasts.js";
import { sayProblem } from "./words.js";

/** @typedef {import("../shared/types").Brief} Brief */

/** @type {import("@preact/signals").Signal<{ handoff: string, state: "loading" | "ready" | "none" | "error", brief: Brief | null }>} */
export const brief = signal({ handoff: "", state: "none", brief: null });
/** When an opening sentence was used, by handoff. @type {import("@preact/signals").Signal<Record<string, string>>} */
export const openingUsed = signal(recall("openings", {}));

/** @param {string} handoff */
export async function fetchBrief(handoff) {
  const known = brief.peek().handoff === handoff ? brief.peek().brief : null;
  brief.value = { handoff, state: known ? "ready" : "loading", brief: known };
  try {
    const found = await api.get(`/handoffs/${handoff}/brief`);
    if (brief.peek().handoff === handoff) brief.value = { handoff, state: "ready", brief: found };
  } catch (error) {
    const problem = asProblem(error);
    if (brief.peek().handoff === handoff && !known) brief.value = { handoff, state: problem.status === 404 || problem.status === 403 ? "none" : "error", brief: null };
  }
}

/** "hnd_x:accepted": whichever part changes, the brief is asked for again. */
let seen = "";
effect(() => {
  const handoff = current.value?.handoff;
  const mark = handoff ? `${handoff.id}:${handoff.state}` : "";
  if (mark === seen) return;
  seen = mark;
  if (handoff) void fetchBrief(handoff.id);
  else brief.value = { handoff: "", state: "none", brief: null };
});

/** Say that one has read it. */
export async function acknowledge() {
  const { handoff, brief: found } = brief.value;
  if (!handoff || !found) return;
  try {
    await api.post(`/handoffs/${handoff}/acknowledge`);
    if (brief.value.handoff === handoff) brief.value = { ...brief.value, brief: { ...found, acknowledged_at: new Date(api.now()).toISOString() } };
    await fetchBrief(handoff);
  } catch (error) {
    say(sayProblem(asProblem(error)), { tone: "danger" });
  }
}

/** @param {string} handoff */
export function useOpening(handoff) {
  const kept = Object.entries(openingUsed.value).slice(-100);
  openingUsed.value = { ...Object.fromEntries(kept), [handoff]: new Date(api.now()).toISOString() };
  keep("openings", openingUsed.value);
}
