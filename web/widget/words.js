/** Words on screen: one catalogue at a time, changed while the panel runs. */
import { batch, signal } from "@preact/signals";
import { config } from "./state.js";

export const locales = /** @type {const} */ (["en", "zh-Hans", "zh-Hant"]);
/** @type {import("@preact/signals").Signal<string>} */
export const locale = signal("en");
/** @type {import("@preact/signals").Signal<Record<string, string>>} */
const catalogue = signal({});

/** The nearest of our languages to a BCP 47 tag. @param {string | null | undefined} tag */
export function nearest(tag) {
  if (/^zh.*(hant|tw|hk|mo)/i.test(tag ?? "")) return "zh-Hant";
  return /^zh/i.test(tag ?? "") ? "zh-Hans" : "en";
}

let both = false;

/** Load and show a language. @param {string} name */
export async function speak(name) {
  const files = (both ? [name, `${name}.later`] : [name]).map((file) => `${config.assets}/widget/locales/${file}.json`);
  const tables = await Promise.all(files.map((file) => fetch(file).then((reply) => reply.json())));
  batch(() => {
    catalogue.value = Object.assign({}, ...tables);
    locale.value = name;
  });
  document.documentElement.lang = name;
  document.title = t("title");
}

/** The words of the parts loaded later, from now on. */
export function sayMore() {
  both = true;
  return speak(locale.value);
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

/**
 * A date or time in the language on screen, the way it is written where the customer is.
 * @param {number | string} at @param {Intl.DateTimeFormatOptions} options
 */
export function when(at, options) {
  const here = navigator.languages.find((tag) => nearest(tag) === locale.value && tag.slice(0, 2) === locale.value.slice(0, 2));
  return new Intl.DateTimeFormat(here ?? locale.value, options).format(new Date(at));
}
