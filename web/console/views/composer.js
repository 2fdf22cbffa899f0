/** The composer: reply or note, files, drafts; Enter sends, but never while an input method composes. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { isComposing } from "../../shared/keys.js";
import { addFiles, draftOf, dropUploads, retryUpload, uploadsOf, write } from "../drafts.js";
import { tellTyping } from "../live.js";
import { send } from "../outbox.js";
import { settings } from "../session.js";
import { dropMark, isMine, typing } from "../timeline.js";
import { t, words } from "../words.js";
import { channelLook, channelName, IconButton, keyName, personName } from "./common.js";

/** @typedef {import("../../shared/types").Conversation} Conversation */

const LIMIT = 16_000;

/** @param {{ one: Conversation }} props */
export function Composer({ one }) {
  const draft = draftOf(one.id);
  const mayReply = isMine.value && one.status === "open";
  const note = draft.mode === "note" || !mayReply;
  const text = note ? draft.note : draft.message;
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [over, setOver] = useState(false);

  useLayoutEffect(() => grow(field.current), [text]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches && mayReply && (document.activeElement === document.body || document.activeElement?.closest(".list"))) field.current?.focus({ preventScroll: true });
  }, []);

  const files = note ? [] : uploadsOf(one.id);
  const busy = files.some((file) => file.state !== "there");
  const canSend = !busy && (text.trim() !== "" || files.length > 0) && text.length <= LIMIT;

  function submit() {
    if (!canSend) return;
    const attachments = files.flatMap((file) => (file.attachment ? [file.attachment] : []));
    send({ log: one.log, conversation: one.id, kind: note ? "note" : "message", channel: one.channel, text: text.trim(), attachments });
    write(one.id, note ? { note: "", mode: "message" } : { message: "" });
    if (!note) dropUploads(one.id);
    tellTyping(one.id, false);
    dropMark();
    document.getElementById("timeline")?.scrollTo({ top: 0 });
    field.current?.focus();
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (isComposing(event)) return;
    const wants = event.key === "Enter" && !event.shiftKey && !event.altKey && (settings.value.enter_sends ? true : event.metaKey || event.ctrlKey);
    if (wants) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") field.current?.blur();
  }

  /** @param {Event} event */
  function onInput(event) {
    const value = /** @type {HTMLTextAreaElement} */ (event.target).value;
    write(one.id, note ? { note: value } : { message: value });
    if (!note && value.trim()) tellTyping(one.id, true);
  }

  /** @param {DataTransfer | null} data @param {Event} event */
  function taken(data, event) {
    const list = [...(data?.files ?? [])];
    if (!list.length || note) return;
    event.preventDefault();
    addFiles(one.id, list);
  }

  const label = note ? t("composer.note_label") : t("composer.label", { channel: channelName(one.channel), name: personName(one.customer) });
  return html`<form class=${`composer ${note ? "noting" : ""} ${over ? "over" : ""}`} id="composer" aria-label=${t("composer.name")}
      onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); submit(); }}
      onDragOver=${(/** @type {DragEvent} */ event) => { if (!note && event.dataTransfer?.types.includes("Files")) { event.preventDefault(); setOver(true); } }}
      onDragLeave=${() => setOver(false)} onDrop=${(/** @type {DragEvent} */ event) => { setOver(false); taken(event.dataTransfer, event); }}>
    <${Modes} one=${one} note=${note} mayReply=${mayReply} focus=${() => field.current?.focus()} />
    ${files.length ? html`<${Files} id=${one.id} files=${files} />` : null}
    <label class="vh" for="reply">${label}</label>
    <textarea class="txt" id="reply" rows="1" dir="auto" ref=${field} value=${text} placeholder=${note ? t("composer.note_hint") : t("composer.hint", { name: personName(one.customer) })}
      onInput=${onInput} onKeyDown=${onKey} onPaste=${(/** @type {ClipboardEvent} */ event) => taken(event.clipboardData, event)} aria-invalid=${text.length > LIMIT ? "true" : undefined}></textarea>
    <div class="tools">
      ${note ? null : html`<${Choose} id=${one.id} />`}
      <span class="grow"></span>
      <${Hint} one=${one} text=${text} note=${note} mayReply=${mayReply} />
      <button class=${`btn sm ${note ? "notebtn" : "primary"}`} aria-disabled=${!canSend}>${note ? t("composer.add_note") : t("composer.send")} <kbd>${settings.value.enter_sends ? "⏎" : keyName("mod+⏎")}</kbd></button>
    </div>
    ${over ? html`<p class="dropword" aria-hidden="true"><${Icon} name="paperclip" />${t("composer.drop")}</p>` : null}
  </form>`;
}

