/** The side panel: the brief, the customer, their other conversations. */
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { acknowledge, brief, fetchBrief, openingUsed, useOpening } from "../brief.js";
import { addWords } from "../drafts.js";
import { pane, pathOf, pathTo } from "../router.js";
import { current, customer, extent, isMine, log, open, siblings } from "../timeline.js";
import { t, words } from "../words.js";
import { Attachments } from "./attachments.js";
import { Banner, channelLook, Empty, personName, Skeleton } from "./common.js";
import { show } from "./entry.js";
import { Panes } from "./thread.js";
import { jumpTo } from "./timeline.js";

/** @typedef {import("../../shared/types").Brief} Brief */

export function SidePane() {
  return html`<aside class="side" id="brief" aria-label=${t("side.name")}>
    <header class="whose"><a class="back" href=${pathTo()} aria-label=${t("thread.back")}><${Icon} name="arrow-left" /></a><b class="cut">${personName(customer.value ?? current.value?.customer)}</b></header>
    <${Panes} />
    <${BriefSection} />
    <${CustomerSection} />
    <${Others} />
  </aside>`;
}

/** Follow a source into the timeline. @param {string | null | undefined} id */
export function toSource(id) {
  if (!id) return;
  pane.value = "thread";
  void jumpTo(id);
}

function BriefSection() {
  const { state, brief: found, handoff } = brief.value;
  if (extent.value.state === "loading") return html`<section class="sec"><${Skeleton} rows=${3} label=${t("brief.loading")} /></section>`;
  if (state === "loading") return html`<section class="sec"><h2>${t("brief.title")}</h2><${Skeleton} rows=${3} label=${t("brief.loading")} /></section>`;
  if (state === "error") return html`<section class="sec"><h2>${t("brief.title")}</h2><${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow">${t("brief.failed")}</span><button type="button" class="btn sm" onClick=${() => fetchBrief(handoff)}>${t("action.again")}</button><//></section>`;
  if (!found) return html`<section class="sec"><h2>${t("brief.title")}</h2><p class="muted">${t("brief.none")}</p></section>`;
  return html`<section class="sec"><h2>${t("brief.title")}${found.acknowledged_at ? html`<span class="badge ok"><${Icon} name="check" size="s" />${t("brief.acknowledged", { time: words.value.time(found.acknowledged_at) })}</span>` : found.mood === "upset" ? html`<${Mood} />` : null}</h2>
    <${BriefLines} found=${found} />
    <${Needs} found=${found} />
    ${found.flow && isUnfinished(found.flow) ? html`<${FlowCard} flow=${found.flow} />` : null}
    ${found.opening ? html`<${Opening} found=${found} />` : null}
    ${!found.acknowledged_at && isMine.value && current.value?.status === "open" ? html`<button type="button" class="btn primary wide ack" onClick=${acknowledge}><${Icon} name="check" />${t("brief.acknowledge")}</button>` : null}</section>`;
}

/** The customer is upset: say so before the first word. */
export function Mood() {
  return html`<span class="badge warn"><${Icon} name="circle-alert" size="s" />${t("brief.upset")}</span>`;
}

/** @typedef {import("../../shared/types").BriefLine} BriefLine */

/** A line in words: codes of the server become sentences, labels of a form stay as they are. @param {BriefLine} line @param {boolean} bold */
function lineText(line, bold) {
  const key = `brief.tried.${line.label}`;
  if (words.value.has(key)) return html`<span dir="auto">${t(key, { text: line.text, from: line.from ?? "" })}</span>`;
  const label = line.label === "file" ? t("brief.file") : line.label === "said" ? "" : line.label;
  return html`${label && !bold ? html`<span class="muted">${label}${t("brief.colon")}</span>` : null}<span dir="auto">${line.text}</span>`;
}

/** Pictures among what was given, once each. @param {BriefLine[]} lines @returns {import("../../shared/types").Attachment[]} */
function pictures(lines) {
  const found = new Map(lines.filter((line) => line.attachment_id && line.inline !== false).map((line) => [line.attachment_id, line]));
  const known = log.value.order.flatMap((entry) => entry.attachments);
  return [...found].map(([id, line]) => known.find((file) => file.id === id) ?? { id: id ?? "", name: line.text, media_type: "image/*", bytes: 0, inline: true, url: `/api/v1/files/${id}` })
    .filter((file) => file.inline);
}

