/** One conversation in the list. */
import { clock } from "../../shared/i18n.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { secondsLeft } from "../offers.js";
import { waitsForUs } from "../inbox.js";
import { pathOf } from "../router.js";
import { me } from "../session.js";
import { open, typing } from "../timeline.js";
import { t } from "../words.js";
import { Avatar, channelLook, personName, Time } from "./common.js";

/** @typedef {import("../../shared/types").Conversation} Conversation */

/** What was said last, and by whom if not by the customer. @param {Conversation} one */
function snippet(one) {
  const { last } = one;
  if (!last) return one.topic || t("row.nothing");
  const text = last.text || t("entry.photo");
  if (last.author.kind === "agent" && last.author.id === me.value?.id) return t("row.you", { text });
  if (last.author.kind === "customer") return text;
  if (last.author.kind === "bot") return t("row.bot", { text });
  return last.author.name ? t("row.by", { name: last.author.name, text }) : text;
}

/** @param {{ one: Conversation, now: number }} props */
export function Row({ one, now }) {
  const here = open.value?.conversation === one.id;
  const inQueue = one.owner.kind === "queue" && one.waiting_since;
  const mine = one.owner.kind === "agent" && one.owner.id === me.value?.id;
  const [text, name] = [snippet(one), personName(one.customer)];
  return html`<li><a class=${`cv ${one.unread && mine ? "unread" : ""} ${channelLook(one.channel).hue}`} href=${pathOf(one)} data-conversation=${one.id} aria-current=${here ? "true" : undefined}>
    <${Avatar} id=${one.customer.id} name=${name} channel=${one.channel} />
    <span class="nm cut" title=${name}>${name}</span>
    ${inQueue && now ? html`<time class="tm" title=${t("row.waiting")}>${clock((now - Date.parse(one.waiting_since ?? "")) / 1000)}</time>` : html`<${Time} class="tm" short at=${one.last?.at ?? one.updated_at} />`}
    <span class="sn cut" title=${text}>${text}</span>
    <${Flag} one=${one} now=${now} mine=${mine} />
  </a></li>`;
}

/** @param {{ one: Conversation, now: number, mine: boolean }} props */
function Flag({ one, now, mine }) {
  const types = typing.value[one.id];
  if (types?.kind === "customer") return html`<span class="fl muted">${t("row.typing")}</span>`;
  if (one.unread && mine) return html`<span class="fl"><span class="dot accent"></span><span class="vh">${t("list.unread_n", { n: one.unread })}</span></span>`;
  const minutes = one.last ? Math.floor((now - Date.parse(one.last.at)) / 60000) : 0;
  if (mine && waitsForUs(one) && now && minutes >= 3) return html`<span class="fl c-warn" title=${t("row.waits")}><${Icon} name="clock" size="s" /><span class="num">${minutes < 60 ? t("row.minutes", { n: minutes }) : t("row.hours", { n: Math.floor(minutes / 60) })}</span></span>`;
  if (one.status === "resolved") return html`<span class="fl muted"><${Icon} name="check" size="s" /><span class="vh">${t("list.filter.resolved")}</span></span>`;
  if (one.owner.kind === "agent" && !mine) return html`<span class="fl muted cut owner" title=${t("row.with", { name: one.owner.name })}>${one.owner.name.split(" ")[0]}</span>`;
  if (one.owner.kind === "bot") return html`<span class="fl muted" title=${t("row.with", { name: one.owner.name })}><${Icon} name="bot" size="s" /><span class="vh">${one.owner.name}</span></span>`;
  return html`<span class="fl"></span>`;
}

/** @param {{ offer: import("../../shared/types").Offer, now: number }} props */
export function OfferRow({ offer, now }) {
  const one = offer.conversation;
  const text = offer.brief?.wants[0]?.text ?? (one.topic || snippet(one));
  const name = personName(one.customer);
  return html`<li><a class=${`cv unread ${channelLook(one.channel).hue}`} href=${pathOf(one)} aria-current=${open.value?.conversation === one.id ? "true" : undefined}>
    <${Avatar} id=${one.customer.id} name=${name} channel=${one.channel} />
    <span class="nm cut" title=${name}>${name}</span><time class="tm">${clock((now - Date.parse(one.waiting_since ?? offer.created_at)) / 1000)}</time>
    <span class="sn cut" title=${text}>${text}</span><span class="fl"><span class="badge ch num">${t("row.offer_left", { seconds: Math.ceil(secondsLeft(offer)) })}</span></span>
  </a></li>`;
}
