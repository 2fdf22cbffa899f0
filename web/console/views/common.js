/** Small parts every view is made of. */
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { t, words } from "../words.js";

/** @typedef {import("../../shared/html.js").Children} Children */

/** @type {Record<string, { icon: string, hue: string }>} */
const CHANNELS = {
  chat: { icon: "message-circle", hue: "ch-chat" },
  sms: { icon: "message-square-text", hue: "ch-sms" },
  whatsapp: { icon: "message-square-text", hue: "ch-sms" },
  email: { icon: "mail", hue: "ch-email" },
  voice: { icon: "phone", hue: "ch-phone" },
  phone: { icon: "phone", hue: "ch-phone" },
  video: { icon: "video", hue: "ch-video" },
  loopback: { icon: "route", hue: "ch-sms" },
};
const OTHER = { icon: "message-circle", hue: "ch-sys" };

/** Icon and hue of a channel. @param {string} channel */
export const channelLook = (channel) => CHANNELS[channel] ?? OTHER;

/** @param {string} channel */
export const channelName = (channel) => (words.value.has(`channel.${channel}`) ? t(`channel.${channel}`) : channel);

/** What a customer is called, also one who gave no name. @param {{ id: string, name: string } | null | undefined} customer */
export function personName(customer) {
  if (!customer) return "";
  return customer.name || t("customer.nameless", { tail: customer.id.slice(-4).toUpperCase() });
}

/** Two letters of a Latin name, one character of a Chinese one, # for a number. @param {string} name */
export function initials(name) {
  const trimmed = name.trim();
  if (!trimmed) return "?";
  if (/^[+\d]/.test(trimmed)) return "#";
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(trimmed)) return [...trimmed][0] ?? "?";
  const parts = trimmed.split(/\s+/);
  const ends = parts.length > 1 ? [parts[0], parts.at(-1)] : [parts[0]];
  return ends.map((part) => [...(part ?? "")][0] ?? "").join("").toUpperCase();
}

/** One of six hues, always the same for the same id. @param {string} id */
export function hueOf(id) {
  let sum = 0;
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0;
  return `h${(sum % 6) + 1}`;
}

/** @param {{ id: string, name: string, size?: string, staff?: boolean, channel?: string, class?: string }} props */
export function Avatar({ id, name, size = "", staff = false, channel = "", class: extra = "" }) {
  return html`<span class=${`av ${size} ${staff ? "staff" : ""} ${hueOf(id)} ${extra}`} aria-hidden="true">${initials(name)}${channel
    ? html`<span class=${`tip ${channelLook(channel).hue}`}><${Icon} name=${channelLook(channel).icon} /></span>` : null}</span>`;
}

/** A time people read, with all of it in the tooltip. @param {{ at: string, class?: string, short?: boolean }} props */
export function Time({ at, class: extra = "", short = false }) {
  return html`<time class=${extra} datetime=${at} title=${words.value.full(at)}>${short ? words.value.brief(at) : words.value.time(at)}</time>`;
}

/** @param {{ tone?: string, icon?: string, children?: Children, role?: string }} props */
export function Banner({ tone = "", icon = "info", children, role }) {
  return html`<div class=${`banner ${tone}`} role=${role}><${Icon} name=${icon} />${children}</div>`;
}

/** Nothing is here, and what to do about it. @param {{ icon: string, title: string, text?: string, level?: "h2" | "h3", children?: Children }} props */
export function Empty({ icon, title, text = "", level = "h3", children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><${level}>${title}</${level}>${text ? html`<p>${text}</p>` : null}${children}</div>`;
}

/** Grey rows in the shape of what comes. @param {{ rows?: number, label: string }} props */
export function Skeleton({ rows = 4, label }) {
  return html`<div class="skels" role="status" aria-busy="true" aria-label=${label}>
    ${Array.from({ length: rows }, (_, index) => html`<div class="row skelrow" key=${index}>
      <span class="skel round"></span><span class="grow col"><span class=${`skel w${(index % 3) + 1}`}></span><span class=${`skel w${((index + 1) % 3) + 4}`}></span></span></div>`)}
  </div>`;
}

/** An icon button whose words are in the tooltip and for the screen reader. @param {{ icon: string, label: string, keys?: string, class?: string, small?: boolean, [other: string]: any }} props */
export function IconButton({ icon, label, keys = "", class: extra = "", small = true, ...rest }) {
  return html`<button type="button" class=${`btn ghost icon ${small ? "sm" : ""} ${extra}`} title=${keys ? `${label}  ${keys}` : label} ...${rest}>
    <${Icon} name=${icon} /><span class="vh">${label}</span></button>`;
}

const isMac = /mac|iphone|ipad/i.test(navigator.platform || navigator.userAgent);

/** How a key combination is written on this machine. @param {string} combination "mod+K", "alt+A" */
export function keyName(combination) {
  const [first, second] = combination.split("+");
  if (!second) return combination;
  if (first === "mod") return isMac ? `⌘${second}` : `Ctrl ${second}`;
  if (first === "alt") return isMac ? `⌥${second}` : `Alt ${second}`;
  return isMac ? `⇧${second}` : `Shift ${second}`;
}
