/** The whole page: which view, and what lies over it. */
import { useEffect } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon, Mark } from "../../shared/icon.js";
import { pane, route } from "../router.js";
import { isSupervisor, look, me, phase } from "../session.js";
import { closeTimeline, open, openTimeline } from "../timeline.js";
import { dismiss, toasts } from "../toasts.js";
import { t } from "../words.js";
import { Lightbox } from "./attachments.js";
import { BoardPage } from "./board.js";
import { NoSide, SidePane } from "./brief.js";
import { Banner, IconButton } from "./common.js";
import { opened } from "./dialog.js";
import { TopicDialog, TransferDialog, WrapUpDialog } from "./dialogs.js";
import { KeyMap } from "./keys.js";
import { LinksPage } from "./links.js";
import { ListPane } from "./list.js";
import { Login } from "./login.js";
import { OfferCard } from "./offer.js";
import { Palette } from "./palette.js";
import { Rail } from "./rail.js";
import { listWidth, Resizer, sideWidth } from "./resize.js";
import { SettingsPage } from "./settings.js";
import { NoThread, Thread } from "./thread.js";

export function App() {
  if (phase.value === "starting") return html`<div class="boot" role="status" aria-busy="true" aria-label="Onethread"><${Mark} size=${40} /></div>`;
  if (phase.value === "login") return html`<${Login} />`;
  if (phase.value === "failed") return html`<div class="boot"><${Banner} tone="danger" icon="wifi-off" role="alert"><span class="grow"><b>${t("app.failed")}</b> ${t("problem.offline")}</span><button type="button" class="btn sm" onClick=${look}>${t("action.again")}</button><//></div>`;
  return html`<${Console} key=${me.value?.id} />`;
}

function Console() {
  const { name } = route.value;
  const page = name === "links" ? html`<${LinksPage} />` : name === "board" && isSupervisor.value ? html`<${BoardPage} />` : name === "settings" ? html`<${SettingsPage} />` : null;
  const skipTo = page ? "#main" : open.value ? "#reply" : "#list";
  return html`<div class=${`console ${page ? "wide" : ""}`} data-pane=${page ? "thread" : pane.value} style=${{ "--list-w": `${listWidth.value}px`, "--side-w": `${sideWidth.value}px` }}>
      <a class="skip" href=${skipTo}>${t(page ? "skip.content" : open.value ? "skip.reply" : "skip.list")}</a>
      <${Rail} />
      ${page ?? html`<${ListPane} /><${Desk} />`}
    </div>
    <${OfferCard} /><${Overlays} /><${Toasts} /><${Lightbox} />`;
}

/** List chosen, thread and brief shown. */
function Desk() {
  const { customer, conversation } = route.value;
  useEffect(() => {
    if (customer) void openTimeline(customer, conversation);
    else closeTimeline();
  }, [customer, conversation]);
  return html`<main class="desk" id="main">${customer ? html`<${Thread} /><${Resizer} of="side" /><${SidePane} />` : html`<${NoThread} /><${Resizer} of="side" /><${NoSide} />`}</main>`;
}

function Overlays() {
  const which = opened.value;
  if (which === "transfer") return html`<${TransferDialog} />`;
  if (which === "wrapup") return html`<${WrapUpDialog} />`;
  if (which === "topic") return html`<${TopicDialog} />`;
  if (which === "keys") return html`<${KeyMap} />`;
  return which === "palette" ? html`<${Palette} />` : null;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.value.map((one) => html`<div class=${`toast ${one.tone}`} key=${one.id}>
    <${Icon} name=${one.tone === "danger" ? "circle-alert" : one.tone === "ok" ? "circle-check" : "info"} /><span class="grow">${one.text}</span>
    ${one.action ? html`<button type="button" class="btn sm" onClick=${() => { one.action?.run(); dismiss(one.id); }}>${one.action.label}</button>` : null}
    <${IconButton} icon="x" label=${t("action.close")} onClick=${() => dismiss(one.id)} /></div>`)}</div>`;
}
