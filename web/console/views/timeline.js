/** The timeline on screen: rows, the scroll position, older pages, and moving by entry. */
import { computed, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { spoken } from "../announce.js";
import { conversations } from "../inbox.js";
import { queueName } from "../session.js";
import { pending } from "../outbox.js";
import { go, pathOf } from "../router.js";
import { rowsOf } from "../rows.js";
import { current, extent, fetchOlder, log, markRead, open, reach, readBefore, typing } from "../timeline.js";
import { t, words } from "../words.js";
import { Banner, channelLook, channelName, Skeleton } from "./common.js";
import { EntryRow, PendingRow } from "./entry.js";

/** Conversations and forms one has opened by hand. @type {import("@preact/signals").Signal<ReadonlySet<string>>} */
const unfolded = signal(new Set());
/** The entry that was jumped to, for a moment. */
const struck = signal("");

const rows = computed(() =>
  rowsOf(log.value.order, { conversations: conversations.value, front: open.value?.conversation ?? null, unfolded: unfolded.value, readBefore: readBefore.value }));

/** @param {string} id */
function toggle(id) {
  const next = new Set(unfolded.value);
  if (!next.delete(id)) next.add(id);
  unfolded.value = next;
}

/** Go to an entry, loading pages and opening folds on the way. @param {string} id */
export async function jumpTo(id) {
  const entry = await reach((one) => one.id === id);
  if (!entry) return;
  const form = log.value.order.find((one) => one.kind === "form" && one.body.fields?.some((field) => field.entry_id === id));
  unfolded.value = new Set([...unfolded.value, entry.conversation_id, ...(form ? [form.id] : [])]);
  requestAnimationFrame(() => {
    const row = document.querySelector(`[data-entry="${CSS.escape(id)}"]`) ?? document.querySelector(`[data-entry="${CSS.escape(form?.id ?? id)}"]`);
    if (!(row instanceof HTMLElement)) return;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
    struck.value = id;
    setTimeout(() => (struck.value = ""), 1600);
  });
}

/** How far from the newest entry counts as being there. */
const NEAR = 60;

export function TimelineView() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const height = useRef(0);
  const lastKey = useRef("");
  const [away, setAway] = useState(false);
  const [missed, setMissed] = useState(0);
  const shown = rows.value;
  const newestKey = `${log.value.order.at(-1)?.id ?? ""}${pending.value.length}`;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const grown = element.scrollHeight - height.current;
    const appended = lastKey.current !== "" && newestKey !== lastKey.current;
    if (appended && -element.scrollTop > NEAR && grown > 0) {
      element.scrollTop -= grown;
      setMissed((n) => n + 1);
    }
    height.current = element.scrollHeight;
    lastKey.current = newestKey;
  });
  useEffect(() => {
    if (!away) markRead();
    maybeOlder(box.current);
  });
  useEffect(() => {
    const look = () => !away && markRead();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [away]);
  useEffect(() => void showFront(box.current), [open.value?.conversation]);

  function onScroll() {
    const element = box.current;
    if (!element) return;
    const isAway = -element.scrollTop > NEAR;
    if (isAway !== away) setAway(isAway);
    if (!isAway) setMissed(0);
    maybeOlder(element);
  }
  return html`<div class="timeline">
    <div class="scroll-end" tabindex="0" role="log" aria-live="off" aria-label=${t("timeline.name")} ref=${box} onScroll=${onScroll} onKeyDown=${moveByEntry} id="timeline">
      <ol class="tl" aria-label=${t("timeline.all_channels")}>
        <${Top} />
        ${shown.map((row) => html`<${RowView} key=${row.key} row=${row} />`)}
        ${pending.value.map((one) => html`<${PendingRow} key=${one.key} one=${one} />`)}
        <${Typing} />
      </ol>
    </div>
    ${away ? html`<button type="button" class="btn sm tolast" onClick=${() => box.current?.scrollTo({ top: 0 })}><${Icon} name="arrow-down" size="s" />${missed ? t("timeline.missed", { n: missed }) : t("timeline.to_last")}</button>` : null}
    <p class="vh" role="status" aria-live="polite">${spoken.value}</p>
  </div>`;
}

