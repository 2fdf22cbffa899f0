/**
 * Words on screen. A catalogue is a flat table of keys and messages; a message may hold `{name}` and
 * `{n, plural, one {# entry} other {# entries}}` (a small part of ICU MessageFormat; categories from Intl.PluralRules).
 */

/** @typedef {Record<string, string>} Catalogue */
/** @typedef {string | { name: string, options?: Record<string, Part[]> } | { hash: true }} Part */

/** @type {Map<string, Part[]>} */
const parsed = new Map();

/** Where the brace opened before `from` closes. @param {string} text @param {number} from */
function closing(text, from) {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  throw new SyntaxError(`unclosed brace in message: ${text}`);
}

/** @param {string} text @param {boolean} inPlural @returns {Part[]} */
function parse(text, inPlural = false) {
  /** @type {Part[]} */
  const parts = [];
  let plain = "";
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === "#" && inPlural) {
      parts.push(plain, { hash: true });
      plain = "";
    } else if (sign === "{") {
      const end = closing(text, at + 1);
      parts.push(plain, argument(text.slice(at + 1, end)));
      plain = "";
      at = end;
    } else plain += sign;
  }
  parts.push(plain);
  return parts.filter((part) => part !== "");
}

/** @param {string} inner @returns {Part} */
function argument(inner) {
  const match = /^\s*(\w+)\s*,\s*plural\s*,([\s\S]*)$/.exec(inner);
  if (!match) return { name: inner.trim() };
  /** @type {Record<string, Part[]>} */
  const options = {};
  const body = match[2] ?? "";
  const opener = /(=\d+|\w+)\s*\{/g;
  for (let found = opener.exec(body); found; found = opener.exec(body)) {
    const end = closing(body, opener.lastIndex);
    options[found[1] ?? "other"] = parse(body.slice(opener.lastIndex, end), true);
    opener.lastIndex = end + 1;
  }
  return { name: match[1] ?? "", options };
}

/** @param {string} message */
function partsOf(message) {
  const known = parsed.get(message);
  if (known) return known;
  const parts = parse(message);
  parsed.set(message, parts);
  return parts;
}

/**
 * Everything that speaks one language: words, plurals, numbers, dates and spans of time.
 * A key that is missing shows as itself, so that it is seen; the tests fail before anybody does.
 * @param {string} locale @param {Catalogue} catalogue
 */
export function createI18n(locale, catalogue) {
  const tag = locale === "en" ? "en-GB" : locale;
  const plurals = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  /** @type {Map<string, Intl.DateTimeFormat>} */
  const formats = new Map();

  /** @param {readonly Part[]} parts @param {Record<string, any>} values @param {number | null} count @returns {any[]} */
  function fill(parts, values, count) {
    return parts.flatMap((part) => {
      if (typeof part === "string") return [part];
      if ("hash" in part) return [numbers.format(count ?? 0)];
      const value = values[part.name];
      if (!part.options) return [typeof value === "number" ? numbers.format(value) : (value ?? "")];
      const number = Number(value);
      const chosen = part.options[`=${number}`] ?? part.options[plurals.select(number)] ?? part.options.other ?? [];
      return fill(chosen, values, number);
    });
  }

  /** @param {Intl.DateTimeFormatOptions} options */
  function format(options) {
    const key = JSON.stringify(options);
    const known = formats.get(key) ?? new Intl.DateTimeFormat(tag, options);
    formats.set(key, known);
    return known;
  }

  /** @param {string | number | Date} at */
  const dated = (at) => (at instanceof Date ? at : new Date(at));

  return {
    locale,
    /** Whether the catalogue has the key. @param {string} key */
    has: (key) => key in catalogue,
    /** A message as text. @param {string} key @param {Record<string, unknown>} [values] @returns {string} */
    t: (key, values = {}) => fill(partsOf(catalogue[key] ?? key), values, null).join(""),
    /** A message whose values may be nodes. @param {string} key @param {Record<string, unknown>} values @returns {any[]} */
    rich: (key, values) => fill(partsOf(catalogue[key] ?? key), values, null),
    /** @param {number} value */
    number: (value) => numbers.format(value),
    /** 14:02. @param {string | number | Date} at */
    time: (at) => format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(dated(at)),
    /** Today's time, this week's weekday, this year's day, else the full date. @param {string | number | Date} at @param {Date} [now] */
    brief(at, now = new Date()) {
      const date = dated(at);
      if (date.toDateString() === now.toDateString()) return this.time(date);
      const days = (now.getTime() - date.getTime()) / 86_400_000;
      if (days >= 0 && days < 6) return format({ weekday: "short" }).format(date);
      if (date.getFullYear() === now.getFullYear()) return format({ day: "numeric", month: "short" }).format(date);
      return format({ year: "numeric", month: "short", day: "numeric" }).format(date);
    },
    /** Day and month, with the year if it is another one. @param {string | number | Date} at */
    day(at) {
      const date = dated(at);
      const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: /** @type {const} */ ("numeric") };
      return format({ day: "numeric", month: "short", ...year }).format(date);
    },
    /** All of it, for tooltips. @param {string | number | Date} at */
    full: (at) => format({ dateStyle: "full", timeStyle: "medium" }).format(dated(at)),
    /** The name of a language in this one. @param {string} code */
    language(code) {
      try {
        return new Intl.DisplayNames(tag, { type: "language" }).of(code) ?? code;
      } catch {
        return code;
      }
    },
    /** Bytes for people. @param {number} bytes */
    size(bytes) {
      const step = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
      const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][step] ?? "byte";
      const style = { style: /** @type {const} */ ("unit"), unit, unitDisplay: /** @type {const} */ ("short"), maximumFractionDigits: step > 1 ? 1 : 0 };
      return new Intl.NumberFormat(tag, style).format(bytes / 1000 ** step);
    },
  };
}
/** @typedef {ReturnType<typeof createI18n>} I18n */

/** The first of ours that fits what is wished, most wished first. @param {readonly (string | null | undefined)[]} wished */
export function pickLocale(wished) {
  for (const tag of wished) {
    if (!tag) continue;
    if (/^zh\b/i.test(tag)) return /hant|-(tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

/** A stretch of time as a clock: 0:38, 12:05, 1:02:33. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
