/** Where one is: the address bar as a signal, and on narrow screens which pane. */
import { effect, signal } from "@preact/signals";
import { prefix } from "./config.js";

/** @typedef {{ name: "inbox" | "links" | "board" | "settings", customer: string | null, conversation: string | null }} Route */

const ROOT = `${prefix}/console`;

/** @param {string} path @returns {Route} */
function parse(path) {
  const [first, second, third] = path.slice(ROOT.length).split("/").filter(Boolean).map(decodeURIComponent);
  if (first === "links" || first === "board" || first === "settings") return { name: first, customer: null, conversation: null };
  return { name: "inbox", customer: first === "c" ? (second ?? null) : null, conversation: first === "c" ? (third ?? null) : null };
}

export const route = signal(parse(location.pathname));

/** The pane on a narrow screen. @type {import("@preact/signals").Signal<"list" | "thread" | "brief">} */
export const pane = signal(route.value.customer ? "thread" : "list");

/** @param {string} [rest] under the console, as "/links" */
export const pathTo = (rest = "") => `${ROOT}${rest}`;

/** @param {{ log: string, id: string }} conversation */
export const pathOf = (conversation) => pathTo(`/c/${encodeURIComponent(conversation.log)}/${encodeURIComponent(conversation.id)}`);

/** @param {string} path @param {{ replace?: boolean }} [how] */
export function go(path, { replace = false } = {}) {
  if (path !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", path);
  route.value = parse(path);
  pane.value = route.value.customer ? "thread" : "list";
}

/** Follow links inside the console without loading the page again. */
export function listen() {
  addEventListener("popstate", () => {
    route.value = parse(location.pathname);
    pane.value = route.value.customer ? "thread" : "list";
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
    if (!link.pathname.startsWith(ROOT) || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    go(link.pathname);
  });
}

/** Keep the window's title in step. @param {() => string} title */
export const entitle = (title) => effect(() => void (document.title = title()));
