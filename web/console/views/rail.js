/** The rail: where one can go, and oneself. On a phone it lies at the bottom. */
import { html } from "../../shared/html.js";
import { Icon, Mark } from "../../shared/icon.js";
import { unreadMine } from "../inbox.js";
import { live } from "../offers.js";
import { pathTo, route } from "../router.js";
import { changeLocale, changeSettings, changeState, isSupervisor, me, settings, signOut } from "../session.js";
import { say } from "../toasts.js";
import { asProblem } from "../../shared/api.js";
import { mayNotify } from "../signals.js";
import { LOCALES, sayProblem, t, words } from "../words.js";
import { Avatar, keyName } from "./common.js";
import { opened } from "./dialog.js";
import { Menu, MenuItem } from "./menu.js";

/** @param {{ to: string, name: string, icon: string, label: string, keys?: string, count?: number }} props */
function RailLink({ to, name, icon, label, keys = "", count = 0 }) {
  const here = route.value.name === name;
  return html`<a href=${to} aria-current=${here ? "page" : undefined} title=${keys ? `${label}  ${keys}` : label}>
    <${Icon} name=${icon} /><span class="vh">${label}</span>${count ? html`<span class="count on">${count > 99 ? "99+" : count}<span class="vh"> ${t("list.unread")}</span></span>` : null}</a>`;
}

export function Rail() {
  return html`<nav class="rail" aria-label=${t("rail.name")}>
    <${Mark} />
    <${RailLink} to=${pathTo()} name="inbox" icon="inbox" label=${t("rail.inbox")} keys="G I" count=${unreadMine.value + live.value.length} />
    <button type="button" class="railbtn" title=${`${t("rail.search")}  ${keyName("mod+K")}`} onClick=${() => (opened.value = "palette")}><${Icon} name="search" /><span class="vh">${t("rail.search")}</span></button>
    ${isSupervisor.value ? html`<${RailLink} to=${pathTo("/board")} name="board" icon="gauge" label=${t("rail.board")} keys="G B" />` : null}
    <${RailLink} to=${pathTo("/links")} name="links" icon="qr-code" label=${t("rail.links")} keys="G L" />
    <span class="grow"></span>
    <button type="button" class="railbtn wide-only" title=${`${t("rail.keys")}  ?`} onClick=${() => (opened.value = "keys")}><${Icon} name="keyboard" /><span class="vh">${t("rail.keys")}</span></button>
    <${RailLink} to=${pathTo("/settings")} name="settings" icon="settings" label=${t("rail.settings")} keys="G S" />
    <${MeMenu} />
  </nav>`;
}

/** The dot that goes with a state. @param {string} state */
export const stateDot = (state) => (state === "online" ? "ok" : state === "away" ? "warn" : "hollow");

/** Try something of one's own and say it when it fails. @param {Promise<unknown>} doing */
function attempt(doing) {
  doing.catch((error) => say(sayProblem(asProblem(error)), { tone: "danger" }));
}

function MeMenu() {
  const self = me.value;
  if (!self) return null;
  const label = html`<${Avatar} id=${self.id} name=${self.name} staff /><span class=${`dot ${stateDot(self.state)}`}></span><span class="vh">${self.name}, ${t(`state.${self.state}`)}</span>`;
  return html`<${Menu} class="me" label=${label} title=${`${self.name} · ${t(`state.${self.state}`)}`} name=${t("me.name")} align="corner" up>${(/** @type {() => void} */ close) => html`
    <p class="menuhead"><b class="cut">${self.name}</b><span class="small muted cut">${self.email}</span></p>
    <hr />
    ${/** @type {const} */ (["online", "away"]).map((state) => html`<${MenuItem} key=${state} checked=${self.state === state} onClick=${() => { attempt(changeState(state)); close(); }}>
      <span class=${`dot ${stateDot(state)}`}></span><span class="grow">${t(`state.${state}`)}<span class="small muted"> ${t(`state.${state}_hint`)}</span></span>${self.state === state ? html`<${Icon} name="check" size="s" />` : null}<//>`)}
    <hr />
    <div class="menurow" role="group" aria-label=${t("me.language")}><${Icon} name="languages" />${LOCALES.map(({ id }) => html`<button key=${id} type="button" role="menuitemradio" class="seg" lang=${id} aria-checked=${words.value.locale === id} onClick=${() => attempt(changeLocale(id))}>${t(`me.locale.${id}`)}</button>`)}</div>
    <div class="menurow" role="group" aria-label=${t("me.theme")}><${Icon} name="contrast" />${["system", "light", "dark"].map((theme) => html`<button key=${theme} type="button" role="menuitemradio" class="seg" aria-checked=${settings.value.theme === theme} onClick=${() => attempt(changeSettings({ theme: /** @type {any} */ (theme) }))}>${t(`me.theme.${theme}`)}</button>`)}</div>
    <hr />
    <${Toggle} icon="corner-down-left" label=${t("me.enter_sends")} on=${settings.value.enter_sends} change=${(/** @type {boolean} */ on) => attempt(changeSettings({ enter_sends: on }))} />
    <${Toggle} icon="volume-2" label=${t("me.sound")} on=${settings.value.sound} change=${(/** @type {boolean} */ on) => attempt(changeSettings({ sound: on }))} />
    <${Toggle} icon="bell" label=${t("me.desktop")} on=${settings.value.desktop_notifications} change=${(/** @type {boolean} */ on) => attempt(switchDesktop(on))} />
    <hr />
    <${MenuItem} onClick=${() => attempt(signOut())}><${Icon} name="log-out" /><span class="grow">${t("me.sign_out")}</span><//>`}<//>`;
}

/** @param {boolean} on */
export async function switchDesktop(on) {
  if (on && !(await mayNotify())) {
    say(t("me.desktop_refused"), { tone: "danger" });
    return;
  }
  await changeSettings({ desktop_notifications: on });
}

/** @param {{ icon: string, label: string, on: boolean, change: (on: boolean) => void }} props */
function Toggle({ icon, label, on, change }) {
  return html`<button type="button" class="item" role="menuitemcheckbox" aria-checked=${on} tabindex="-1" onClick=${() => change(!on)}>
    <${Icon} name=${icon} /><span class="grow">${label}</span><span class=${`switch-look ${on ? "on" : ""}`} aria-hidden="true"></span></button>`;
}
