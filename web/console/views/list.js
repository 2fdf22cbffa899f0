/** The list of conversations: tabs, groups, rows, and its empty, loading and broken states. */
import { useEffect, useRef, useState } from "preact/hooks";
import { clock } from "../../shared/i18n.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { counts, extents, filter, lists, load, narrow, show, view, waitsForUs } from "../inbox.js";
import { live } from "../offers.js";
import { api, me, queueName, queues } from "../session.js";
import { line } from "../live.js";
import { waitingCount } from "../outbox.js";
import { sayProblem, t, words } from "../words.js";
import { Banner, Empty, keyName, Skeleton } from "./common.js";
import { opened } from "./dialog.js";
import { Menu, MenuItem } from "./menu.js";
import { Resizer } from "./resize.js";
import { OfferRow, Row } from "./row.js";
import { takeNext } from "../acts.js";

/** @typedef {import("../../shared/types").Conversation} Conversation */
/** @typedef {import("../inbox.js").View} View */

const VIEWS = /** @type {View[]} */ (["mine", "queue", "all"]);

export function ListPane() {
  return html`<aside class="list" id="list" aria-label=${t("list.name")}>
    <header><h2>${t("list.title")}</h2><${LineState} /><span class="grow"></span>${view.value === "all" ? html`<${FilterMenu} />` : null}</header>
    <button type="button" class="search" onClick=${() => (opened.value = "palette")}><${Icon} name="search" size="s" /><span class="grow">${t("rail.search")}</span><kbd>${keyName("mod+K")}</kbd></button>
    <${Tabs} />
    <${OfflineBanner} />
    <${Scroll} />
    <${Resizer} of="list" />
  </aside>`;
}

/** A word beside the title while the line is not up. */
function LineState() {
  const state = line.value?.state.value ?? "connecting";
  if (state === "up") return null;
  return html`<span class="badge warn" role="status"><${Icon} name=${state === "connecting" ? "refresh-cw" : "wifi-off"} size="s" />${t(state === "connecting" ? "line.connecting" : "line.down")}</span>`;
}

function OfflineBanner() {
  const since = line.value?.downSince.value ?? null;
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (since === null) return undefined;
    const timer = setTimeout(() => setLate(true), 2500);
    return () => clearTimeout(timer);
  }, [since]);
  if (since === null || !late) return null;
  return html`<${Banner} tone="warn" icon="wifi-off" role="status"><span class="grow"><b>${t("line.offline_since", { time: words.value.time(since) })}</b> ${t("line.waiting", { n: waitingCount.value })}</span><//>`;
}

function Tabs() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    show(VIEWS[(VIEWS.indexOf(view.value) + step + VIEWS.length) % VIEWS.length] ?? "mine");
    requestAnimationFrame(() => {
      const chosen = box.current?.querySelector("[aria-selected=true]");
      if (chosen instanceof HTMLElement) chosen.focus();
    });
  }
  return html`<div class="tabs" role="tablist" aria-label=${t("list.which")} ref=${box} onKeyDown=${onKey}>
    ${VIEWS.map((name) => html`<button key=${name} type="button" role="tab" id=${`tab-${name}`} aria-controls="list-panel" aria-selected=${view.value === name} tabindex=${view.value === name ? 0 : -1} onClick=${() => show(name)}>
      ${t(`list.${name}`)}${name !== "all" && counts.value[name] ? html` <span class="num">${words.value.number(counts.value[name])}</span>` : null}</button>`)}
  </div>`;
}

function FilterMenu() {
  const { status, queue } = filter.value;
  const label = html`<${Icon} name="sliders-horizontal" /><span class="vh">${t("list.filter")}</span>${status !== "open" || queue ? html`<span class="dot accent"></span>` : null}`;
  return html`<${Menu} class="btn ghost icon sm" label=${label} title=${t("list.filter")} name=${t("list.filter")}>${(/** @type {() => void} */ close) => html`
    ${/** @type {const} */ (["open", "resolved"]).map((one) => html`<${MenuItem} key=${one} checked=${status === one} onClick=${() => { narrow({ status: one }); close(); }}><span class="grow">${t(`list.filter.${one}`)}</span>${status === one ? html`<${Icon} name="check" size="s" />` : null}<//>`)}
    <hr />
    ${[{ id: "", name: t("list.filter.any_queue") }, ...queues.value].map((one) => html`<${MenuItem} key=${one.id} checked=${queue === one.id} onClick=${() => { narrow({ queue: one.id }); close(); }}><span class="grow cut">${one.name}</span>${queue === one.id ? html`<${Icon} name="check" size="s" />` : null}<//>`)}`}<//>`;
}

