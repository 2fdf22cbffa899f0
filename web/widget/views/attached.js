/** Files in the thread and in the composer: pictures, documents, and those on their way. Loaded with the first one. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { download, fetched } from "../files.js";
import { t } from "../words.js";
import { Icon } from "./later.js";

/** @typedef {import("../types").Attachment} Attachment */

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** A stored file: a picture when it is one, else something to download. @param {{ file: Attachment }} props */
export function Shown({ file }) {
  const [url, setUrl] = useState("");
  const [failed, setFailed] = useState(false);
  const picture = file.inline && file.media_type.startsWith("image/");
  const load = () => {
    setFailed(false);
    fetched(file).then(setUrl, () => setFailed(true));
  };
  useEffect(() => { if (picture) load(); }, [file.id]);
  if (!picture) {
    return html`<button class="w-file" aria-label=${t("file.get", { name: file.name })} onClick=${() => void download(file)}>
      <${Icon} name="file-text" size="l" /><span class="grow"><bdi class="cut">${file.name}</bdi>
      <span class="small muted">${size(file.bytes)}</span></span><${Icon} name="download" /></button>`;
  }
  if (failed) return html`<button class="w-file"
    onClick=${load}><${Icon} name="circle-alert" />${t("file.unloaded")} ${t("retry")}</button>`;
  const view = () => void import("./viewer.js").then(({ look }) => look(url, file));
  return html`<button class="w-pic" aria-label=${t("file.open", { name: file.name })} disabled=${!url} onClick=${view}
    style=${{ aspectRatio: file.width && file.height ? `${file.width} / ${file.height}` : "4 / 3" }}>
    ${url && html`<img src=${url} alt=${t("file.photo", { name: file.name })} />`}</button>`;
}

/** @param {{ blob: Blob, name: string }} props */
function Thumb({ blob, name }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!blob.type.startsWith("image/")) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return html`<span class="shot">${url ? html`<img src=${url} alt=${t("file.photo", { name })} />` : html`<${Icon} name="file-text" size="l" />`}</span>`;
}

/** A file on its way. @param {{ file: import("../types").Parcel, state: string, part: number }} props */
export function Parcel({ file, state, part }) {
  const rising = state === "sending" && !file.stored;
  const done = { done: size(part * file.blob.size), size: size(file.blob.size) };
  return html`<div class="w-card up"><${Thumb} blob=${file.blob} name=${file.name} /><div class="grow">
    <p class="row"><bdi class="cut">${file.name}</bdi>${rising && html`<span class="num small muted end">${Math.round(part * 100)} %</span>`}</p>
    ${!file.stored && state !== "failed" && html`<progress class="bar" max="1" value=${part} aria-label=${file.name}></progress>
      <p class="small muted">${rising ? `${t("file.sending", done)} · ${t("file.keeps")}` : t("file.waiting")}</p>`}</div></div>`;
}

/**
 * What will go with the next message.
 * @param {{ files: import("../types").Parcel[], onRemove: (file: import("../types").Parcel) => void }} props
 */
export function Tray({ files, onRemove }) {
  return html`<ul class="tray">${files.map((file) => html`<li key=${file.name}><${Thumb} blob=${file.blob} name=${file.name} />
    <span class="grow"><bdi class="cut">${file.name}</bdi><span class="small muted">${size(file.blob.size)}</span></span>
    <button type="button" class="btn ghost icon" aria-label=${t("composer.remove", { name: file.name })}
      onClick=${() => onRemove(file)}><${Icon} name="x" /></button></li>`)}</ul>`;
}