/** Bring the conversation in front into view if it is not the newest. @param {HTMLElement | null} box */
async function showFront(box) {
  const id = open.value?.conversation;
  if (!id || !log.value.order.length || log.value.order.at(-1)?.conversation_id === id) return;
  const found = await reach((entry) => entry.conversation_id === id);
  if (!found || open.value?.conversation !== id) return;
  requestAnimationFrame(() => box?.querySelector(`[data-sep="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "start" }));
}

/** @param {HTMLElement | null} box */
function maybeOlder(box) {
  const { older, fetching, state } = extent.peek();
  const top = rows.peek()[0];
  if (!box || !older || fetching || state !== "ready" || (top?.type === "sep" && top.folded)) return;
  if (box.scrollHeight + box.scrollTop - box.clientHeight < 700) void fetchOlder();
}

/** @param {KeyboardEvent} event */
function moveByEntry(event) {
  const box = /** @type {HTMLElement} */ (event.currentTarget);
  const inside = event.target instanceof Element ? event.target.closest("[data-entry]") : null;
  if (event.target !== box && event.target !== inside) return;
  const entries = [...box.querySelectorAll("[data-entry]")];
  const at = inside ? entries.indexOf(inside) : entries.length;
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: entries.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = entries[Math.max(0, Math.min(entries.length - 1, to))];
  if (next instanceof HTMLElement) {
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
}

/** What stands above the oldest entry shown. */
function Top() {
  const { older, fetching, problem } = extent.value;
  if (problem && older) return html`<li class="top"><${Banner} tone="danger" icon="circle-x"><span class="grow">${t("timeline.older_failed")}</span><button type="button" class="btn sm" onClick=${fetchOlder}>${t("action.again")}</button><//></li>`;
  if (fetching) return html`<li class="top"><${Skeleton} rows=${2} label=${t("timeline.older_loading")} /></li>`;
  if (older) return html`<li class="top"><button type="button" class="btn sm ghost" onClick=${fetchOlder}>${t("timeline.older")}</button></li>`;
  return html`<li class="top muted small">${t("timeline.begin")}</li>`;
}

/** @param {{ row: import("../rows.js").Row }} props */
function RowView({ row }) {
  if (row.type === "entry") return html`<${EntryRow} row=${row} struck=${struck.value === row.entry.id} />`;
  if (row.type === "new") return html`<li class=${`new ${channelLook(row.channel).hue}`} aria-label=${t("timeline.new")}>${t("timeline.new")}</li>`;
  if (row.type === "day") return html`<li class=${`day ${channelLook(row.channel).hue}`}><span>${words.value.day(row.at)}</span></li>`;
  if (row.type === "fold") return html`<li class=${`e ${channelLook(row.channel).hue} foldrow`}><span></span><div class="b"><button type="button" class="fold" aria-expanded=${row.open} onClick=${() => toggle(row.id)}><${Icon} name=${row.open ? "chevron-down" : "chevron-right"} size="s" />${t("timeline.turns", { n: row.count })}</button></div></li>`;
  return html`<${Separator} row=${row} />`;
}

/** @param {{ row: Extract<import("../rows.js").Row, { type: "sep" }> }} props */
function Separator({ row }) {
  const one = row.conversation;
  const topic = one?.topic || t("timeline.untitled");
  if (one?.status === "resolved" && !row.front) {
    const resolved = one.resolved_at ? t("timeline.resolved_on", { day: words.value.day(one.resolved_at) }) : "";
    const detail = [channelName(one.channel), t("timeline.entries", { n: row.count }), resolved].filter(Boolean).join(" · ");
    return html`<li data-sep=${row.id}><button type="button" class="sep old" aria-expanded=${!row.folded} onClick=${() => toggle(row.id)}><${Icon} name=${row.folded ? "chevron-right" : "chevron-down"} size="s" /><b>${topic}</b> <span class="cut">${detail}</span></button></li>`;
  }
  const since = one ? t("timeline.since", { time: words.value.brief(one.opened_at) }) : words.value.brief(row.since);
  const detail = [queueName(one?.queue), since].filter(Boolean).join(" · ");
  const origin = one?.origin?.kind === "link" ? t("timeline.from_link", { campaign: one.origin.campaign ?? "" }) : "";
  return html`<li class="sep" data-sep=${row.id}>${one && !row.front ? html`<a href=${pathOf(one)} onClick=${(/** @type {MouseEvent} */ event) => { event.preventDefault(); go(pathOf(one)); }}><b>${topic}</b></a>` : html`<b>${topic}</b>`}
    <span class="cut">${detail}${origin ? html`<span class="opt"> · ${origin}</span>` : null}</span></li>`;
}

function Typing() {
  const one = current.value;
  const who = one ? typing.value[one.id] : undefined;
  if (!who || !one) return null;
  return html`<li class=${`e typing ${channelLook(one.channel).hue}`}><span></span><div class="b"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span><span class="small muted">${t("timeline.types", { name: who.name })}</span></div></li>`;
}
