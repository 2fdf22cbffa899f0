/** One entry, or one thing still on its way. Text is only ever text. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { linked } from "../linkify.js";
import { drop, retry } from "../outbox.js";
import { line, progress } from "../state.js";
import { t, when } from "../words.js";
import { styles } from "./later.js";

/** @typedef {import("../types").Entry} Entry @typedef {import("../types").Attachment} Attachment */

/** @param {string | number} at */
const clock = (at) => when(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

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

/** A stored file: a picture when it is one, else something to download. @param {{ file: Attachment }} props */
function Shown({ file }) {
  const [url, setUrl] = useState("");
  const [failed, setFailed] = useState(false);
  const picture = file.inline && file.media_type.startsWith("image/");
  const load = () => {
    setFailed(false);
    import("../files.js").then(({ fetched }) => fetched(file)).then(setUrl, () => setFailed(true));
  };
  useEffect(() => { if (picture) load(); }, [file.id]);
  if (!picture) {
    return html`<button class="w-file" aria-label=${t("file.get", { name: file.name })} onClick=${() => void import("../files.js").then(({ download }) => download(file))}>
      <${Icon} name="file-text" size="l" /><span class="grow"><bdi class="cut">${file.name}</bdi><span class="small muted">${size(file.bytes)}</span></span><${Icon} name="download" /></button>`;
  }
  if (failed) return html`<button class="w-file" onClick=${load}><${Icon} name="circle-alert" />${t("file.unloaded")} ${t("retry")}</button>`;
  const view = () => void Promise.all([import("./viewer.js"), styles()]).then(([{ look }]) => look(url, file));
  return html`<button class="w-pic" aria-label=${t("file.open", { name: file.name })} disabled=${!url} onClick=${view}
    style=${{ aspectRatio: file.width && file.height ? `${file.width} / ${file.height}` : "4 / 3" }}>
    ${url && html`<img src=${url} alt=${t("file.photo", { name: file.name })} />`}</button>`;
}

/** @param {{ blob: Blob, name: string }} props */
export function Thumb({ blob, name }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!blob.type.startsWith("image/")) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return html`<span class="shot">${url ? html`<img src=${url} alt=${t("file.photo", { name })} />` : html`<${Icon} name="file-text" size="l" />`}</span>`;
}

/** @param {{ item: import("../types").Pending }} props */
export function PendingRow({ item }) {
  const up = line.value === "up";
  const part = progress.value.get(item.client_key) ?? 0;
  const word = item.failed ? "failed" : up ? "sending" : "waiting";
  const icon = { failed: "circle-alert", sending: "clock", waiting: "clock" }[word];
  const why = item.failed && (["too_large", "unsupported_media", "invalid"].includes(item.failed) ? item.failed : "other");
  return html`<div class="w-row me first">
    <span class="vh">${t("said", { who: t("you") })}</span>
    ${item.files.map((file) => html`<div class="w-card up" key=${file.name}><${Thumb} blob=${file.blob} name=${file.name} /><div class="grow">
      <p class="row"><bdi class="cut">${file.name}</bdi>${up && !file.stored && html`<span class="num small muted end">${Math.round(part * 100)} %</span>`}</p>
      ${!file.stored && !item.failed && html`<progress class="bar" max="1" value=${part} aria-label=${file.name}></progress>
        <p class="small muted">${up ? `${t("file.sending", { done: size(part * file.blob.size), size: size(file.blob.size) })}, ${t("file.keeps")}` : t("file.waiting")}</p>`}</div></div>`)}
    ${item.event === "person" && html`<p class="w-say me wait">${t("person")}</p>`}
    ${item.text && html`<p class=${`w-say me ${up && !item.failed ? "" : "wait"}`} dir="auto"><${Text} text=${item.text} /></p>`}
    <p class=${`w-meta r ${item.failed ? "c-danger" : ""}`}><${Icon} name=${icon} size="s" />${t(`state.${word}`)}${why && ` · ${t(`error.${why}`)}`}</p>
    ${(item.failed || !up) && html`<p class="w-meta r">
      ${item.failed && html`<button class="btn sm" onClick=${() => void retry(item)}>${t("retry")}</button>`}
      <button class="btn sm" onClick=${() => void drop(item)}>${t("remove")}</button></p>`}
  </div>`;
}
