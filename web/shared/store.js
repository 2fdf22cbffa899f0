/**
 * A log as one screen knows it: entries by id, the cursor up to which nothing is missing, and the floor under which
 * pages are not loaded yet. Pure: every function gives a new state and touches nothing else.
 *
 * @template {import("./types").Logged} E
 * @typedef {{ entries: ReadonlyMap<string, E>, order: readonly E[], cursor: number, floor: E | null, aside: ReadonlyMap<string, E> }} Log
 */

/** @typedef {import("./types").Logged} Logged */

/** A log nothing is known of yet. @template {Logged} E @returns {Log<E>} */
export function emptyLog() {
  return { entries: new Map(), order: [], cursor: 0, floor: null, aside: new Map() };
}

/**
 * The number in a cursor: "cus_x:12" gives 12, a plain number itself, nothing gives 0.
 * @param {string | number | null | undefined} cursor
 */
export function cursorNumber(cursor) {
  if (typeof cursor === "number") return cursor;
  if (!cursor) return 0;
  const number = Number(cursor.slice(cursor.lastIndexOf(":") + 1));
  return Number.isFinite(number) ? number : 0;
}

/** The one order of a timeline: time of order, then position, then id. @param {Logged} a @param {Logged} b */
export function byOrder(a, b) {
  if (a.ordered_at !== b.ordered_at) return a.ordered_at < b.ordered_at ? -1 : 1;
  const positions = (a.position ?? 0) - (b.position ?? 0);
  if (positions) return positions;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * Take entries in, keeping the higher revision of each. Those under the floor wait aside: their page is not on screen,
 * and the page that is on its way may already be older than they are.
 * @template {Logged} E @param {Log<E>} log @param {readonly E[]} incoming @returns {Log<E>}
 */
export function upsert(log, incoming) {
  const entries = new Map(log.entries);
  const aside = new Map(log.aside);
  for (const entry of incoming) {
    const known = entries.get(entry.id) ?? aside.get(entry.id);
    if (known && known.revision >= entry.revision) continue;
    const below = log.floor !== null && byOrder(entry, log.floor) < 0;
    if (below && !entries.has(entry.id)) aside.set(entry.id, entry);
    else entries.set(entry.id, entry);
  }
  return { ...log, entries, aside, order: [...entries.values()].sort(byOrder) };
}

/**
 * The newest page (or the first fetch after `watch`): sets the cursor. `older` says whether pages exist above it.
 * @template {Logged} E @param {Log<E>} log @param {readonly E[]} items @param {string | number | null} cursor @param {boolean} older
 * @returns {Log<E>}
 */
export function withNewest(log, items, cursor, older) {
  const first = [...items].sort(byOrder)[0];
  const floor = log.order.length ? log.floor : older && first ? first : null;
  const next = upsert({ ...log, floor }, items);
  return { ...next, cursor: Math.max(log.cursor, cursorNumber(cursor)) };
}

/**
 * An older page: moves the floor down and brings up what waited aside. It never moves the cursor, for it says nothing
 * about entries outside itself.
 * @template {Logged} E @param {Log<E>} log @param {readonly E[]} items @param {boolean} older @returns {Log<E>}
 */
export function withOlder(log, items, older) {
  const first = [...items].sort(byOrder)[0];
  const floor = older ? (first ?? log.floor) : null;
  const waiting = [...log.aside.values()];
  return upsert(upsert({ ...log, floor, aside: new Map() }, items), waiting);
}

/**
 * Everything that changed after the cursor, in order of revision.
 * @template {Logged} E @param {Log<E>} log @param {readonly E[]} items @param {string | number | null} cursor @returns {Log<E>}
 */
export function withChanges(log, items, cursor) {
  const last = items.reduce((most, entry) => Math.max(most, entry.revision), 0);
  return { ...upsert(log, items), cursor: Math.max(log.cursor, cursorNumber(cursor), last) };
}

/**
 * One event from the socket. With a gap before it nothing is applied: the caller fetches the changes after the cursor,
 * which include this one. An event lost costs nothing for the same reason.
 * @template {Logged} E @param {Log<E>} log @param {{ resource: E, revision: number, previous: number | null }} event
 * @returns {{ log: Log<E>, gap: boolean }}
 */
export function withEvent(log, event) {
  if (event.previous !== null && event.previous > log.cursor) return { log, gap: true };
  return { log: { ...upsert(log, [event.resource]), cursor: Math.max(log.cursor, event.revision) }, gap: false };
}

/**
 * Things that carry a version (conversations): keep the newer of two.
 * @template {{ id: string, version: number }} T @param {ReadonlyMap<string, T>} known @param {readonly T[]} incoming @returns {Map<string, T>}
 */
export function newest(known, incoming) {
  const next = new Map(known);
  for (const item of incoming) {
    const old = next.get(item.id);
    if (!old || old.version <= item.version) next.set(item.id, item);
  }
  return next;
}
