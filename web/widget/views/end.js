/** "End this chat?" Loaded when asked. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { act } from "../live.js";
import { t } from "../words.js";

/** @param {{ onClose: () => void }} props */
export function EndDialog({ onClose }) {
  /** @type {import("preact").RefObject<HTMLDialogElement | null>} */
  const dialog = useRef(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const finish = async () => {
    const reply = await act("end");
    setFailed(!reply.ok);
    if (reply.ok) dialog.current?.close();
  };
  return html`<dialog class="dialog" ref=${dialog} onClose=${onClose} aria-labelledby="end-title" aria-describedby="end-note">
    <h2 id="end-title">${t("end.sure")}</h2><p id="end-note" class="muted">${t("end.note")}</p>
    ${failed && html`<p class="c-danger" role="alert">${t("error.action")}</p>`}
    <button class="btn wide" onClick=${() => dialog.current?.close()}>${t("end.no")}</button>
    <button class="btn brand wide" onClick=${() => void finish()}>${t("end.yes")}</button></dialog>`;
}