/** @param {{ lines: BriefLine[], bold?: boolean }} props */
function Lines({ lines, bold = false }) {
  return lines.map((line, index) => {
    const text = lineText(line, bold);
    return html`<span class=${`bl ${bold && index === 0 ? "strong" : ""}`} key=${index}>${line.entry_id ? html`<button type="button" class="src" title=${t("brief.source")} onClick=${() => toSource(line.entry_id)}>${text}</button>` : text}</span>`;
  });
}

/** A flow the customer did not get to the end of. @param {Brief["flow"]} flow */
export const isUnfinished = (flow) => flow !== null && flow.state !== "done" && flow.state !== "escalated" && flow.slots.length > 0;

/** Whether the summary says more than the form does: a bot's repeats it, a colleague's does not. @param {Brief} found */
function isOwnWords(found) {
  const repeats = found.given.filter((line) => line.label !== "file");
  return Boolean(found.summary) && !(repeats.length && repeats.every((line) => found.summary?.includes(String(line.text))));
}

/** Wants, tried, given. @param {{ found: Brief }} props */
export function BriefLines({ found }) {
  const shown = pictures(found.given);
  const files = new Set(shown.map((file) => file.id));
  const inFlow = new Set(isUnfinished(found.flow) ? found.flow?.slots.map((slot) => `${slot.label}:${slot.value}`) : []);
  const given = found.given.filter((line) => !inFlow.has(`${line.label}:${line.text}`) && (!line.attachment_id || !files.has(line.attachment_id)));
  const says = isOwnWords(found) ? found.summary : "";
  return html`<dl class="brief">
    ${says ? html`<dt>${t("brief.summary")}</dt><dd dir="auto" class="strong">${says}</dd>` : null}
    ${says && found.reason ? html`<dt>${t("brief.reason")}</dt><dd dir="auto">${found.reason}</dd>` : null}
    ${found.wants.length ? html`<dt>${t("brief.wants")}</dt><dd><${Lines} lines=${found.wants} bold /></dd>` : null}
    ${found.tried.length ? html`<dt>${t("brief.tried")}</dt><dd><${Lines} lines=${found.tried} /></dd>` : null}
    ${given.length || shown.length ? html`<dt>${t("brief.given")}</dt><dd><${Lines} lines=${given} />${shown.length ? html`<${Attachments} items=${shown.slice(0, 3)} small />` : null}</dd>` : null}
  </dl>`;
}

/** @param {{ found: Brief, still?: boolean }} props */
export function Needs({ found, still = false }) {
  if (!found.needs.length) return null;
  return html`<p class="needs" aria-label=${t("brief.needs")}>${found.needs.map((need) => still || !need.entry_id ? html`<span class="need" key=${need.tag}>${need.label}</span>`
    : html`<button type="button" class="need" key=${need.tag} title=${t("brief.source")} onClick=${() => toSource(need.entry_id)}>${need.label}<${Icon} name="arrow-up-right" size="s" /></button>`)}</p>`;
}

/** A flow the customer began: how far it got, with what. @param {{ flow: import("../../shared/types").BriefFlow }} props */
export function FlowCard({ flow }) {
  const steps = Math.max(0, Math.min(12, flow.steps));
  const done = flow.state === "done";
  return html`<div class="resume"><p class="row"><b class="cut">${flow.title}</b><span class=${`end nowrap ${done ? "c-ok" : "c-warn"}`}>${done ? html`<${Icon} name="check" size="s" /> ${t("flow.done")}` : t("flow.step", { step: flow.step, steps: flow.steps })}</span></p>
    <span class="meter ch-chat" aria-hidden="true">${Array.from({ length: steps }, (_, index) => html`<b key=${index} class=${index < flow.step ? "on" : ""}></b>`)}</span>
    ${flow.slots.length ? html`<dl>${flow.slots.map((slot) => html`<dt key=${`${slot.name}-t`}>${slot.label}</dt><dd key=${slot.name} class="num">${slot.entry_id && slot.value !== null ? html`<button type="button" class="src" title=${t("brief.source")} onClick=${() => toSource(slot.entry_id)}>${show(slot.value)}</button>` : show(slot.value)}</dd>`)}</dl>` : null}</div>`;
}

