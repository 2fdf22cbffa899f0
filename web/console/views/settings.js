/** One's own settings. */
import { useState } from "preact/hooks";
import { asProblem } from "../../shared/api.js";
import { html } from "../../shared/html.js";
import { chime } from "../signals.js";
import { changeLocale, changeMe, changeSettings, me, queues, settings } from "../session.js";
import { say } from "../toasts.js";
import { LOCALES, sayProblem, t, words } from "../words.js";
import { Avatar } from "./common.js";
import { switchDesktop } from "./rail.js";

/** Save, and say when that failed. @param {Promise<unknown>} doing */
function saving(doing) {
  doing.then(() => say(t("settings.saved"), { tone: "ok", seconds: 2 }), (error) => say(sayProblem(asProblem(error)), { tone: "danger" }));
}

export function SettingsPage() {
  const self = me.value;
  const now = settings.value;
  const [capacity, setCapacity] = useState(self?.capacity ?? 1);
  if (!self) return null;
  const mine = queues.value.filter((queue) => self.queues.includes(queue.id));
  return html`<main id="main" class="desk page settings"><section class="thread" aria-labelledby="set-t"><header class="bh"><h1 id="set-t">${t("settings.title")}</h1></header><div class="ed"><div class="setcol">
    <section class="card pad"><p class="row who"><${Avatar} id=${self.id} name=${self.name} size="l" staff /><span class="grow"><b>${self.name}</b><br /><span class="muted small">${self.email} · ${t(`role.${self.role}`)}</span></span></p>
      <dl class="brief wide"><dt>${t("settings.queues")}</dt><dd>${mine.map((queue) => html`<span class="badge" key=${queue.id}>${queue.name}</span> `)}${mine.length ? null : t("board.none")}</dd><dt>${t("settings.skills")}</dt><dd>${self.skills.length ? self.skills.map((skill) => html`<span class="badge" key=${skill}>${skill}</span> `) : t("board.none")}</dd><dt>${t("settings.languages")}</dt><dd>${self.languages.map((code) => words.value.language(code)).join(", ") || t("board.none")}</dd></dl></section>
    <section class="card pad"><h2>${t("settings.look")}</h2>
      <div class="field"><label for="set-lang">${t("me.language")}</label><select class="input" id="set-lang" value=${words.value.locale} onChange=${(/** @type {any} */ event) => saving(changeLocale(event.target.value))}>${LOCALES.map((one) => html`<option key=${one.id} value=${one.id} lang=${one.id}>${one.name}</option>`)}</select></div>
      <div class="field"><span class="label" id="set-theme">${t("me.theme")}</span><div class="tabs boxed" role="radiogroup" aria-labelledby="set-theme">${/** @type {const} */ (["system", "light", "dark"]).map((theme) => html`<button key=${theme} type="button" role="radio" aria-checked=${now.theme === theme} onClick=${() => saving(changeSettings({ theme }))}>${t(`me.theme.${theme}`)}</button>`)}</div></div></section>
    <section class="card pad"><h2>${t("settings.work")}</h2>
      <${Switch} label=${t("me.enter_sends")} hint=${t("settings.enter_hint")} on=${now.enter_sends} change=${(/** @type {boolean} */ on) => saving(changeSettings({ enter_sends: on }))} />
      <${Switch} label=${t("me.sound")} hint=${t("settings.sound_hint")} on=${now.sound} change=${(/** @type {boolean} */ on) => { saving(changeSettings({ sound: on })); if (on) setTimeout(chime, 50); }} />
      <${Switch} label=${t("me.desktop")} hint=${t("settings.desktop_hint")} on=${now.desktop_notifications} change=${(/** @type {boolean} */ on) => saving(switchDesktop(on))} />
      <div class="field cap"><label for="set-cap">${t("settings.capacity")}</label><input class="input num" id="set-cap" type="number" min="1" max="20" value=${capacity} aria-describedby="set-caph" onInput=${(/** @type {any} */ event) => setCapacity(event.target.valueAsNumber)} onChange=${() => Number.isInteger(capacity) && capacity > 0 && saving(changeMe({ capacity }))} /><span class="hint" id="set-caph">${t("settings.capacity_hint")}</span></div></section>
  </div></div></section></main>`;
}

/** @param {{ label: string, hint: string, on: boolean, change: (on: boolean) => void }} props */
function Switch({ label, hint, on, change }) {
  return html`<label class="row setrow"><span class="grow">${label}<br /><span class="small muted">${hint}</span></span><input type="checkbox" class="switch" role="switch" checked=${on} onChange=${(/** @type {any} */ event) => change(event.target.checked)} /></label>`;
}
