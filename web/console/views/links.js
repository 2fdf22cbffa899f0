/** QR codes and links: what there is, and making another one. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { asProblem, Problem } from "../../shared/api.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { prefix } from "../config.js";
import { api, everyQueue, isSupervisor } from "../session.js";
import { LOCALES, sayProblem, t, words } from "../words.js";
import { Banner, Empty, IconButton, Skeleton } from "./common.js";
import { copy } from "./thread.js";

/** @typedef {import("../../shared/types").Link} Link */

/** @type {import("@preact/signals").Signal<{ state: "loading" | "ready" | "error", items: Link[], next: string | null, problem: Problem | null }>} */
const links = signal({ state: "loading", items: [], next: null, problem: null });
/** @type {import("@preact/signals").Signal<Link | null>} */
const chosen = signal(null);

/** @param {string | null} [after] */
async function load(after = null) {
  try {
    const page = await api.get("/links", { after, limit: 40 });
    links.value = { state: "ready", items: after ? [...links.value.items, ...page.items] : page.items, next: page.next, problem: null };
    chosen.value ??= page.items[0] ?? null;
  } catch (error) {
    links.value = { ...links.value, state: "error", problem: asProblem(error) };
  }
}

/** @param {Link} link */
const svgOf = (link) => (link.svg_url.startsWith("/") ? `${prefix}${link.svg_url}` : new URL(link.svg_url, location.href).pathname);
/** @param {Link} link */
const queueName = (link) => (typeof link.queue === "object" ? link.queue?.name : everyQueue.value.find((queue) => queue.id === link.queue)?.name) ?? "";

