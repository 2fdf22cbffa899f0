/** The dialogs about a conversation: transfer, wrap-up, topic. */
import { useEffect, useState } from "preact/hooks";
import { asProblem, Problem } from "../../shared/api.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { amend, resolve, transfer } from "../acts.js";
import { waitsForUs } from "../inbox.js";
import { agents, dispositions, everyQueue, lookAround, me } from "../session.js";
import { current } from "../timeline.js";
import { sayProblem, t } from "../words.js";
import { Avatar, Banner, personName } from "./common.js";
import { closeDialog, Dialog } from "./dialog.js";
import { stateDot } from "./rail.js";

/**
 * A form in a dialog: busy while it runs, its problem above the buttons, closed when it is done.
 * @param {{ title: string, action: string, run: (data: FormData) => Promise<unknown>, ready?: boolean, children?: any }} props
 */
function DialogForm({ title, action, run, ready = true, children }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    setProblem(null);
    try {
      await run(new FormData(/** @type {HTMLFormElement} */ (event.target)));
      closeDialog();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }
  return html`<${Dialog} title=${title}><form class="dform" onSubmit=${submit}>${children}
    ${problem ? html`<${Banner} tone="danger" icon="circle-x" role="alert"><span class="grow">${sayProblem(problem)}</span><//>` : null}
    <p class="row dfoot"><button type="button" class="btn" onClick=${closeDialog}>${t("action.cancel")}</button><button class="btn primary" disabled=${!ready} aria-busy=${busy}>${action}</button></p></form><//>`;
}

export function TransferDialog() {
  const one = current.value;
  const [kind, setKind] = useState(/** @type {"queue" | "agent"} */ ("queue"));
  const [chosen, setChosen] = useState("");
  const [find, setFind] = useState("");
  useEffect(() => void lookAround(), []);
  if (!one) return null;
  const colleagues = agents.value.filter((agent) => agent.id !== me.value?.id && agent.state !== "offline");
  const all = kind === "queue" ? everyQueue.value.filter((queue) => queue.id !== one.owner.id) : colleagues;
  const shown = all.filter((target) => target.name.toLowerCase().includes(find.trim().toLowerCase()));
  const target = all.find((each) => each.id === chosen);
  const swap = (/** @type {"queue" | "agent"} */ next) => { setKind(next); setChosen(""); };

  return html`<${DialogForm} title=${t("transfer.title", { name: personName(one.customer) })} action=${target ? t("transfer.to", { name: target.name }) : t("action.transfer")} ready=${Boolean(target)}
      run=${(/** @type {FormData} */ data) => transfer(one, { to: { kind, id: chosen }, name: target?.name ?? "", reason: String(data.get("reason")), summary: String(data.get("summary")).trim() })}>
    <div class="tabs" role="radiogroup" aria-label=${t("transfer.kind")}>${/** @type {const} */ (["queue", "agent"]).map((each) => html`<button key=${each} type="button" role="radio" aria-checked=${kind === each} onClick=${() => swap(each)}><${Icon} name=${each === "queue" ? "users" : "user-round"} size="s" />${t(`transfer.${each}`)}</button>`)}</div>
    <input class="input" type="search" placeholder=${t("transfer.find")} aria-label=${t("transfer.find")} value=${find} onInput=${(/** @type {any} */ event) => setFind(event.target.value)} autofocus />
    <div class="choices-list" role="radiogroup" aria-label=${t(`transfer.${kind}`)}>
      ${shown.length ? shown.map((each) => html`<label class="item" key=${each.id}><input type="radio" name="target" value=${each.id} checked=${chosen === each.id} onChange=${() => setChosen(each.id)} /><${Target} each=${each} kind=${kind} /></label>`) : html`<p class="muted pad">${t(kind === "agent" ? "transfer.no_agents" : "transfer.no_match")}</p>`}</div>
    <div class="field"><label for="tr-reason">${t("transfer.reason")}</label><input class="input" id="tr-reason" name="reason" required maxlength="300" placeholder=${t("transfer.reason_hint")} /></div>
    <div class="field"><label for="tr-summary">${t("transfer.summary")}</label><textarea class="input" id="tr-summary" name="summary" rows="3" maxlength="4000"></textarea><span class="hint">${t("transfer.summary_hint")}</span></div>
  <//>`;
}

/** @param {{ each: any, kind: string }} props */
function Target({ each, kind }) {
  if (kind === "agent") return html`<${Avatar} id=${each.id} name=${each.name} size="s" staff /><span class="grow cut">${each.name}</span><span class="small muted row"><span class=${`dot ${stateDot(each.state)}`}></span>${t(`state.${each.state}`)}${each.capacity ? html`<span class="num">${t("transfer.load", { load: each.load ?? 0, capacity: each.capacity })}</span>` : null}</span>`;
  return html`<span class="grow cut">${each.name}</span><span class="small muted">${each.hours?.open === false ? html`<${Icon} name="moon" size="s" /> ${each.hours.text || t("queue.closed")}` : t("transfer.waiting", { n: each.waiting ?? 0 })}</span>`;
}

export function WrapUpDialog() {
  const one = current.value;
  const [chosen, setChosen] = useState("");
  if (!one) return null;
  return html`<${DialogForm} title=${t("wrapup.title", { name: personName(one.customer) })} action=${t("action.resolve")} ready=${Boolean(chosen) || !dispositions.value.length}
      run=${(/** @type {FormData} */ data) => resolve(one, { disposition: chosen, note: String(data.get("note")).trim() })}>
    <fieldset class="field"><legend class="label">${t("wrapup.disposition")}</legend>
      <div class="chips" role="radiogroup">${dispositions.value.map((each, index) => html`<label class="chip" key=${each.id}><input type="radio" class="vh" name="disposition" value=${each.id} checked=${chosen === each.id} autofocus=${index === 0} onChange=${() => setChosen(each.id)} />${dispositionName(each)}</label>`)}</div></fieldset>
    <div class="field"><label for="wu-note">${t("wrapup.note")}</label><textarea class="input" id="wu-note" name="note" rows="3" maxlength="4000"></textarea><span class="hint">${t("wrapup.note_hint")}</span></div>
    ${waitsForUs(one) ? html`<${Banner} tone="warn" icon="triangle-alert"><span>${t("wrapup.unanswered")}</span><//>` : null}
  <//>`;
}

/** @param {{ id: string, label: string }} each */
const dispositionName = (each) => each.label || each.id;

export function TopicDialog() {
  const one = current.value;
  if (!one) return null;
  return html`<${DialogForm} title=${t("action.topic")} action=${t("action.save")} run=${(/** @type {FormData} */ data) => amend(one, { topic: String(data.get("topic")).trim() })}>
    <div class="field"><label for="topic">${t("topic.label")}</label><input class="input" id="topic" name="topic" required maxlength="200" value=${one.topic ?? ""} autofocus /></div><//>`;
}
