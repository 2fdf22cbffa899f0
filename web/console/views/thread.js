/** The thread: whose it is, what may be done, the timeline, and the composer. */
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { reopen, take } from "../acts.js";
import { go, pane, pathTo } from "../router.js";
import { me } from "../session.js";
import { current, customer, extent, fetchNewest, isMine, open } from "../timeline.js";
import { say } from "../toasts.js";
import { sayProblem, t, words } from "../words.js";
import { Avatar, Banner, Empty, personName, Skeleton } from "./common.js";
import { Composer } from "./composer.js";
import { opened } from "./dialog.js";
import { Menu, MenuItem } from "./menu.js";
import { TimelineView } from "./timeline.js";

/** @typedef {import("../../shared/types").Conversation} Conversation */

export function Thread() {
  const one = current.value;
  const { state, problem } = extent.value;
  const name = personName(customer.value ?? one?.customer);
  return html`<section class="thread" id="thread" aria-label=${name ? t("thread.with", { name }) : t("thread.name")}>
    <${Head} one=${one} name=${name} />
    <${Panes} />
    ${state === "loading" && !one ? html`<div class="scroll-end"><${Skeleton} rows=${6} label=${t("thread.loading")} /></div>`
      : state === "error" && problem ? html`<div class="grow pad">${problem.code === "not_found" || problem.code === "forbidden" ? html`<${Empty} icon="user-round-x" title=${t("thread.not_found")} text=${t("thread.not_found_hint")} />`
        : html`<${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow"><b>${t("thread.failed")}</b> ${sayProblem(problem)} ${t("thread.draft_kept")}</span><button type="button" class="btn sm" onClick=${fetchNewest}>${t("action.again")}</button><//>`}</div>`
      : html`<${TimelineView} key=${open.value?.customer} />`}
    ${one ? html`<${Composer} key=${one.id} one=${one} />` : null}
  </section>`;
}

/** Nothing chosen. */
export function NoThread() {
  return html`<section class="thread" id="thread" aria-label=${t("thread.name")}><h1 class="vh">${t("rail.inbox")}</h1><div class="nothread"><${Empty} icon="message-circle" level="h2" title=${t("thread.none")} text=${t("thread.none_hint")} /></div></section>`;
}

/** On a phone: timeline or brief. */
export function Panes() {
  return html`<nav class="panes" aria-label=${t("panes.name")}>
    ${/** @type {const} */ (["thread", "brief"]).map((name) => html`<button key=${name} type="button" aria-current=${pane.value === name ? "true" : undefined} onClick=${() => (pane.value = name)}>${t(`panes.${name}`)}</button>`)}
  </nav>`;
}

/** @param {{ one: Conversation | null, name: string }} props */
function Head({ one, name }) {
  const person = customer.value;
  const known = person?.addresses?.filter((address) => address.scheme !== "visitor").map((address) => address.label ?? address.value) ?? [];
  const presence = one ? t(one.customer_presence === "online" ? "thread.online" : "thread.away") : "";
  const sub = [...known, presence].filter(Boolean).join(" · ");
  const language = one?.language ?? person?.language;
  return html`<header>
    <a class="back" href=${pathTo()} aria-label=${t("thread.back")}><${Icon} name="arrow-left" /></a>
    ${name ? html`<${Avatar} id=${open.value?.customer ?? ""} name=${name} class="wide-only" />` : html`<span class="skel round wide-only"></span>`}
    <div class="grow"><div class="row"><h1 class="cut" title=${name}>${name || " "}</h1>
      ${person?.tier ? html`<span class="badge line wide-only"><${Icon} name="star" size="s" />${person.tier}</span>` : null}
      ${language ? html`<span class="badge line wide-only"><${Icon} name="languages" size="s" />${words.value.language(language)}</span>` : null}</div>
      <p class="small muted cut">${one?.customer_presence === "online" ? html`<span class="dot ok inline"></span>` : null}${sub}</p></div>
    ${one ? html`<${Actions} one=${one} />` : null}
  </header>`;
}

/** @param {{ one: Conversation }} props */
function Actions({ one }) {
  const mine = isMine.value;
  const resolved = one.status === "resolved";
  const queued = one.owner.kind === "queue";
  const botOwned = one.owner.kind === "bot";
  return html`
    ${!mine && !queued && !resolved ? html`<span class="badge wide-only"><${Icon} name=${botOwned ? "bot" : "user-round"} size="s" />${t("row.with", { name: one.owner.name })}</span>` : null}
    ${resolved ? html`<span class="badge ok wide-only"><${Icon} name="check" size="s" />${t("list.filter.resolved")}</span><button type="button" class="btn" onClick=${() => reopen(one)}><${Icon} name="rotate-ccw" />${t("action.reopen")}</button>` : null}
    ${queued || botOwned ? html`<button type="button" class="btn primary" onClick=${() => take(one)}>${t("action.take")}</button>` : null}
    ${mine && !resolved ? html`<button type="button" class="btn wide-only" title=${`${t("action.transfer")}  T`} onClick=${() => (opened.value = "transfer")}>${t("action.transfer")}</button>
      <button type="button" class="btn primary wide-only" title=${`${t("action.resolve")}  E`} onClick=${() => (opened.value = "wrapup")}>${t("action.resolve")}</button>` : null}
    <${More} one=${one} />`;
}

/** @param {{ one: Conversation }} props */
function More({ one }) {
  const label = html`<${Icon} name="ellipsis" /><span class="vh">${t("action.more")}</span>`;
  const mine = isMine.value && one.status === "open";
  const mayGive = mine || me.value?.role !== "agent";
  return html`<${Menu} class="btn ghost icon" label=${label} title=${t("action.more")} name=${t("action.more")}>${(/** @type {() => void} */ close) => html`
    ${mine ? html`<${MenuItem} onClick=${() => { close(); opened.value = "wrapup"; }}><${Icon} name="check" /><span class="grow">${t("action.resolve")}</span><kbd>E</kbd><//>` : null}
    ${one.status === "open" && mayGive ? html`<${MenuItem} onClick=${() => { close(); opened.value = "transfer"; }}><${Icon} name="arrow-right-left" /><span class="grow">${t("action.transfer")}</span><kbd>T</kbd><//>` : null}
    <${MenuItem} onClick=${() => { close(); opened.value = "topic"; }}><${Icon} name="pencil" /><span class="grow">${t("action.topic")}</span><//>
    <${MenuItem} onClick=${() => { close(); void copy(location.href); }}><${Icon} name="link" /><span class="grow">${t("action.copy_link")}</span><//>
    <hr />
    <${MenuItem} onClick=${() => { close(); go(pathTo()); }}><${Icon} name="x" /><span class="grow">${t("action.close_thread")}</span><//>`}<//>`;
}

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("action.copied"), { tone: "ok", seconds: 3 });
  } catch {
    say(text, { seconds: 20 });
  }
}