export function LinksPage() {
  const [making, setMaking] = useState(false);
  useEffect(() => void load(), []);
  const { state, items, next, problem } = links.value;
  return html`<main id="main" class="desk page links">
    <section class="thread" aria-labelledby="links-t"><header class="bh"><div class="grow"><h1 id="links-t">${t("links.title")}</h1><p class="small muted cut">${t("links.lead")}</p></div>
      ${isSupervisor.value ? html`<button type="button" class="btn primary" aria-expanded=${making} onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("links.new")}</button>` : null}</header>
      <div class="ed">
        ${state === "loading" ? html`<${Skeleton} rows=${5} label=${t("links.loading")} />`
          : state === "error" && problem ? html`<${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow"><b>${t("links.failed")}</b> ${sayProblem(problem)}</span><button type="button" class="btn sm" onClick=${() => load()}>${t("action.again")}</button><//>`
          : !items.length ? html`<${Empty} icon="qr-code" level="h2" title=${t("links.empty")} text=${t(isSupervisor.value ? "links.empty_hint" : "links.forbidden")}>${isSupervisor.value ? html`<button type="button" class="btn sm" onClick=${() => setMaking(true)}>${t("links.new")}</button>` : null}<//>`
          : html`<div class="card tablebox"><table><thead><tr><th>${t("links.label")}</th><th>${t("links.campaign")}</th><th class="opt">${t("links.queue")}</th><th class="opt">${t("links.language")}</th><th class="n">${t("links.opens")}</th><th class="n opt">${t("links.made")}</th></tr></thead>
            <tbody>${items.map((link) => html`<tr key=${link.id} class=${!making && chosen.value?.id === link.id ? "cur" : ""}><th scope="row"><button type="button" class="linkbtn" aria-pressed=${chosen.value?.id === link.id} onClick=${() => { chosen.value = link; setMaking(false); }}><${Icon} name="qr-code" size="s" /><span class="cut">${link.label || link.code}</span></button></th>
              <td><span class="badge">${link.campaign}</span></td><td class="opt">${queueName(link)}</td><td class="opt">${link.language ? words.value.language(link.language) : t("links.any_language")}</td><td class="n">${words.value.number(link.opens)}</td><td class="n opt muted">${words.value.brief(link.created_at)}</td></tr>`)}</tbody></table></div>
            ${next ? html`<p class="center"><button type="button" class="btn" onClick=${() => load(next)}>${t("action.more_rows")}</button></p>` : null}`}
      </div></section>
    <aside class="side" aria-label=${making ? t("links.new") : t("links.preview")}>
      ${making ? html`<${LinkForm} done=${(/** @type {Link | null} */ link) => { setMaking(false); if (link) { links.value = { ...links.value, state: "ready", items: [link, ...links.value.items] }; chosen.value = link; } }} />`
        : chosen.value ? html`<${Preview} link=${chosen.value} />` : html`<${Empty} icon="qr-code" level="h2" title=${t("links.none_chosen")} />`}</aside>
  </main>`;
}

/** @param {{ link: Link }} props */
function Preview({ link }) {
  const claimed = Object.entries(link.claimed ?? {}).filter(([, value]) => value);
  return html`<section class="sec"><h2>${link.label || link.campaign}</h2>
    <img class="qr" src=${svgOf(link)} width="240" height="240" alt=${t("links.qr_of", { url: link.url })} />
    <p class="row urlrow"><a class="cut grow num" href=${link.url} target="_blank" rel="noopener" title=${link.url}>${link.url}</a><${IconButton} icon="copy" label=${t("links.copy")} onClick=${() => copy(link.url)} /></p>
    <p class="row wrap"><a class="btn" href=${svgOf(link)} download=${`${link.campaign}-${link.code}.svg`}><${Icon} name="download" />${t("links.download")}</a><button type="button" class="btn" onClick=${() => window.print()}><${Icon} name="printer" />${t("links.print")}</button></p></section>
    <section class="sec"><h2>${t("links.carries")}</h2><dl class="brief wide"><dt>${t("links.campaign")}</dt><dd>${link.campaign}</dd><dt>${t("links.queue")}</dt><dd>${queueName(link)}</dd><dt>${t("links.language")}</dt><dd>${link.language ? words.value.language(link.language) : t("links.any_language")}</dd>
      ${claimed.map(([key, value]) => html`<dt key=${`${key}-t`}>${key === "name" ? t("links.carries_name") : key === "context" ? t("links.carries_context") : key}</dt><dd key=${key}>${String(value)}</dd>`)}</dl>
      <p class="small muted note-line"><${Icon} name="info" size="s" /> ${t("links.public")}</p></section>`;
}

/** @param {{ done: (link: Link | null) => void }} props */
function LinkForm({ done }) {
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [flows, setFlows] = useState(/** @type {{ id: string, title: string }[]} */ ([]));
  useEffect(() => {
    api.get("/flows").then((page) => setFlows(page.items ?? []), (error) => void asProblem(error));
  }, []);
  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
    const claimed = Object.fromEntries(["name", "context"].map((name) => [name, text(name)]).filter(([, value]) => value));
    setBusy(true);
    setProblem(null);
    try {
      const body = { label: text("label"), campaign: text("campaign"), queue: text("queue"), ...(text("language") ? { language: text("language") } : {}), ...(text("flow") ? { flow: text("flow") } : {}), claimed };
      done(await api.post("/links", body));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }
  return html`<form class="sec dform" onSubmit=${submit}><h2>${t("links.new")}</h2>
    <div class="field"><label for="lk-label">${t("links.label")}</label><input class="input" id="lk-label" name="label" required maxlength="120" autofocus placeholder=${t("links.label_hint")} /></div>
    <div class="field"><label for="lk-campaign">${t("links.campaign")}</label><input class="input" id="lk-campaign" name="campaign" required maxlength="60" pattern="[A-Za-z0-9._\\-]+" placeholder="envelope-2026" aria-describedby="lk-ch" /><span class="hint" id="lk-ch">${t("links.campaign_hint")}</span></div>
    <div class="field"><label for="lk-queue">${t("links.queue")}</label><select class="input" id="lk-queue" name="queue" required>${everyQueue.value.map((queue) => html`<option key=${queue.id} value=${queue.id}>${queue.name}</option>`)}</select></div>
    <div class="two"><div class="field"><label for="lk-lang">${t("links.language")}</label><select class="input" id="lk-lang" name="language"><option value="">${t("links.any_language")}</option>${LOCALES.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></div>
    <div class="field"><label for="lk-flow">${t("links.flow")}</label><select class="input" id="lk-flow" name="flow"><option value="">${t("links.no_flow")}</option>${flows.map((flow) => html`<option key=${flow.id} value=${flow.id}>${flow.title || flow.id}</option>`)}</select></div></div>
    <div class="field"><label for="lk-name">${t("links.claimed_name")}</label><input class="input" id="lk-name" name="name" maxlength="120" aria-describedby="lk-nh" /></div>
    <div class="field"><label for="lk-context">${t("links.claimed_context")}</label><input class="input" id="lk-context" name="context" maxlength="300" /><span class="hint" id="lk-nh">${t("links.claimed_hint")}</span></div>
    ${problem ? html`<${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow">${sayProblem(problem)}</span><//>` : null}
    <p class="row dfoot"><button type="button" class="btn" onClick=${() => done(null)}>${t("action.cancel")}</button><button class="btn primary" aria-busy=${busy}>${t("links.make")}</button></p></form>`;
}
