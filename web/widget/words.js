/** Words on screen: one catalogue at a time, changed while the panel runs. */
import { batch, signal } from "@preact/signals";

export const locales = /** @type {const} */ (["en", "zh-Hans", "zh-Hant"]);
/** @type {import("@preact/signals").Signal<string>} */
export const locale = signal("en");
/** @type {import("@preact/signals").Signal<Record<string, string>>} */
const catalogue = signal({});
let root = "";

/** The nearest of our languages to a BCP 47 tag. @param {string | null | undefined} tag */
export function nearest(tag) {
  if (/^zh.*(hant|tw|hk|mo)/i.test(tag ?? "")) return "zh-Hant";
  return /^zh/i.test(tag ?? "") ? "zh-Hans" : "en";
}

/** Load and show a language. @param {string} name @param {string} [assets] */
export async function speak(name, assets = root) {
  root = assets;
  const next = await fetch(`${assets}/widget/locales/${name}.json`).then((reply) => reply.json());
  batch(() => {
    catalogue.value = next;
    locale.value = name;
  });
  document.documentElement.lang = name;
  document.title = next.title;
}

/**
 * A sentence; `{name}` is replaced, and a key ending in `.one` is taken when `n` says so.
 * @param {string} key @param {Record<string, string | number>} [params]
 */
export function t(key, params = {}) {
  const one = params.n === 1 ? catalogue.value[`${key}.one`] : undefined;
  const text = one ?? catalogue.value[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (hole, name) => String(params[name] ?? hole));
}

/** A date or time in the language on screen. @param {number | string} at @param {Intl.DateTimeFormatOptions} options */
export function when(at, options) {
  return new Intl.DateTimeFormat(locale.value, options).format(new Date(at));
}
