/** The offer card: the brief, a countdown, two answers. It lies over the side panel and never takes the focus. */
import { useEffect, useRef } from "preact/hooks";
import { clock } from "../../shared/i18n.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { accept, answering, clockNow, decline, front, live, painted, secondsLeft } from "../offers.js";
import { queueName } from "../session.js";
import { t, words } from "../words.js";
import { Avatar, keyName, personName } from "./common.js";
import { BriefLines, FlowCard, isUnfinished, Mood, Needs } from "./brief.js";

/** @typedef {import("../../shared/types").Offer} Offer */

export function OfferCard() {
  const offer = front.value;
  return html`${offer ? html`<${Card} key=${offer.id} offer=${offer} />` : null}<p class="vh" role="alert">${offer ? t("offer.spoken", { name: personName(offer.conversation.customer), queue: queueName(offer.conversation.queue), accept: keyName("alt+A"), decline: keyName("alt+D") }) : ""}</p>`;
}

/** @param {{ offer: Offer }} props */
function Card({ offer }) {
  const ring = useRef(/** @type {HTMLSpanElement | null} */ (null));
  const left = secondsLeft(offer);
  useEffect(() => {
    let second = 0;
    const first = requestAnimationFrame(() => (second = requestAnimationFrame(() => painted(offer))));
    return () => {
      cancelAnimationFrame(first);
      cancelAnimationFrame(second);
    };
  }, [offer.id]);
  useEffect(() => ring.current?.style.setProperty("--left", String(Math.min(100, (left / (offer.seconds || 30)) * 100))), [left]);

  const { conversation: one, brief } = offer;
  const name = personName(one.customer);
  const busy = answering.value === offer.id;
  const language = brief?.language ?? one.language;
  const since = brief?.waited_since ?? one.waiting_since ?? offer.created_at;
  const tone = left < 6 ? "danger" : left < 12 ? "warn" : "";
  return html`<section class=${`dialog offer ch-${one.channel}`} id="offer" role="alertdialog" aria-modal="false" aria-labelledby="offer-t" aria-describedby="offer-s" tabindex="-1">
    <header><${Avatar} id=${one.customer.id} name=${name} channel=${one.channel} size="l" /><h2 id="offer-t" class="cut" title=${name}>${name}</h2>
      <span class=${`count-ring ${tone}`} ref=${ring} role="timer" aria-live="off" aria-label=${t("offer.left", { n: Math.ceil(left) })}>${Math.ceil(left)}</span>
      <p class="small muted cut">${one.queue ? `${queueName(one.queue)} · ` : ""}${t("offer.waited", { time: clock((clockNow.value - Date.parse(since)) / 1000) })}</p></header>
    <div class="scroller" tabindex="0" role="group" aria-label=${t("brief.title")}>
      <div class="part tags">${brief?.customer.proof ? html`<span class=${`badge ${brief.customer.proof === "proven" ? "ok" : ""}`}><${Icon} name=${brief.customer.proof === "proven" ? "shield-check" : "shield"} size="s" />${t(`proof.${brief.customer.proof}`)}</span>` : null}
        ${language ? html`<span class="badge"><${Icon} name="languages" size="s" />${words.value.language(language)}</span>` : null}
        ${one.customer.tier ? html`<span class="badge"><${Icon} name="star" size="s" />${one.customer.tier}</span>` : null}
        ${brief?.mood === "upset" ? html`<${Mood} />` : null}</div>
      ${brief ? html`
        ${brief.wants.length || brief.tried.length || brief.given.length || brief.needs.length ? html`<div class="part" id="offer-s"><${BriefLines} found=${brief} /><${Needs} found=${brief} still /></div>` : null}
        ${brief.flow && isUnfinished(brief.flow) ? html`<div class="part"><h3>${t("flow.unfinished")}</h3><${FlowCard} flow=${brief.flow} /></div>` : null}
        ${brief.opening ? html`<div class="part"><h3>${t("offer.open_with")}</h3><p class="lead" lang=${brief.language ?? undefined}>${t("brief.quoted", { text: brief.opening })}</p></div>` : null}`
        : html`<div class="part" id="offer-s"><p>${one.last?.text ?? one.topic ?? ""}</p></div>`}
    </div>
    <footer><button type="button" class="btn" disabled=${busy} onClick=${() => decline(offer)}>${t("offer.decline")} <kbd>${keyName("alt+D")}</kbd></button>
      <button type="button" class="btn go" disabled=${busy} onClick=${() => accept(offer)}><${Icon} name="check" />${t("offer.accept")} <kbd>${keyName("alt+A")}</kbd></button></footer>
    <p class="small muted foot">${live.value.length > 1 ? t("offer.more", { n: live.value.length - 1 }) : t("offer.hint")}</p>
  </section>`;
}
