/** The whole panel: head, thread, actions, composer; and the states before and after a conversation. */
import { useRef, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { isEmbedded, tellHost } from "../host.js";
import { enqueue } from "../outbox.js";
import { conversation, ended, entries, line, notice, waiting, welcome } from "../state.js";
import { locale, locales, speak, t } from "../words.js";
import { Composer } from "./composer.js";
import { Thread } from "./thread.js";
import { Icon, later } from "./later.js";

/** Put the focus where one goes on: the field where there is a real keyboard, else the title. */
export function focusPanel() {
  const field = matchMedia("(pointer: fine)").matches && document.getElementById("say");
  (field || /** @type {HTMLElement | null} */ (document.querySelector("h1")))?.focus();
}

/** Two letters of a name, one of a Chinese one. @param {string} name */
const initials = (name) => (/^\p{Script=Han}/u.test(name) ? name.slice(0, 1) : name.split(/\s+/).slice(0, 2).map((part) => [...part][0] ?? "").join(""));
/** @param {string} name */
const hue = (name) => [...name].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0) * 47, 0) % 360;

/** @param {{ name: string, kind: string }} who */
function avatar({ name, kind }) {
  const person = kind === "agent";
  return html`<span class="av" aria-hidden="true" style=${person ? { "--hue": hue(name) } : undefined}>
    ${person ? initials(name) : html`<${Icon} name=${kind === "queue" ? "users" : "bot"} size="l" />`}</span>`;
}

/** Who is on the other side: what they are called and what they are. */
function other() {
  const now = conversation.value;
  const who = now?.with ?? { kind: "bot", name: "" };
  if (ended.value) return { who, name: who.name || welcome.value?.name || t("head.bot"), state: t("head.ended") };
  if (who.kind === "agent") return { who, name: who.name, state: [now?.queue?.name, t("head.agent.state")].filter(Boolean).join(" · "), dot: true };
  if (who.kind === "queue") return { who, name: now?.queue?.name ?? who.name, state: t(now?.queue?.open === false ? "head.queue.closed" : "head.queue.state") };
  return { who, name: who.name || t("head.bot"), state: t("head.bot.state") };
}

function CloseButton() {
  if (!isEmbedded) return null;
  return html`<button class="btn ghost icon" aria-label=${t("close")}
    onClick=${() => tellHost("close")}><${Icon} name="chevron-down" size="l" /></button>`;
}

function Head() {
  const { who, name, state, dot } = other();
  return html`<header class="w-head">${avatar(who)}<div class="grow">
      <h1 tabindex="-1" class="cut"><bdi>${name}</bdi></h1>
      <p class="small muted row">${dot && html`<span class="dot ok"></span>`}<span class="cut">${state}</span></p>
    </div><div class="tools"><${Menu} /><${CloseButton} /></div></header>`;
}

function Greeting() {
  const hours = welcome.value?.hours;
  return html`<header class="w-head brandbar"><div class="grow">
      <p class="small">${welcome.value?.name}</p>
      <h1 tabindex="-1" dir="auto">${welcome.value?.greeting || t("greeting")}</h1>
      <p dir="auto">${hours && !hours.open ? hours.text : t("welcome.open")}</p>
    </div><div class="tools"><${Menu} /><${CloseButton} /></div></header>`;
}

function Menu() {
  /** @type {import("preact").RefObject<any>} */
  const menu = useRef(null);
  const hide = () => menu.current?.hidePopover();
  return html`<button class="btn ghost icon" aria-label=${t("menu")} popovertarget="menu"><${Icon} name="ellipsis" size="l" /></button>
    <div id="menu" class="menu" popover ref=${menu}>
      <p class="small muted" id="menu-lang">${t("language")}</p>
      <div role="group" aria-labelledby="menu-lang">${locales.map((name) => html`
        <button class="item" lang=${name} aria-pressed=${locale.value === name} onClick=${() => { void speak(name); hide(); }}>
          <span class="grow">${t(`lang.${name}`)}</span>${locale.value === name && html`<${Icon} name="check" />`}</button>`)}</div>
    </div>`;
}

/** Whoever has said nothing yet says this first: a conversation begins with a message. */
async function askForPerson() {
  if (conversation.value?.status !== "open") await enqueue({ text: t("person") });
  await enqueue({ event: "person" });
}

const EndDialog = later(() => import("./end.js"), "EndDialog");

/** "Talk to a person" and "End chat", whatever goes on. */
function Actions() {
  const [ending, setEnding] = useState(false);
  const now = conversation.value;
  const asked = waiting.value.some((item) => item.event === "person");
  return html`<div class="w-acts">
    ${(now?.with.kind ?? "bot") === "bot" && html`<button disabled=${asked}
      onClick=${() => void askForPerson()}><${Icon} name="user-round" size="s" />${t("person")}</button>`}
    ${now?.status === "open" && html`<button onClick=${() => setEnding(true)}><${Icon} name="circle-x" size="s" />${t("end")}</button>`}
    ${ending && html`<${EndDialog} onClose=${() => setEnding(false)} />`}</div>`;
}

function Banner() {
  const text = notice.value ? t(notice.value) : line.value === "down" ? t(navigator.onLine ? "connecting" : "offline") : "";
  return html`<div role="status">${text && html`<p class="banner warn"><${Icon} name="wifi-off" /><span>${text}</span></p>`}</div>`;
}

export function Panel() {
  const [again, setAgain] = useState(/** @type {string | null} */ (null));
  if (line.value === "refused") {
    return html`<header class="w-head"><div class="grow"></div><${CloseButton} /></header>
      <main class="empty"><${Icon} name="circle-alert" /><h1 tabindex="-1">${t("refused")}</h1><p>${t("refused.note")}</p></main>`;
  }
  const fresh = line.value !== "starting" && !entries.value.length && !waiting.value.length;
  const restarted = again === conversation.value?.id;
  return html`${fresh ? html`<${Greeting} />` : html`<${Head} />`}<${Banner} />
    <main><${Thread} fresh=${fresh} /></main>
    ${ended.value && !restarted
      ? html`<footer class="w-end"><p>${t("ended")}</p><button class="btn brand wide"
        onClick=${() => { setAgain(conversation.value?.id ?? null); setTimeout(focusPanel); }}>
          <${Icon} name="refresh-cw" />${t("again")}</button></footer>`
      : html`<footer><${Actions} /><${Composer} /></footer>`}`;
}
