/** The live board: queues and who waits, agents and what they do. */
import { useEffect } from "preact/hooks";
import { clock } from "../../shared/i18n.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { extents, lists, load } from "../inbox.js";
import { line } from "../live.js";
import { pathOf } from "../router.js";
import { agents, everyQueue, lookAround, queueName } from "../session.js";
import { sayProblem, t, words } from "../words.js";
import { Avatar, Banner, channelLook, Empty, personName } from "./common.js";
import { useNow } from "./list.js";
import { stateDot } from "./rail.js";

/** @typedef {import("../../shared/types").Queue} Queue */

/** Queues and agents anew every 15 s; what changes between comes over the line. */
function useFresh() {
  useEffect(() => {
    void lookAround();
    void load("queue");
    const timer = setInterval(() => document.visibilityState === "visible" && void lookAround(), 15_000);
    return () => clearInterval(timer);
  }, []);
}

export function BoardPage() {
  useFresh();
  const { problem } = extents.queue.value;
  const now = useNow(true);
  const waiting = lists.queue.value;
  const rows = everyQueue.value.map((queue) => {
    const here = waiting.filter((one) => one.queue?.id === queue.id || one.owner.id === queue.id);
    const since = here.map((one) => Date.parse(one.waiting_since ?? one.updated_at)).sort((a, b) => a - b)[0];
    const able = agents.value.filter((agent) => !("queues" in agent) || /** @type {any} */ (agent).queues?.includes(queue.id));
    const free = able.filter((agent) => isFree(agent));
    const complete = extents.queue.value.state === "ready" && extents.queue.value.next === null;
    return { queue, waiting: complete ? here.length : (queue.waiting ?? here.length), longest: since === undefined ? null : (now - since) / 1000, free: free.length, able: able.filter((agent) => agent.state !== "offline").length };
  });
  const online = agents.value.filter((agent) => agent.state === "online");
  const longest = Math.max(0, ...rows.map((row) => row.longest ?? 0));
  // who serves which queue is not always told; then nothing is claimed about it
  const byQueue = agents.value.some((agent) => "queues" in agent);
  const live = line.value?.state.value === "up";
  return html`<main id="main" class="desk page board">
    <section class="thread" aria-labelledby="board-t"><header class="bh"><h1 id="board-t">${t("rail.board")}</h1><span class=${`row small ${live ? "c-ok" : "c-warn"}`}><span class=${`dot ${live ? "ok" : "warn"}`}></span>${t(live ? "board.live" : "line.down")} <time>${words.value.time(now)}</time></span></header>
    <div class="ed bb">
      ${problem ? html`<${Banner} tone="danger" icon="circle-x" role="alert"><span>${sayProblem(problem)}</span><//>` : null}
      <section class="kpis card" aria-label=${t("board.now")}>
        <${Figure} label=${t("board.waiting")} value=${words.value.number(rows.reduce((sum, row) => sum + row.waiting, 0))} detail=${longest ? t("board.longest_is", { time: clock(longest) }) : t("board.nobody")} tone=${longest > 120 ? "c-warn" : "muted"} />
        <${Figure} label=${t("board.online")} value=${words.value.number(online.length)} detail=${t("board.of", { n: agents.value.length })} />
        <${Figure} label=${t("board.free")} value=${words.value.number(online.filter(isFree).length)} detail=${t("board.free_hint")} />
        <${Figure} label=${t("board.load")} value=${words.value.number(agents.value.reduce((sum, agent) => sum + (agent.load ?? 0), 0))} detail=${online.some((agent) => agent.capacity === undefined) ? "" : t("board.capacity", { n: online.reduce((sum, agent) => sum + (agent.capacity ?? 0), 0) })} />
      </section>
      <section class="card qs" aria-labelledby="qs-t"><header><h2 id="qs-t">${t("board.queues")}</h2></header><table><thead><tr><th>${t("links.queue")}</th><th class="opt">${t("board.hours")}</th><th class="n">${t("board.waiting")}</th><th class="n">${t("board.longest")}</th>${byQueue ? html`<th class="n">${t("board.free")}</th>` : null}</tr></thead>
        <tbody>${rows.map(({ queue, ...row }) => html`<tr key=${queue.id} class=${(row.longest ?? 0) > 120 ? "late" : ""}><th scope="row">${queue.name}</th><td class="opt"><${Hours} queue=${queue} /></td><td class="n">${row.waiting}</td>
          <td class=${`n ${row.longest === null ? "muted" : row.longest > 120 ? "c-danger" : ""}`}>${row.longest === null ? t("board.none") : html`${row.longest > 120 ? html`<${Icon} name="triangle-alert" size="s" /> ` : null}${clock(row.longest)}`}</td>${byQueue ? html`<td class="n">${t("board.free_of", { free: row.free, able: row.able })}</td>` : null}</tr>`)}</tbody></table></section>
      <section class="card waitcard" aria-labelledby="w-t"><header><h2 id="w-t">${t("board.who_waits")}</h2><span class="small muted num">${waiting.length || ""}</span></header>
        ${waiting.length ? html`<ul class="waits">${waiting.slice(0, 12).map((one) => html`<li key=${one.id}><a class=${`ref ${channelLook(one.channel).hue}`} href=${pathOf(one)}><span class="c-ch"><${Icon} name=${channelLook(one.channel).icon} size="s" /></span><span class="cut">${personName(one.customer)} <span class="muted">${queueName(one.queue)} · ${one.topic || (one.last?.text ?? "")}</span></span><time class="num">${clock((now - Date.parse(one.waiting_since ?? one.updated_at)) / 1000)}</time></a></li>`)}</ul>` : html`<${Empty} icon="check" title=${t("list.empty_queue")} />`}</section>
      <${Agents} />
    </div></section></main>`;
}

/** Available, and below capacity as far as that is known. @param {import("../../shared/types").AgentShort} agent */
const isFree = (agent) => agent.state === "online" && (agent.capacity === undefined || (agent.load ?? 0) < agent.capacity);

/** @param {{ label: string, value: string, detail: string, tone?: string }} props */
function Figure({ label, value, detail, tone = "muted" }) {
  return html`<div><h2>${label}</h2><p><b>${value}</b><span class=${`small ${tone}`}>${detail}</span></p></div>`;
}

/** @param {{ queue: Queue }} props */
function Hours({ queue }) {
  const { hours } = queue;
  if (!hours) return null;
  return html`<span class=${`row small ${hours.open ? "c-ok" : "muted"}`} title=${hours.text}><${Icon} name=${hours.open ? "circle-check" : "moon"} size="s" />${t(hours.open ? "queue.open" : "queue.closed")}</span>`;
}

function Agents() {
  const order = ["online", "away", "offline"];
  const sorted = [...agents.value].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name));
  const count = (/** @type {string} */ state) => agents.value.filter((agent) => agent.state === state).length;
  return html`<section class="card agcard" aria-labelledby="ag-t"><header><h2 id="ag-t">${t("board.agents")}</h2><span class="small muted">${t("board.agent_counts", { online: count("online"), away: count("away") })}</span></header>
    <ul class="ags">${sorted.map((agent) => html`<li key=${agent.id}><${Avatar} id=${agent.id} name=${agent.name} size="s" staff /><span class="cut">${agent.name}</span><span class="st"><span class=${`dot ${stateDot(agent.state)}`}></span>${t(`state.${agent.state}`)}</span>
      ${agent.capacity === undefined ? html`<span class="ldbar num small muted">${t("board.held", { n: agent.load ?? 0 })}</span>` : html`<span class="ldbar"><span class="meter" aria-hidden="true">${Array.from({ length: Math.min(8, agent.capacity ?? 0) }, (_, index) => html`<b key=${index} class=${index < (agent.load ?? 0) ? "on" : ""}></b>`)}</span><span class="num small muted">${t("transfer.load", { load: agent.load ?? 0, capacity: agent.capacity })}</span></span>`}</li>`)}</ul></section>`;
}
