/** The host page around us. Only its allowed origins are heard and answered, only our own few words are understood. */
import { effect } from "@preact/signals";
import { identify } from "./account.js";
import { startOver } from "./live.js";
import { config, shown, unread } from "./state.js";

export const isEmbedded = window.parent !== window && !config.full_page;
const origin = (() => {
  const told = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
  return config.parents.find((parent) => parent === told) ?? null;
})();

/** @param {string} type @param {object} [more] */
export function tellHost(type, more = {}) {
  if (isEmbedded && origin) window.parent.postMessage({ source: "hub-chat", type, ...more }, origin);
}

let open = !isEmbedded;
const look = () => { shown.value = open && document.visibilityState === "visible"; };

/** Begin to listen. @param {() => void} onOpen the panel was opened and wants the focus */
export function meetHost(onOpen) {
  document.addEventListener("visibilitychange", look);
  look();
  if (!isEmbedded) return;
  addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== origin || event.data?.source !== "hub-chat") return;
    const { type, focus, jwt } = event.data;
    if (type === "open" || type === "close") {
      open = type === "open";
      look();
      if (open && focus) onOpen();
    } else if (type === "identify" && (jwt === null || typeof jwt === "string")) void identify(jwt).then(startOver, () => {});
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open], :popover-open")) tellHost("close");
  });
  effect(() => tellHost("unread", { count: unread.value }));
  tellHost("ready");
}
