/** The composer: text with any input method, photos and files, a draft that survives a reload. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { isComposing } from "../../shared/keys.js";
import { sayWriting } from "../live.js";
import { enqueue } from "../outbox.js";
import { atEnd, kept, line, question } from "../state.js";
import { t } from "../words.js";
import { Icon, later } from "./later.js";

const Tray = later(() => import("./attached.js"), "Tray");

const mostBytes = 64 * 1024;
/** Which keyboard a phone shows. @type {Record<string, string>} */
const keyboards = { digits: "numeric", number: "decimal", phone: "tel", email: "email" };
/** How many characters there are too many. @param {string} text */
function tooLong(text) {
  if (text.length * 3 <= mostBytes) return 0;
  const bytes = new TextEncoder().encode(text).length;
  return Math.max(0, Math.ceil((bytes - mostBytes) * text.length / bytes));
}
/** The draft of this tab. @param {string} [text] */
function draft(text) {
  try {
    if (text === undefined) return sessionStorage.getItem(kept("draft")) ?? "";
    sessionStorage.setItem(kept("draft"), text);
  } catch { /* not kept, then */ }
  return "";
}

export function Composer() {
  const [text, setText] = useState(() => draft());
  const [files, setFiles] = useState(/** @type {import("../types").Parcel[]} */ ([]));
  const [problem, setProblem] = useState("");
  const [over, setOver] = useState(false);
  /** @type {import("preact").RefObject<HTMLTextAreaElement | null>} */
  const field = useRef(null);
  /** @type {import("preact").RefObject<HTMLInputElement | null>} */
  const picker = useRef(null);

  useLayoutEffect(() => { // grows with its text, to six lines
    if (!field.current) return;
    field.current.style.blockSize = "auto";
    field.current.style.blockSize = `${Math.min(field.current.scrollHeight, 144)}px`;
  }, [text]);
  useEffect(() => () => sayWriting(false), []);

  const write = (/** @type {string} */ value) => {
    setText(value);
    draft(value);
    setProblem("");
    sayWriting(value.trim() !== "");
  };
  const add = async (/** @type {Iterable<File> | null | undefined} */ chosen) => {
    const [{ pack, maxBytes }, { size }] = await Promise.all([import("../files.js"), import("./attached.js")]);
    for (const file of chosen ?? []) {
      const parcel = await pack(file);
      if (parcel.blob.size > maxBytes) setProblem(t("file.large", { name: file.name, max: size(maxBytes) }));
      else setFiles((known) => [...known, parcel]);
    }
    field.current?.focus();
  };
  const ask = question.value?.body.ask;
  const excess = tooLong(text);
  const send = () => {
    const value = text.trim();
    if ((!value && !files.length) || excess) return;
    void enqueue({ text: value, files });
    setFiles([]);
    write("");
    atEnd.value = true;
    field.current?.focus();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
    event.preventDefault();
    send();
  };
  const up = line.value === "up" || line.value === "starting";
  const keys = ask && keyboards[ask.format ?? ask.type];
  const choose = (/** @type {boolean} */ camera) => {
    if (!picker.current) return;
    picker.current.toggleAttribute("capture", camera);
    picker.current.accept = camera ? "image/*" : "";
    picker.current.click();
  };
  return html`<form class=${`w-in ${over ? "over" : ""}`} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); send(); }}
      onDragOver=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(false); void add(event.dataTransfer?.files); }}>
    ${(problem || excess > 0) && html`<p class="hint c-danger" role="alert">${problem || t("composer.long", { n: excess })}</p>`}
    ${files.length > 0 && html`<${Tray} files=${files} onRemove=${(/** @type {any} */ gone) => setFiles(files.filter((each) => each !== gone))} />`}
    <div class="line">
      <button type="button" aria-label=${t("composer.add")} onClick=${() => choose(false)}><${Icon} name="paperclip" size="l" /></button>
      <button type="button" class="camera" aria-label=${t("composer.camera")}
        onClick=${() => choose(true)}><${Icon} name="camera" size="l" /></button>
      <input type="file" multiple hidden ref=${picker}
        onChange=${(/** @type {any} */ event) => { void add([...event.target.files]); event.target.value = ""; }} />
      <textarea id="say" ref=${field} class="f" rows="1" dir="auto"
        aria-label=${t("composer")} enterkeyhint="send" inputmode=${keys ?? "text"}
        placeholder=${up ? t(ask ? "composer.answer" : "composer.write") : t("composer.offline")} value=${text}
        onInput=${(/** @type {any} */ event) => write(event.target.value)} onKeyDown=${key}
        onPaste=${(/** @type {ClipboardEvent} */ event) => { if (event.clipboardData?.files.length) { event.preventDefault(); void add([...event.clipboardData.files]); } }}></textarea>
      <button class="send" aria-label=${t(up ? "composer.send" : "composer.later")}
        aria-disabled=${(!text.trim() && !files.length) || excess > 0}><${Icon} name=${up ? "send" : "clock"} /></button>
    </div></form>`;
}
