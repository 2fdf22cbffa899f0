/** One entry, or one thing still on its way. Text is only ever text. */
import { html } from "../../shared/html.js";
import { linked } from "../linkify.js";
import { drop, retry } from "../outbox.js";
import { line, progress } from "../state.js";
import { t, when } from "../words.js";
import { Icon, later } from "./later.js";

/** @typedef {import("../types").Entry} Entry */
const Shown = later(() => import("./attached.js"), "Shown");
const Parcel = later(() => import("./attached.js"), "Parcel");

/** @param {string | number} at */
const clock = (at) => when(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** @param {{ text: string }} props */
function Text({ text }) {
  return linked(text).map((part) => (part.href
    ? html`<a href=${part.href} target="_blank" rel="noopener noreferrer nofollow">${part.text}</a>` : part.text));
}

/** What happened, in a line of its own. @param {Entry} entry @returns {[string, string] | null} icon and words */
function happening({ kind, body, author }) {
  const name = String(body.params?.name ?? body.params?.agent ?? body.to?.name ?? author.name ?? "");
  if (kind === "handoff") return body.state === "acknowledged" ? ["check", t("status.read", { name })] : null;
  const queue = body.params?.queue?.name ?? body.params?.queue;
  if (body.code === "queued") return ["users", typeof queue === "string" && queue ? t("status.queued", { queue }) : t("status.queued.plain")];
  if (body.code === "agent_joined") return ["user-round", t("status.agent_joined", { name })];
  if (body.code === "transferred") return name ? ["arrow-right-left", t("status.transferred", { name })] : null;
  if (body.code === "nobody_there") return ["clock", t("status.nobody_there")];
  if (body.code === "resolved" || body.code === "closed_by_customer") return ["circle-check", t(`status.${body.code}`)];
  return body.code === "reopened" ? ["message-circle", t("status.reopened")] : null;
}

/** @param {{ entry: Entry, first: boolean, last: boolean, state: string }} props */
export function EntryRow({ entry, first, last, state }) {
  if (entry.kind !== "message") {
    const said = happening(entry);
    return said && html`<p class="w-sys"><${Icon} name=${said[0]} size="s" /><span dir="auto">${said[1]}</span></p>`;
  }
  const mine = entry.direction === "in";
  const who = mine ? t("you") : entry.author.name || t(entry.author.kind === "bot" ? "bot" : "person");
  return html`<div class=${`w-row ${mine ? "me" : ""} ${first ? "first" : ""}`}>
    <span class="vh">${t("said", { who })}</span>
    ${entry.attachments?.map((file) => html`<${Shown} key=${file.id} file=${file} />`)}
    ${entry.body.text && html`<p class=${`w-say ${mine ? "me" : ""}`} dir="auto"><${Text} text=${entry.body.text} /></p>`}
    ${(last || state) && html`<p class=${`w-meta ${mine ? "r" : ""}`}>
      ${state && html`<${Icon} name=${state === "read" ? "check-check" : "check"} size="s" />${t(`state.${state}`)} `}
      ${!mine && html`<bdi>${who}</bdi> `}<time datetime=${entry.at}>${clock(entry.at)}</time></p>`}
  </div>`;
}

/** @param {{ item: import("../types").Pending }} props */
export function PendingRow({ item }) {
  const up = line.value === "up";
  const word = item.failed ? "failed" : up ? "sending" : "waiting";
  const icon = { failed: "circle-alert", sending: "clock", waiting: "clock" }[word];
  const why = item.failed && (["too_large", "unsupported_media", "invalid"].includes(item.failed) ? item.failed : "other");
  return html`<div class="w-row me first">
    <span class="vh">${t("said", { who: t("you") })}</span>
    ${item.files.map((file) => html`<${Parcel} key=${file.name} file=${file} state=${word}
      part=${progress.value.get(item.client_key) ?? 0} />`)}
    ${item.event === "person" && html`<p class="w-say me wait">${t("person")}</p>`}
    ${item.text && html`<p class=${`w-say me ${up && !item.failed ? "" : "wait"}`} dir="auto"><${Text} text=${item.text} /></p>`}
    <p class=${`w-meta r ${item.failed ? "c-danger" : ""}`}><${Icon} name=${icon} size="s" />${t(`state.${word}`)}${why && ` · ${t(`error.${why}`)}`}
      ${item.failed && html`<button onClick=${() => void retry(item)}>${t("retry")}</button>`}
      ${(item.failed || !up) && html`<button onClick=${() => void drop(item)}>${t("remove")}</button>`}</p>
  </div>`;
}
