/** Small things kept in this browser. Storage may be full, forbidden or emptied: then they are simply not kept. */

/** @template T @param {string} key @param {T} otherwise @returns {T} */
export function recall(key, otherwise) {
  try {
    const text = localStorage.getItem(key);
    return text === null ? otherwise : /** @type {T} */ (JSON.parse(text));
  } catch {
    return otherwise;
  }
}

/** Keep a value; `null` and `undefined` forget it. @param {string} key @param {unknown} value */
export function keep(key, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}
