/** The door: email and password, what went wrong, and how long to wait. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../../shared/api.js";
import { html } from "../../shared/html.js";
import { Icon, Mark } from "../../shared/icon.js";
import { config } from "../config.js";
import { farewell, signIn } from "../session.js";
import { LOCALES, sayProblem, speak, t, words } from "../words.js";
import { Banner } from "./common.js";
import { Menu, MenuItem } from "./menu.js";

/** Seconds left of a wait, counting down. @param {number} until ms */
function useCountdown(until) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    if (until <= Date.now()) return undefined;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}

export function Login() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const [until, setUntil] = useState(0);
  const [shown, setShown] = useState(false);
  const left = useCountdown(until);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy || left > 0 || !form.current) return;
    const data = new FormData(form.current);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(String(data.get("email")), String(data.get("password")));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      if (error.code === "rate_limited") setUntil(Date.now() + (error.retryAfter ?? 30) * 1000);
      const field = form.current?.elements.namedItem("password");
      if (field instanceof HTMLInputElement && error.status === 401) field.select();
    } finally {
      setBusy(false);
    }
  }

  const wrong = problem?.status === 401 || problem?.code === "invalid";
  return html`<div class="login"><main id="main" class="door"><form ref=${form} aria-labelledby="login-t" onSubmit=${submit} novalidate=${false}>
    <p class="row brand"><${Mark} /><b>${t("app.name")}</b></p>
    <h1 id="login-t">${config.organisation ? t("login.title_to", { name: config.organisation }) : t("login.title")}</h1>
    ${farewell.value ? html`<${Banner} icon="info" role="status">${t("login.over")}<//>` : null}
    <div class="field"><label for="login-e">${t("login.email")}</label>
      <input class="input" id="login-e" name="email" type="email" autocomplete="username" required autofocus autocapitalize="none" spellcheck=${false} /></div>
    <div class="field"><label for="login-p">${t("login.password")}</label>
      <span class="withend"><input class="input" id="login-p" name="password" type=${shown ? "text" : "password"} autocomplete="current-password" required
        aria-invalid=${wrong ? "true" : undefined} aria-describedby=${problem ? "login-err" : undefined} onInput=${() => wrong && setProblem(null)} />
      <button type="button" class="btn ghost icon" aria-pressed=${shown} title=${t("login.show")} onClick=${() => setShown(!shown)}><${Icon} name="eye" /><span class="vh">${t("login.show")}</span></button></span>
      <span role="alert" class="error" id="login-err">${problem ? html`<${Icon} name=${problem.status === 0 ? "wifi-off" : "circle-alert"} size="s" /><span>${loginWords(problem, left)}</span>` : null}</span></div>
    <button class="btn primary wide big" disabled=${left > 0} aria-busy=${busy}>${busy ? t("login.busy") : left > 0 ? t("login.wait", { seconds: left }) : t("login.submit")}</button>
    <p class="row small"><span class="muted">${t("login.forgotten")}</span><span class="grow"></span><${LanguageMenu} /></p>
  </form></main><${Story} /></div>`;
}

/** @param {Problem} problem @param {number} left */
function loginWords(problem, left) {
  if (problem.code === "rate_limited") return left > 0 ? t("login.limited", { seconds: left }) : t("login.again");
  return problem.status === 401 ? t("login.wrong") : sayProblem(problem);
}

function LanguageMenu() {
  const name = LOCALES.find((one) => one.id === words.value.locale)?.name ?? "";
  const label = html`<${Icon} name="languages" size="s" />${name}<${Icon} name="chevron-down" size="s" />`;
  return html`<${Menu} class="btn ghost sm" label=${label} name=${t("me.language")} up>${(/** @type {() => void} */ close) => LOCALES.map(({ id, name: own }) => html`
    <${MenuItem} key=${id} checked=${id === words.value.locale} onClick=${() => { void speak(id); close(); }}><span lang=${id}>${own}</span><//>`)}<//>`;
}

const STEPS = [["ch-chat", "qr-code", "13:51"], ["ch-chat", "message-circle", "13:53"], ["ch-video", "video", "14:05"], ["ch-sms", "message-square-text", "14:16"], ["ch-email", "mail", "14:18"], ["ch-phone last", "phone", "16:00"]];

/** What the product is about, for those who wait. */
function Story() {
  return html`<aside class="story" aria-label=${t("login.motto")}><ol>
    ${STEPS.map(([hue, icon, time], index) => html`<li key=${icon} class=${hue}><span class="knot"><${Icon} name=${icon} /></span><p><time>${time}</time> ${t(`login.story.${index + 1}`)}</p></li>`)}
  </ol><p class="big">${t("login.motto")}</p></aside>`;
}
