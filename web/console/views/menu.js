/** A button that opens a menu: arrows move, Escape and a click elsewhere close, focus goes back. */
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";

/** @param {HTMLElement | null} box @param {number} step */
function move(box, step) {
  const items = [...(box?.querySelectorAll("[role^=menuitem]:not([disabled])") ?? [])];
  const at = items.indexOf(/** @type {Element} */ (document.activeElement));
  const next = items[(at + step + items.length) % items.length];
  if (next instanceof HTMLElement) next.focus();
}

/**
 * @param {{ label: any, class?: string, title?: string, align?: "start" | "end", up?: boolean, name: string, disabled?: boolean,
 *   children: (close: () => void) => any }} props
 */
export function Menu({ label, class: look = "btn", title, align = "end", up = false, name, disabled = false, children }) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLSpanElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));

  useEffect(() => {
    if (!isOpen) return undefined;
    const away = (/** @type {Event} */ event) => {
      if (!(event.target instanceof Node && box.current?.contains(event.target))) setOpen(false);
    };
    addEventListener("pointerdown", away, true);
    move(box.current, 1);
    return () => removeEventListener("pointerdown", away, true);
  }, [isOpen]);

  function close() {
    setOpen(false);
    button.current?.focus();
  }
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!isOpen) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") move(box.current, 1);
    else if (event.key === "ArrowUp") move(box.current, -1);
    else if (event.key === "Tab") setOpen(false);
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }
  return html`<span class="menubox" ref=${box} onKeyDown=${onKey}>
    <button type="button" ref=${button} class=${look} title=${title} aria-haspopup="menu" aria-expanded=${isOpen} disabled=${disabled} onClick=${() => setOpen(!isOpen)}>${label}</button>
    ${isOpen ? html`<div class=${`menu popup ${align} ${up ? "up" : ""}`} role="menu" aria-label=${name}>${children(close)}</div>` : null}
  </span>`;
}

/** One thing to choose. @param {{ onClick: () => void, children: any, class?: string, checked?: boolean, current?: boolean }} props */
export function MenuItem({ onClick, children, class: look = "", checked }) {
  const role = checked === undefined ? "menuitem" : "menuitemradio";
  return html`<button type="button" class=${`item ${look}`} role=${role} aria-checked=${checked} tabindex="-1" onClick=${onClick}>${children}</button>`;
}
