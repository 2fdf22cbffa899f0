/** One entry of the timeline, by kind, with its time and its delivery. */
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { retry, takeBack } from "../outbox.js";
import { addWords, write } from "../drafts.js";
import { me, queueName } from "../session.js";
import { customer, log } from "../timeline.js";
import { rich, t, words } from "../words.js";
import { Attachments } from "./attachments.js";
import { channelLook, channelName, personName, Time } from "./common.js";
import { jumpTo } from "./timeline.js";

/** @typedef {import("../../shared/types").Entry} Entry */
/** @typedef {Extract<import("../rows.js").Row, { type: "entry" }>} EntryRowData */

/** @param {import("../../shared/types").Actor | undefined} actor */
const isMe = (actor) => actor?.kind === "agent" && actor.id === me.value?.id;

/** A person's name, or "you". @param {import("../../shared/types").Actor | undefined} actor */
export function nameOf(actor) {
  if (isMe(actor)) return t("entry.you");
  if (actor?.kind === "queue") return queueName(actor);
  if (actor?.kind === "customer") return actor.name || personName(customer.value); // its id is an address, not the person
  return actor?.name ?? "";
}

const URLS = /\bhttps?:\/\/[^\s<>"'，。；）】」]+[^\s<>"'，。；）】」.,;:!?)\]]/g;

/** Text with its links made links; nothing else of it is believed. @param {{ text: string }} props */
export function Words({ text }) {
  /** @type {any[]} */
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(URLS)) {
    parts.push(text.slice(from, match.index), html`<a href=${match[0]} target="_blank" rel="noopener noreferrer nofollow">${match[0]}</a>`);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** @type {Record<string, string>} */
const TICKS = { queued: "clock", sending: "clock", sent: "check", delivered: "check-check", read: "check-check", failed: "circle-x", unknown: "circle-help" };

/** How far a message got: an icon and a word. @param {{ delivery: import("../../shared/types").Delivery }} props */
function Tick({ delivery }) {
  const { state, reason, at } = delivery;
  const word = state === "failed" && reason ? t("delivery.failed_because", { reason }) : t(`delivery.${state}`);
  return html`<span class=${`tick ${state}`} title=${at ? `${word} ${words.value.full(at)}` : word}><${Icon} name=${TICKS[state] ?? "circle-help"} size="s" />${word}</span>`;
}

/** @param {{ entry: Entry }} props */
function Meta({ entry }) {
  const delivery = entry.deliveries.at(-1);
  return html`<div class="m"><${Time} at=${entry.at} />${delivery && entry.direction === "out" && entry.author.kind !== "bot" ? html`<${Tick} delivery=${delivery} />` : null}</div>`;
}

/** @param {{ row: EntryRowData, struck: boolean }} props */
export function EntryRow({ row, struck }) {
  const { entry } = row;
  const look = channelLook(entry.channel);
  const side = entry.kind === "note" ? "note" : entry.author.kind === "bot" ? "bot" : entry.author.kind === "customer" ? "them" : "us";
  const classes = `e ${look.hue} ${side} ${row.knot ? "gap" : ""} ${row.last ? "now" : ""} ${struck ? "struck" : ""}`;
  return html`<li class=${classes} data-entry=${entry.id} tabindex="-1">
    ${row.knot ? html`<${Knot} entry=${entry} icon=${look.icon} />` : html`<span></span>`}
    <div class="b"><${EntryBody} row=${row} /></div><${RightColumn} row=${row} /></li>`;
}

/** @param {{ entry: Entry, icon: string }} props */
function Knot({ entry, icon }) {
  if (entry.kind === "note") return html`<span class="knot k-note"><${Icon} name="sticky-note" size="s" /></span>`;
  if (entry.kind === "handoff") return html`<span class="knot k-sys"><${Icon} name="arrow-right-left" size="s" /></span>`;
  if (entry.kind === "status" || entry.kind === "system" || entry.kind === "bot") return html`<span class="knot k-sys"><${Icon} name=${lineIcon(entry)} size="s" /></span>`;
  return html`<span class="knot"><${Icon} name=${icon} size="s" /></span>`;
}

/** @param {Entry} entry */
function lineIcon(entry) {
  const code = entry.body.code ?? entry.body.event ?? "";
  /** @type {Record<string, string>} */
  const icons = { resolved: "check", reopened: "rotate-ccw", link_opened: "qr-code", language_detected: "languages", claim_left: "at-sign", flow_abandoned: "workflow", closed_by_customer: "x", customer_left: "log-out", nobody_there: "moon", transferred: "arrow-right-left" };
  return icons[code] ?? "info";
}

/** @param {{ row: EntryRowData }} props */
function RightColumn({ row }) {
  const accepted = row.handoff?.accepted ?? row.handoff?.acknowledged;
  const lead = row.handoff ? (row.handoff.acknowledged?.body.lead_ms ?? accepted?.body.lead_ms) : null;
  if (row.entry.kind === "handoff" && lead) return html`<div class="m"><span title=${t("handoff.lead_hint")}>${t("handoff.lead", { seconds: Math.round(lead / 1000) })}</span></div>`;
  return html`<${Meta} entry=${row.entry} />`;
}

/** @param {{ row: EntryRowData }} props */
function EntryBody({ row }) {
  const { entry } = row;
  if (entry.kind === "message" || entry.kind === "note") return html`<${Message} entry=${entry} named=${row.named} />`;
  if (entry.kind === "form") return html`<${FormCard} entry=${entry} />`;
  if (entry.kind === "handoff") return html`<${HandoffLine} row=${row} />`;
  return html`<p class="line">${lineWords(entry)}</p>`;
}

/** @param {{ entry: Entry, named: boolean }} props */
function Message({ entry, named }) {
  const bot = entry.author.kind === "bot";
  const where = entry.kind === "note" ? t("entry.note") : bot ? t("entry.bot", { channel: channelName(entry.channel) }) : entry.channel === "chat" ? "" : channelName(entry.channel);
  return html`
    ${named ? html`<p class="who">${bot ? html`<${Icon} name="bot" size="s" />` : null}<b>${nameOf(entry.author)}</b> ${where}</p>` : html`<span class="vh">${nameOf(entry.author)}</span>`}
    ${entry.body.text ? html`<p class="say" dir="auto"><${Words} text=${entry.body.text} /></p>` : null}
    ${entry.attachments.length ? html`<${Attachments} items=${entry.attachments} />` : null}
    ${entry.body.choices?.length ? html`<p class="choices" aria-label=${t("entry.choices")}>${entry.body.choices.map((choice) => html`<span class="badge line" key=${choice.value}>${choice.label}</span>`)}</p>` : null}`;
}

/** What the bot collected, as a card; each value leads to where it was said. @param {{ entry: Entry }} props */
function FormCard({ entry }) {
  const named = new Set((entry.body.fields ?? []).map((field) => field.attachment_id).filter(Boolean));
  const around = log.value.order.filter((one) => one.conversation_id === entry.conversation_id).flatMap((one) => one.attachments);
  const pictures = [...entry.attachments, ...around.filter((file) => named.has(file.id))].filter((file) => file.inline && file.state !== "refused");
  const shown = new Set(pictures.map((file) => file.id));
  const fields = (entry.body.fields ?? []).filter((field) => !shown.has(String(field.attachment_id ?? field.value)));
  return html`<p class="who"><${Icon} name="bot" size="s" /><b>${nameOf(entry.author)}</b> ${entry.body.title ?? ""}</p>
    <div class="form"><dl>${fields.map((field) => html`<dt key=${`${field.name}-t`}>${field.label}</dt><dd key=${field.name}>${field.entry_id ? html`<button type="button" class="src" title=${t("brief.source")} onClick=${() => jumpTo(field.entry_id ?? "")}>${show(field.value)}</button>` : show(field.value)}</dd>`)}</dl>
      ${pictures.length ? html`<${Attachments} items=${pictures.slice(0, 1)} small />` : null}</div>`;
}

/** @param {unknown} value */
export function show(value) {
  if (value === null || value === undefined || value === "") return html`<span class="c-warn nowrap"><${Icon} name="circle-alert" size="s" /> ${t("brief.missing")}</span>`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {{ row: EntryRowData }} props */
function HandoffLine({ row }) {
  const { entry, handoff } = row;
  const { state, from, to, reason, summary } = entry.body;
  const bold = (/** @type {string} */ text) => html`<b>${text}</b>`;
  const names = { from: bold(nameOf(from)), to: bold(nameOf(to)), name: bold(nameOf(entry.author)) };
  const sentence = state === "requested" ? rich(from?.kind === "bot" ? "handoff.by_bot" : isMe(from) ? "handoff.by_you" : "handoff.by_agent", names) : rich(isMe(entry.author) && state === "accepted" ? "handoff.you_accepted" : `handoff.${state}`, names);
  const { accepted, acknowledged, over } = handoff ?? {};
  return html`<p class="line">${sentence} ${state !== "requested" ? null
      : acknowledged ? html`<span class="c-ok nowrap"><${Icon} name="check" size="s" />${t(isMe(acknowledged.author) ? "handoff.you_acknowledged_at" : "handoff.acknowledged_at", { name: acknowledged.author.name, time: words.value.time(acknowledged.at) })}</span>`
      : accepted ? html`<span class="nowrap"><${Icon} name="check" size="s" />${t(isMe(accepted.author) ? "handoff.you_accepted_at" : "handoff.accepted_at", { name: accepted.author.name, time: words.value.time(accepted.at) })}</span>`
      : over ? null : html`<span class="muted nowrap"><${Icon} name="clock" size="s" />${t("handoff.waiting")}</span>`}</p>
    ${reason && from?.kind === "agent" ? html`<p class="line small"><span class="muted">${t("handoff.reason")}</span> ${reason}</p>` : null}
    ${summary && from?.kind === "agent" ? html`<p class="say summary" dir="auto">${summary}</p>` : null}`;
}

/** Facts without an author, in words. @param {Entry} entry @returns {any} */
function lineWords(entry) {
  const { body, author } = entry;
  const params = body.params ?? {};
  const key = entry.kind === "status" ? `status.${body.code}` : entry.kind === "bot" ? `bot.${body.event}` : `system.${body.code}`;
  if (!words.value.has(key)) return body.text ?? body.code ?? body.event ?? entry.kind;
  /** @type {Record<string, unknown>} */
  const values = { ...params, name: nameOf(author), flow: String(body.title ?? body.flow ?? params.flow ?? "") };
  if (typeof params.language === "string") values.language = words.value.language(params.language);
  if (params.claimed && typeof params.claimed === "object") {
    const claimed = Object.values(params.claimed).filter(Boolean).join(", ");
    return html`${t(key, values)}${claimed ? html` <span class="muted">${t("system.claimed", { claimed })}</span>` : null}`;
  }
  return t(key, values);
}

/** A reply that is not with the server yet. @param {{ one: import("../outbox.js").Outgoing }} props */
export function PendingRow({ one }) {
  function back() {
    const taken = takeBack(one.key);
    if (!taken) return;
    if (taken.kind === "note") write(taken.conversation, { mode: "note", note: taken.text });
    else addWords(taken.conversation, taken.text);
  }
  const failed = one.state === "failed";
  return html`<li class=${`e ${channelLook(one.channel).hue} ${one.kind === "note" ? "note" : "us"} pending now`} data-pending=${one.key}>
    <span></span><div class="b"><p class="who"><b>${t("entry.you")}</b> ${one.kind === "note" ? t("entry.note") : ""}</p>
      ${one.text ? html`<p class="say" dir="auto"><${Words} text=${one.text} /></p>` : null}
      ${one.attachments.length ? html`<${Attachments} items=${one.attachments} />` : null}
      ${failed ? html`<p class="row retry" role="alert"><span class="tick failed"><${Icon} name="circle-x" size="s" />${t("outbox.failed")} ${one.reason}</span>
        <button type="button" class="btn sm" onClick=${() => retry(one.key)}>${t("action.again")}</button><button type="button" class="btn sm ghost" onClick=${back}>${t("outbox.back")}</button></p>` : null}</div>
    <div class="m"><${Time} at=${new Date(one.at).toISOString()} />${failed ? null : html`<span class="tick"><${Icon} name="clock" size="s" />${t(`outbox.${one.state}`)}</span>`}</div></li>`;
}
