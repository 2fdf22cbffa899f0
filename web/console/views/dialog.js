/** A modal dialog on the native element: focus stays inside and goes back, Escape closes, the page behind is inert. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { html } from "../../shared/html.js";
import { t } from "../words.js";
import { IconButton } from "./common.js";

/** Which dialog is open. @type {import("@preact/signals").Signal<"" | "transfer" | "wrapup" | "keys" | "palette" | "topic" | "customer">} */
export const opened = signal("");

export const closeDialog = () => void (opened.value = "");

/** @param {{ title: string, children?: any, class?: string, head?: boolean, onClose?: () => void }} props */
export function Dialog({ title, children, class: look = "", head = true, onClose = closeDialog }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    const first = ref.current?.querySelector("[autofocus]");
    if (first instanceof HTMLElement) first.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  /** @param {MouseEvent} event */
  function outside(event) {
    if (event.target === ref.current) onClose();
  }
  return html`<dialog ref=${ref} class=${`dialog modal ${look}`} aria-label=${title} onClose=${onClose} onMouseDown=${outside}
      onCancel=${(/** @type {Event} */ event) => { event.preventDefault(); onClose(); }}>
    ${head ? html`<header class="row"><h2 class="grow">${title}</h2><${IconButton} icon="x" label=${t("action.close")} onClick=${onClose} /></header>` : null}
    ${children}
  </dialog>`;
}