/** @param {{ found: Brief }} props */
function Opening({ found }) {
  const used = openingUsed.value[found.handoff_id];
  const one = current.value;
  function use() {
    if (!one || !found.opening) return;
    addWords(one.id, found.opening);
    useOpening(found.handoff_id);
    pane.value = "thread";
    requestAnimationFrame(() => document.getElementById("reply")?.focus());
  }
  return html`<blockquote class="opening"><span lang=${found.language ?? undefined}>${t("brief.quoted", { text: found.opening ?? "" })}</span><footer><${Icon} name="quote" size="s" /><span class="grow">${used ? t("brief.opening_used", { time: words.value.time(used) }) : t("brief.opening")}</span>
    ${isMine.value && one?.status === "open" ? html`<button type="button" class="btn sm" onClick=${use}>${t("brief.use")}</button>` : null}</footer></blockquote>`;
}

/** @type {Record<string, string>} */
const SCHEMES = { visitor: "message-circle", mailto: "mail", tel: "phone", user: "user-round", loopback: "route" };

/** How well one knows who this is, from the brief or from the customer's own addresses. */
function CustomerSection() {
  const person = customer.value;
  if (!person) return null;
  const proof = brief.value.brief?.customer.proof;
  const known = person.addresses.filter((address) => address.scheme !== "visitor");
  const facts = Object.entries(person.attributes ?? {}).filter(([, value]) => typeof value !== "object");
  return html`<section class="sec"><h2>${t("side.customer")}${proof ? html`<span class=${`badge ${proof === "proven" ? "ok" : ""}`}><${Icon} name=${proof === "proven" ? "shield-check" : "shield"} size="s" />${t(`proof.${proof}`)}</span>` : null}</h2>
    <ul class="facts">
      ${known.map((address) => html`<li key=${address.id}><${Icon} name=${SCHEMES[address.scheme] ?? "at-sign"} size="s" /><span class="cut num" title=${address.value}>${address.label ?? address.value}</span></li>`)}
      ${person.claims.map((claim) => html`<li key=${claim.id}><${Icon} name=${SCHEMES[claim.scheme] ?? "at-sign"} size="s" /><span class="cut" title=${claim.value}>${claim.value}</span><span class="small muted end nowrap" title=${t("side.claimed_hint")}>${t("side.claimed")}</span></li>`)}
      ${person.language ? html`<li><${Icon} name="languages" size="s" /><span>${words.value.language(person.language)}</span></li>` : null}
      ${facts.slice(0, 8).map(([key, value]) => html`<li key=${key}><span class="muted cut">${key}</span><span class="cut end">${String(value)}</span></li>`)}
      <li class="muted"><${Icon} name="clock" size="s" /><span>${t("side.since", { day: words.value.day(person.created_at) })}</span></li>
    </ul></section>`;
}

function Others() {
  const others = siblings.value.filter((one) => one.id !== open.value?.conversation);
  return html`<section class="sec"><h2>${t("side.others")}<span class="num">${others.length || ""}</span></h2>
    ${others.length ? others.slice(0, 12).map((one) => html`<a class=${`ref ${channelLook(one.channel).hue}`} key=${one.id} href=${pathOf(one)}><span class="c-ch"><${Icon} name=${channelLook(one.channel).icon} size="s" /></span><span class="cut" title=${one.topic ?? ""}>${one.topic || t("timeline.untitled")}</span><span class="small muted num">${one.status === "open" ? t("list.filter.open") : words.value.brief(one.resolved_at ?? one.opened_at)}</span></a>`)
      : html`<p class="muted">${t("side.no_others")}</p>`}</section>`;
}

/** Beside no conversation there is nothing to say. */
export function NoSide() {
  return html`<aside class="side" id="brief" aria-label=${t("side.name")}><${Empty} icon="panel-right" level="h2" title=${t("side.nothing")} text=${t("side.nothing_hint")} /></aside>`;
}
