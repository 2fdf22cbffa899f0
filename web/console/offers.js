/** Offers: one card at a time, painted before it is answered, closed everywhere when it is over. */
import { computed, effect, signal } from "@preact/signals";
import { asProblem } from "../shared/api.js";
import { list } from "./inbox.js";
import { chime, notify } from "./signals.js";
import { api, me } from "./session.js";
import { go, pathOf } from "./router.js";
import { say } from "./toasts.js";
import { personName } from "./views/common.js";
import { sayProblem, t } from "./words.js";

/** @typedef {import("../shared/types").Offer} Offer */

/** @type {import("@preact/signals").Signal<Offer[]>} */
export const offers = signal([]);
/** The server's clock, ticking while something counts down. */
export const clockNow = signal(Date.now());
/** The offer being answered. */
export const answering = signal("");

export const live = computed(() => offers.value.filter((one) => one.state === "live" && Date.parse(one.expires_at) > clockNow.value - 1500));
/** The one whose card is shown: the one that runs out first. */
export const front = computed(() => [...live.value].sort((a, b) => (a.expires_at < b.expires_at ? -1 : 1))[0] ?? null);

/** @param {Offer} offer */
export const secondsLeft = (offer) => Math.max(0, (Date.parse(offer.expires_at) - clockNow.value) / 1000);

let ticking = /** @type {ReturnType<typeof setInterval> | null} */ (null);
effect(() => {
  const needed = offers.value.length > 0;
  if (needed && ticking === null) ticking = setInterval(() => (clockNow.value = api.now()), 250);
  if (!needed && ticking !== null) {
    clearInterval(ticking);
    ticking = null;
  }
});

/** Fetch what is offered to us: at start and after every reconnection. */
export async function fetchOffers() {
  try {
    const page = await api.get("/offers");
    clockNow.value = api.now();
    const before = new Set(offers.value.map((one) => one.id));
    offers.value = (page.items ?? []).filter((/** @type {Offer} */ one) => one.state === "live");
    list(offers.value.map((one) => one.conversation));
    const fresh = offers.value.find((one) => !before.has(one.id));
    if (fresh) announce(fresh);
  } catch (error) {
    asProblem(error);
  }
}

/** @param {Offer} offer */
export function offered(offer) {
  clockNow.value = api.now();
  const known = offers.value.some((one) => one.id === offer.id);
  offers.value = [...offers.value.filter((one) => one.id !== offer.id), offer];
  list([offer.conversation]);
  if (!known) announce(offer);
}

/** @param {Offer} offer */
function announce(offer) {
  chime();
  notify(t("offer.notification", { name: personName(offer.conversation.customer) }), offer.brief?.wants[0]?.text ?? offer.conversation.topic ?? "", () => go(pathOf(offer.conversation)));
}

/** @param {{ id: string, state: string, winner: { id: string, name: string } | null }} news */
export function over(news) {
  const known = offers.value.find((one) => one.id === news.id);
  offers.value = offers.value.filter((one) => one.id !== news.id);
  if (!known || answering.value === news.id) return;
  const name = personName(known.conversation.customer);
  if (news.winner && news.winner.id !== me.value?.id) say(t("offer.lost", { winner: news.winner.name, name }));
  else if (news.state === "expired") say(t("offer.expired", { name }));
  else if (news.state === "withdrawn") say(t("offer.withdrawn", { name }));
}

const paintedIds = new Set();

/** The brief is on the screen: tell the server, once, which starts the lead time. @param {Offer} offer */
export function painted(offer) {
  if (paintedIds.has(offer.id)) return;
  paintedIds.add(offer.id);
  api.post(`/offers/${offer.id}/painted`).catch((error) => {
    paintedIds.delete(offer.id);
    asProblem(error);
  });
}

/** @param {Offer} offer @param {{ follow?: boolean }} [how] */
export async function accept(offer, { follow = true } = {}) {
  if (answering.value) return;
  answering.value = offer.id;
  try {
    const conversation = await api.post(`/offers/${offer.id}/accept`);
    list([conversation]);
    if (follow) go(pathOf(conversation));
  } catch (error) {
    const problem = asProblem(error);
    const name = personName(offer.conversation.customer);
    say(problem.winner ? t("offer.lost", { winner: problem.winner.name, name }) : sayProblem(problem), { tone: "danger" });
    if (problem.isPassing) return;
  } finally {
    answering.value = "";
  }
  offers.value = offers.value.filter((one) => one.id !== offer.id);
}

/** @param {Offer} offer */
export async function decline(offer) {
  if (answering.value) return;
  answering.value = offer.id;
  try {
    await api.post(`/offers/${offer.id}/decline`, {});
  } catch (error) {
    const problem = asProblem(error);
    if (problem.isPassing) {
      say(sayProblem(problem), { tone: "danger" });
      return;
    }
  } finally {
    answering.value = "";
  }
  offers.value = offers.value.filter((one) => one.id !== offer.id);
}

/** The clock ran out here; the server says the same on its own. */
effect(() => {
  const dead = offers.value.filter((one) => Date.parse(one.expires_at) < clockNow.value - 4000);
  if (dead.length) offers.value = offers.value.filter((one) => !dead.includes(one));
});
