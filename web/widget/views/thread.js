/** The thread: one log, newest at the end, older pages above; it never jumps under the reader. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { loadOlder } from "../live.js";
import { atEnd, conversation, ended, entries, isForMe, line, older, question, seen, shown, unread, waiting, writing } from "../state.js";
import { t, when } from "../words.js";
import { Choices, Welcome } from "./answers.js";
import { EntryRow, PendingRow } from "./entry.js";
import { Icon, later } from "./later.js";

/** @typedef {import("../types").Entry} Entry */

const Ask = later(() => import("./ask.js"), "Ask");
const Line = later(() => import("./queue.js"), "Line");

/** @param {string} at */
function dayOf(at) {
  const day = new Date(at).toDateString();
  const now = Date.now();
  if (day === new Date(now).toDateString()) return t("today");
  if (day === new Date(now - 864e5).toDateString()) return t("yesterday");
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: /** @type {const} */ ("numeric") };
  return when(at, { weekday: "long", day: "numeric", month: "long", ...year });
}

/** Whether two entries stand together under one name and time. @param {Entry | undefined} a @param {Entry | undefined} b */
const together = (a, b) => !!a && !!b && a.kind === "message" && b.kind === "message" && a.direction === b.direction
  && a.author.name === b.author.name && Math.abs(Date.parse(a.at) - Date.parse(b.at)) < 240_000;

function Rows() {
  const list = entries.value;
  const lastMine = list.findLast((entry) => entry.direction === "in" && entry.kind === "message");
  const through = conversation.value?.agent_read_through ?? 0;
  return list.flatMap((entry, index) => {
    const day = dayOf(entry.at);
    const before = list[index - 1];
    const newDay = (before ? dayOf(before.at) : index ? "" : older.value ? "" : t("today")) !== day;
    const mine = entry.direction === "in";
    const state = mine && entry === lastMine ? (entry.state === "read" || entry.ordered_at <= through ? "read" : "sent") : "";
    return html`${newDay && html`<p class="w-sys day" key=${`d${entry.id}`}>${day}</p>`}
      <${EntryRow} key=${entry.id} entry=${entry} first=${!together(before, entry)} last=${!together(entry, list[index + 1])}
        state=${state} />`;
  });
}

/** @param {{ fresh: boolean }} props */
export function Thread({ fresh }) {
  /** @type {import("preact").RefObject<HTMLElement | null>} */
  const box = useRef(null);
  const was = useRef({ height: 0, top: 0, first: "" });
  const [loading, setLoading] = useState(/** @type {"" | "busy" | "failed"} */ (""));
  const toEnd = () => { if (box.current) box.current.scrollTop = box.current.scrollHeight; };

  useLayoutEffect(() => {
    const log = box.current;
    if (!log || fresh) return;
    const first = entries.value[0]?.id ?? "";
    if (atEnd.value) toEnd();
    else if (was.current.first && was.current.first !== first) log.scrollTop = was.current.top + log.scrollHeight - was.current.height;
    was.current = { height: log.scrollHeight, top: log.scrollTop, first };
  });
  useEffect(() => { // pictures, the keyboard, a taller composer: stay at the end
    const watch = new ResizeObserver(() => { if (atEnd.value && !box.current?.querySelector(".welcome")) toEnd(); });
    if (box.current) watch.observe(box.current);
    if (box.current?.firstElementChild) watch.observe(box.current.firstElementChild);
    return () => watch.disconnect();
  }, []);
  useSignalEffect(() => { if (shown.value && atEnd.value) requestAnimationFrame(toEnd); });

  const earlier = async () => {
    if (loading === "busy") return;
    setLoading("busy");
    setLoading((await loadOlder()) ? "" : "failed");
  };
  const scrolled = () => {
    const log = box.current;
    if (!log) return;
    // Only a hand moves upwards; what grows below us must not count as having left the end.
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 40) atEnd.value = true;
    else if (log.scrollTop < was.current.top - 1) atEnd.value = false;
    was.current = { ...was.current, height: log.scrollHeight, top: log.scrollTop };
    if (log.scrollTop < 120 && older.value && !loading) void earlier();
  };
  const asked = question.value;
  const queued = conversation.value?.with.kind === "queue" && !ended.value;
  const fresher = entries.value.filter((entry) => isForMe(entry) && entry.ordered_at > seen.value).length;
  return html`<div class="w-log" ref=${box} onScroll=${scrolled} tabindex="0" role="log" aria-label=${t("log")}
    aria-busy=${loading === "busy" || line.value === "starting"}>
      <div class="w-flow">
        ${line.value === "starting" && [52, 70, 38].map((width) => html`<span class="skel say"
          style=${{ inlineSize: `${width}%` }}></span>`)}
        ${fresh && html`<${Welcome} />`}
        ${older.value && html`<button class="btn ghost wide" aria-disabled=${loading === "busy"} onClick=${() => void earlier()}>
          ${loading === "busy" ? t("log.loading") : loading === "failed" ? `${t("log.failed")} ${t("retry")}` : t("log.earlier")}</button>`}
        <${Rows} />
        ${waiting.value.map((item) => html`<${PendingRow} key=${item.client_key} item=${item} />`)}
        ${writing.value && html`<p class="w-meta"><span class="typing" aria-hidden="true"><i></i><i></i><i></i></span>
          ${t("typing", { who: writing.value.name || t("bot") })}</p>`}
        ${asked && html`<${Choices} entry=${asked} />`}
        ${asked?.body.ask && (asked.body.ask.optional || /^(date|photo)$/.test(asked.body.ask.type)) && html`<${Ask} key=${asked.id} entry=${asked} />`}
        ${queued && html`<${Line} />`}
      </div>
    </div>
    ${!atEnd.value && unread.value > 0 && html`<button class="btn w-new" onClick=${() => { atEnd.value = true; toEnd(); }}>
      <${Icon} name="chevron-down" />${t("log.new.n", { n: fresher })}</button>`}`;
}
