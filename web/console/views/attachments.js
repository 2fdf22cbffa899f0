/** Files of an entry: pictures in place, opened large on a click; everything else as a card to download. */
import { signal } from "@preact/signals";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { prefix } from "../config.js";
import { t, words } from "../words.js";
import { IconButton } from "./common.js";
import { Dialog } from "./dialog.js";

/** @typedef {import("../../shared/types").Attachment} Attachment */

/** @type {import("@preact/signals").Signal<{ items: Attachment[], at: number } | null>} */
const lit = signal(null);

/** @param {Attachment} file */
const urlOf = (file) => (file.url.startsWith("/") ? `${prefix}${file.url}` : file.url);

/** @param {Attachment} file */
const isPicture = (file) => Boolean(file.inline) && file.state !== "refused" && file.media_type.startsWith("image/");

/** @param {{ items: Attachment[], small?: boolean }} props */
export function Attachments({ items, small = false }) {
  const pictures = items.filter(isPicture);
  const files = items.filter((file) => !isPicture(file));
  return html`<div class=${`files ${small ? "small" : ""}`}>
    ${pictures.map((file, at) => html`<${Picture} key=${file.id} file=${file} small=${small} onOpen=${() => (lit.value = { items: pictures, at })} />`)}
    ${files.map((file) => html`<${FileCard} key=${file.id} file=${file} />`)}
  </div>`;
}

/** Its box has its size before it is loaded, so nothing jumps. @param {{ file: Attachment, small: boolean, onOpen: () => void }} props */
function Picture({ file, small, onOpen }) {
  const [boxWidth, boxHeight] = small ? [116, 74] : [260, 180];
  const [w, h] = [file.width || 4, file.height || 3];
  const scale = small ? 1 : Math.min(boxWidth / w, boxHeight / h);
  const size = small ? { inlineSize: "116px", blockSize: "74px" } : { inlineSize: `${Math.max(48, Math.round(w * scale))}px`, blockSize: `${Math.max(48, Math.round(h * scale))}px` };
  return html`<button type="button" class="shot" style=${size} aria-label=${t("file.open_picture", { name: file.name })} onClick=${onOpen}>
    <img src=${urlOf(file)} alt=${t("file.picture", { name: file.name })} loading="lazy" decoding="async" /></button>`;
}

/** @param {{ file: Attachment }} props */
function FileCard({ file }) {
  if (file.state === "refused") return html`<span class="filecard refused"><${Icon} name="ban" /><span class="cut">${file.name}</span><span class="small c-danger">${t("file.refused")}</span></span>`;
  return html`<a class="filecard" href=${urlOf(file)} download=${file.name} title=${file.name}><${Icon} name="file-text" /><span class="cut">${file.name}</span><span class="small muted num">${words.value.size(file.bytes)}</span><${Icon} name="download" size="s" /></a>`;
}

/** The picture one looks at, over everything. */
export function Lightbox() {
  const now = lit.value;
  const file = now?.items[now.at];
  if (!now || !file) return null;
  const move = (/** @type {number} */ step) => (lit.value = { ...now, at: (now.at + step + now.items.length) % now.items.length });
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key === "ArrowRight") move(1);
    if (event.key === "ArrowLeft") move(-1);
  }
  return html`<${Dialog} title=${file.name} class="lightbox" head=${false} onClose=${() => (lit.value = null)}>
    <div class="lit" onKeyDown=${onKey} tabindex="-1" autofocus data-theme="dark">
      <header class="row"><b class="cut grow">${file.name}</b><span class="small muted num">${words.value.size(file.bytes)}</span>
        ${now.items.length > 1 ? html`<${IconButton} icon="chevron-left" label=${t("file.previous")} onClick=${() => move(-1)} /><${IconButton} icon="chevron-right" label=${t("file.next")} onClick=${() => move(1)} />` : null}
        <a class="btn ghost icon sm" href=${urlOf(file)} download=${file.name} title=${t("file.download")}><${Icon} name="download" /><span class="vh">${t("file.download")}</span></a>
        <${IconButton} icon="x" label=${t("action.close")} onClick=${() => (lit.value = null)} /></header>
      <img src=${urlOf(file)} alt=${t("file.picture", { name: file.name })} />
    </div><//>`;
}
