/** Answers one taps instead of typing: the topics of the first screen, the choices of a question. */
import { useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { keep, recall } from "../../shared/kept.js";
import { enqueue } from "../outbox.js";
import { kept, welcome } from "../state.js";
import { locale, locales, speak, t } from "../words.js";
import { Icon } from "./later.js";

/** @param {{ entry: import("../types").Entry }} props */
export function Choices({ entry }) {
  const { ask } = entry.body;
  const choices = entry.body.choices ?? ask?.choices;
  if (!choices?.length) return null;
  /** @param {import("../types").Choice} choice */
  const pick = ({ label, value }) => void enqueue({ text: label, answers: { [ask?.slot ?? "choice"]: value } });
  return html`<div class="w-choices" role="group" aria-label=${t("ask.choices")}>${choices.map((choice) => html`
    <button class="w-choice" dir="auto" onClick=${() => pick(choice)}>${choice.label}</button>`)}</div>`;
}

/** The first screen: a name if one likes, and what it is about. */
export function Welcome() {
  const [name, setName] = useState(recall(kept("name"), ""));
  const wantsName = welcome.value?.pre_chat?.some((field) => (typeof field === "string" ? field : field.name) === "name");
  const topics = welcome.value?.suggestions ?? [];
  return html`<div class="welcome">
    ${(wantsName || topics.length > 0) && html`<div class="w-card">
      ${wantsName && html`<div class="field"><label for="name">${t("welcome.name")} <span class="muted">${t("welcome.optional")}</span></label>
        <input class="input" id="name" autocomplete="name" maxlength="80" dir="auto" value=${name}
          onInput=${(/** @type {any} */ event) => { setName(event.target.value); keep(kept("name"), event.target.value.trim() || null); }} /></div>`}
      ${topics.length > 0 && html`<div class="field" role="group" aria-labelledby="about"><span class="label" id="about">${t("welcome.about")}</span>
        <div class="w-choices">${topics.map((topic) => html`
          <button class="w-choice" onClick=${() => void enqueue({ text: topic.label, flow: topic.flow })}>${topic.label}</button>`)}</div></div>`}
    </div>`}
    <p class="w-sys"><${Icon} name="bot" size="s" />${t("welcome.bot")}</p>
    <p class="w-langs"><${Icon} name="languages" size="s" />${locales.map((tag) => html`
      <button lang=${tag} aria-pressed=${locale.value === tag} onClick=${() => void speak(tag)}>${t(`lang.${tag}`)}</button>`)}</p>
  </div>`;
}