/** The server's clock, told anew every second while somebody waits. @param {boolean} running */
export function useNow(running) {
  const [now, setNow] = useState(api.now());
  useEffect(() => {
    if (!running) return undefined;
    setNow(api.now());
    const timer = setInterval(() => setNow(api.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}

function Scroll() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const foot = useRef(/** @type {HTMLDivElement | null} */ (null));
  const name = view.value;
  const extent = extents[name].value;
  const items = lists[name].value;

  useEffect(() => {
    if (!foot.current || !extent.next) return undefined;
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void load(name, { more: true }), { root: box.current, rootMargin: "400px" });
    watcher.observe(foot.current);
    return () => watcher.disconnect();
  }, [name, extent.next, items.length]);
  useEffect(() => void box.current?.scrollTo(0, 0), [name]);

  return html`<div class="scroll" id="list-panel" role="tabpanel" aria-labelledby=${`tab-${name}`} ref=${box}>
    ${extent.state === "loading" || extent.state === "idle" ? html`<${Skeleton} rows=${7} label=${t("list.loading")} />`
      : extent.state === "error" && extent.problem ? html`<${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow"><b>${t("list.failed")}</b> ${sayProblem(extent.problem)}</span><button type="button" class="btn sm" onClick=${() => load(name)}>${t("action.again")}</button><//>`
      : name === "mine" ? html`<${Mine} items=${items} />` : name === "queue" ? html`<${Queued} items=${items} />` : html`<${Everything} items=${items} />`}
    ${extent.state === "more" ? html`<${Skeleton} rows=${2} label=${t("list.loading")} />` : null}
    <div ref=${foot} class="foot"></div>
  </div>`;
}

/** @param {{ title: any, items: readonly Conversation[], now?: number, count?: number }} props */
function Group({ title, items, now = 0, count }) {
  if (!items.length) return null;
  return html`<section><h3>${title}${count === undefined ? null : html` <span class="count">${count}</span>`}</h3><ul>${items.map((one) => html`<${Row} key=${one.id} one=${one} now=${now} />`)}</ul></section>`;
}

/** @param {{ items: readonly Conversation[] }} props */
function Mine({ items }) {
  const offered = new Set(live.value.map((one) => one.conversation.id));
  const waiting = lists.queue.value.filter((one) => !offered.has(one.id));
  const now = useNow(waiting.length > 0 || live.value.length > 0 || items.some(waitsForUs));
  const nothing = !items.length && !live.value.length;
  return html`
    ${live.value.length ? html`<section><h3>${t("list.offered")}</h3><ul>${live.value.map((one) => html`<${OfferRow} key=${one.id} offer=${one} now=${now} />`)}</ul></section>` : null}
    ${nothing ? html`<${Nobody} waiting=${waiting} />` : null}
    <${Group} title=${t("list.waiting_you")} items=${items.filter(waitsForUs)} now=${now} />
    <${Group} title=${t("list.waiting_customer")} items=${items.filter((one) => !waitsForUs(one))} />
    ${byQueue(waiting).map(({ id, name, all }) => html`<${Group} key=${id} title=${t("list.queue_named", { name })} items=${all.slice(0, 3)} count=${all.length} now=${now} />`)}`;
}

/** @param {{ waiting: readonly Conversation[] }} props */
function Nobody({ waiting }) {
  const first = waiting[0];
  const away = me.value?.state === "away";
  const text = away ? t("list.empty_away") : first ? t("list.empty_next", { queue: queueName(first.queue), n: waiting.length }) : t("list.empty_quiet");
  return html`<${Empty} icon="inbox" title=${t("list.empty_mine")} text=${text}>
    ${first ? html`<button type="button" class="btn sm" onClick=${takeNext}>${t("list.take_next")} <kbd>N</kbd></button>` : null}<//>`;
}

/** @param {readonly Conversation[]} items */
function byQueue(items) {
  /** @type {Map<string, { id: string, name: string, all: Conversation[] }>} */
  const groups = new Map();
  for (const one of items) {
    const id = one.queue?.id ?? one.owner.id;
    const group = groups.get(id) ?? { id, name: queueName(one.queue ?? one.owner), all: [] };
    group.all.push(one);
    groups.set(id, group);
  }
  return [...groups.values()];
}

/** @param {{ items: readonly Conversation[] }} props */
function Queued({ items }) {
  const now = useNow(items.length > 0);
  if (!items.length) return html`<${Empty} icon="check" title=${t("list.empty_queue")} text=${t("list.empty_queue_hint")} />`;
  return byQueue(items).map(({ id, name, all }) => html`<${Group} key=${id} title=${t("list.queue_named", { name })} items=${all} count=${all.length} now=${now} />`);
}

/** @param {{ items: readonly Conversation[] }} props */
function Everything({ items }) {
  if (!items.length) return html`<${Empty} icon="inbox" title=${t(filter.value.status === "open" ? "list.empty_all" : "list.empty_resolved")} />`;
  return html`<ul class="all">${items.map((one) => html`<${Row} key=${one.id} one=${one} now=${0} />`)}</ul>`;
}

/** How long somebody waits, as a clock. @param {string} since @param {number} now */
export const waited = (since, now) => clock((now - Date.parse(since)) / 1000);