/** Where the browser cannot size a field by its content. @param {HTMLTextAreaElement | null} field */
function grow(field) {
  if (!field || CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${Math.min(field.scrollHeight, innerHeight * 0.4)}px`;
}

/** @param {{ one: Conversation, note: boolean, mayReply: boolean, focus: () => void }} props */
function Modes({ one, note, mayReply, focus }) {
  const look = channelLook(one.channel);
  const choose = (/** @type {"message" | "note"} */ mode) => { write(one.id, { mode }); focus(); };
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!event.key.startsWith("Arrow") || !mayReply) return;
    event.preventDefault();
    write(one.id, { mode: note ? "message" : "note" });
  }
  return html`<div class="to" role="radiogroup" aria-label=${t("composer.by")} onKeyDown=${onKey}>
    <button type="button" class=${look.hue} role="radio" aria-checked=${!note} disabled=${!mayReply} tabindex=${note ? -1 : 0} onClick=${() => choose("message")}>
      <${Icon} name=${look.icon} size="s" />${channelName(one.channel)}${one.customer_presence === "online" ? html`<span class="dot ok" title=${t("thread.online")}></span>` : null}</button>
    ${mayReply ? null : html`<span class="small muted cut">${t(one.status === "resolved" ? "composer.resolved" : one.owner.kind === "agent" ? "composer.with" : one.owner.kind === "queue" ? "composer.queued" : "composer.bot", { name: one.owner.name })}</span>`}
    <span class="grow"></span>
    <button type="button" class="ch-note" role="radio" aria-checked=${note} tabindex=${note ? 0 : -1} title=${`${t("composer.note")}  M`} onClick=${() => choose("note")}><${Icon} name="sticky-note" size="s" />${t("composer.note")}</button>
  </div>`;
}

/** @param {{ id: string }} props */
function Choose({ id }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {Event} event */
  function chosen(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    addFiles(id, [...(field.files ?? [])]);
    field.value = "";
  }
  return html`<${IconButton} icon="paperclip" label=${t("composer.attach")} onClick=${() => input.current?.click()} />
    <input type="file" multiple class="vh" tabindex="-1" aria-hidden="true" ref=${input} onChange=${chosen} />`;
}

/** @param {{ one: Conversation, text: string, note: boolean, mayReply: boolean }} props */
function Hint({ one, text, note, mayReply }) {
  const other = typing.value[one.id];
  if (text.length > LIMIT - 500) return html`<span class=${`hint num ${text.length > LIMIT ? "c-danger" : ""}`}>${t("composer.limit", { n: text.length, limit: LIMIT })}</span>`;
  if (other && other.kind === "agent") return html`<span class="hint c-warn"><${Icon} name="pencil" size="s" /> ${t("composer.colleague", { name: other.name })}</span>`;
  if (note) return html`<span class="hint opt-hint">${t("composer.staff_only")}</span>`;
  return text.trim() && mayReply ? html`<span class="hint opt-hint">${t("composer.kept")}</span>` : null;
}

/** @param {{ id: string, files: import("../drafts.js").Upload[] }} props */
function Files({ id, files }) {
  return html`<ul class="ups" aria-label=${t("composer.files")}>${files.map((file) => html`<li key=${file.key} class=${`upfile ${file.state}`}>
    ${file.preview ? html`<img src=${file.preview} alt="" />` : html`<${Icon} name="file-text" />`}
    <span class="col"><span class="cut" title=${file.name}>${file.name}</span>
      ${file.state === "failed" ? html`<span class="small c-danger" role="alert">${file.reason}</span>` : file.state === "going" ? html`<progress value=${file.part} max="1" aria-label=${t("composer.going", { name: file.name })}></progress>` : html`<span class="small muted num">${words.value.size(file.bytes)}</span>`}</span>
    ${file.state === "failed" && file.file ? html`<${IconButton} icon="refresh-cw" label=${t("action.again")} onClick=${() => retryUpload(id, file.key)} />` : null}
    <${IconButton} icon="x" label=${t("composer.remove", { name: file.name })} onClick=${() => dropUploads(id, file.key)} /></li>`)}</ul>`;
}
