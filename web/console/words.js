/** The console's words in the chosen language. Components that call `t` are drawn again when it changes. */
import { signal } from "@preact/signals";
import { createI18n, pickLocale } from "../shared/i18n.js";
import { keep, recall } from "../shared/kept.js";
import { applyLocale } from "../shared/theme.js";
import { config } from "./config.js";

export const LOCALES = [
  { id: "en", name: "English" },
  { id: "zh-Hans", name: "简体中文" },
  { id: "zh-Hant", name: "繁體中文" },
];

/** @type {import("@preact/signals").Signal<import("../shared/i18n.js").I18n>} */
export const words = signal(createI18n("en", {}));

/** @param {string} locale @returns {Promise<Record<string, string>>} */
async function catalogue(locale) {
  const response = await fetch(`${config.assets}/console/locales/${locale}.json`);
  return response.ok ? response.json() : {};
}

/** Speak another language from now on. @param {string | null | undefined} wished */
export async function speak(wished) {
  const locale = pickLocale([wished]);
  if (words.value.locale !== locale || !words.value.has("app.name")) words.value = createI18n(locale, await catalogue(locale));
  applyLocale(locale);
  keep("locale", locale);
}

/** The language before anybody is known: what was chosen here, what the server says, what the browser likes. */
export function firstLocale() {
  return pickLocale([recall("locale", null), ...navigator.languages, config.locale]);
}

/** @param {string} key @param {Record<string, unknown>} [values] */
export const t = (key, values) => words.value.t(key, values);
/** @param {string} key @param {Record<string, unknown>} values */
export const rich = (key, values) => words.value.rich(key, values);

/** A problem in words: what happened and what to do. @param {import("../shared/api.js").Problem} problem */
export function sayProblem(problem) {
  const { code } = problem;
  if (code === "rate_limited") return t("problem.rate_limited", { seconds: problem.retryAfter ?? 10 });
  if (code === "already_accepted" && problem.winner) return t("problem.taken_by", { name: problem.winner.name });
  if (code === "invalid" && problem.detail) return t("problem.invalid_detail", { detail: problem.detail });
  return words.value.has(`problem.${code}`) ? t(`problem.${code}`) : t("problem.unexpected", { status: problem.status });
}
