/** Addresses in text become links; everything else stays text. One pass, linear in the length. */

// No quote, bracket, CJK mark or direction control ends up inside an address.
const address = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u3000-\u303f\uff00-\uffef\u2018-\u201d\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** @param {string} text @returns {{ text: string, href?: string }[]} */
export function linked(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    let end = match[0].length;
    const closes = match[0].includes("("); // then a bracket at the end belongs to it
    while (end && (closes ? ".,;:!?]*_" : ".,;:!?)]*_").includes(match[0][end - 1] ?? "")) end -= 1;
    const shown = match[0].slice(0, end);
    if (!URL.canParse(shown)) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: shown, href: shown });
    from = match.index + end;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
