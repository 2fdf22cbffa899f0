/** Entries into rows of the timeline: separators, folds, the "New" mark, who is named, where a knot sits. Pure. */

/** @typedef {import("../shared/types").Entry} Entry */
/** @typedef {import("../shared/types").Conversation} Conversation */
/** @typedef {{ requested?: Entry, accepted?: Entry, acknowledged?: Entry, over?: Entry }} Handoff */
/**
 * @typedef {{ type: "sep", key: string, conversation: Conversation | null, id: string, since: string, folded: boolean, front: boolean, count: number }
 *  | { type: "day", key: string, at: string, channel: string }
 *  | { type: "new", key: string, channel: string }
 *  | { type: "fold", key: string, id: string, count: number, open: boolean, channel: string }
 *  | { type: "entry", key: string, entry: Entry, knot: boolean, named: boolean, last: boolean, handoff: Handoff | null }} Row
 */

const QUIET_STATUS = new Set(["opened", "queued", "owner_changed", "agent_joined"]);
const QUIET_BOT = new Set(["flow_started", "flow_step", "flow_done", "escalated"]);
const CLOSE = 3 * 60_000_000;

/** What was said about each handoff. @param {readonly Entry[]} entries */
export function handoffsOf(entries) {
  /** @type {Map<string, Handoff>} */
  const found = new Map();
  for (const entry of entries) {
    if (entry.kind !== "handoff" || !entry.body.handoff_id) continue;
    const one = found.get(entry.body.handoff_id) ?? {};
    const { state } = entry.body;
    if (state === "requested" || state === "accepted" || state === "acknowledged") one[state] = entry;
    else if (state === "expired" || state === "cancelled") one.over = entry;
    found.set(entry.body.handoff_id, one);
  }
  return found;
}

/** Whether an entry has a line of its own. @param {Entry} entry @param {Map<string, Handoff>} handoffs */
export function isShown(entry, handoffs) {
  const { kind, body } = entry;
  if (kind === "status") return !QUIET_STATUS.has(body.code ?? "");
  if (kind === "bot") return !QUIET_BOT.has(body.event ?? "");
  if (kind === "handoff" && (body.state === "accepted" || body.state === "acknowledged")) {
    const all = handoffs.get(body.handoff_id ?? "");
    if (all?.requested) return false;
    return body.state === "accepted" || !all?.accepted;
  }
  return true;
}

/** The questions and answers a form card sums up: they fold away above it. @param {readonly Entry[]} run @param {number} at @returns {number} the first of them */
function formReach(run, at) {
  const answers = new Set((run[at]?.body.fields ?? []).map((field) => field.entry_id).filter(Boolean));
  let first = at;
  for (let back = at - 1; back >= 0; back -= 1) {
    const entry = run[back];
    const before = run[back - 1];
    if (!entry) break;
    const said = entry.kind === "message" && entry.author.kind === "bot";
    const answered = entry.kind === "message" && entry.author.kind === "customer" && (answers.has(entry.id) || before?.body.ask !== undefined);
    if (!said && !answered && entry.kind !== "bot") break;
    first = back;
  }
  return at - first >= 2 ? first : at;
}

/** @param {readonly Entry[]} entries @returns {Entry[][]} runs of one conversation each */
function runsOf(entries) {
  /** @type {Entry[][]} */
  const runs = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    if (run?.[0]?.conversation_id === entry.conversation_id) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}

/**
 * @param {readonly Entry[]} entries in order
 * @param {{ conversations: ReadonlyMap<string, Conversation>, front: string | null, unfolded: ReadonlySet<string>, readBefore: number | null }} context
 * @returns {Row[]}
 */
export function rowsOf(entries, { conversations, front, unfolded, readBefore }) {
  const handoffs = handoffsOf(entries);
  /** @type {Row[]} */
  const rows = [];
  let marked = readBefore === null;
  runsOf(entries).forEach((run, index) => {
    const first = run[0];
    if (!first) return;
    const id = first.conversation_id;
    const conversation = conversations.get(id) ?? null;
    const folded = conversation?.status === "resolved" && id !== front && !unfolded.has(id);
    rows.push({ type: "sep", key: `sep:${id}:${index}`, conversation, id, since: first.at, folded, front: id === front, count: run.length });
    if (!folded) marked = addRun(rows, run, { handoffs, unfolded, marked: marked || id !== front, readBefore }) || marked;
  });
  const last = rows.at(-1);
  if (last?.type === "entry") last.last = true;
  return rows;
}

/** @param {Row[]} rows @param {readonly Entry[]} run @param {{ handoffs: Map<string, Handoff>, unfolded: ReadonlySet<string>, marked: boolean, readBefore: number | null }} how */
function addRun(rows, run, { handoffs, unfolded, marked, readBefore }) {
  /** @type {Map<number, number>} first of a fold to the form it belongs to */
  const folds = new Map();
  run.forEach((entry, at) => {
    if (entry.kind !== "form") return;
    const first = formReach(run, at);
    if (first < at) folds.set(first, at);
  });
  /** @type {Entry | null} */
  let before = null;
  let hiddenTo = -1;
  for (let at = 0; at < run.length; at += 1) {
    const entry = /** @type {Entry} */ (run[at]);
    const form = folds.get(at);
    if (form !== undefined) {
      const formId = run[form]?.id ?? "";
      const turns = run.slice(at, form).filter((one) => one.kind === "message").length;
      const isOpen = unfolded.has(formId);
      rows.push({ type: "fold", key: `fold:${formId}`, id: formId, count: turns, open: isOpen, channel: entry.channel });
      if (!isOpen) hiddenTo = form;
    }
    if (at < hiddenTo || !isShown(entry, handoffs)) continue;
    if (before && new Date(before.at).toDateString() !== new Date(entry.at).toDateString()) {
      rows.push({ type: "day", key: `day:${entry.id}`, at: entry.at, channel: entry.channel });
      before = null;
    }
    if (!marked && readBefore !== null && entry.direction === "in" && entry.ordered_at > readBefore) {
      rows.push({ type: "new", key: "new", channel: entry.channel });
      marked = true;
      before = null;
    }
    rows.push(entryRow(entry, before, handoffs));
    before = entry;
  }
  return marked;
}

/** @param {Entry} entry @param {Entry | null} before @param {Map<string, Handoff>} handoffs @returns {Row} */
function entryRow(entry, before, handoffs) {
  const plain = entry.kind === "message";
  const follows = plain && before?.kind === "message" && before.author.id === entry.author.id && before.author.kind === entry.author.kind
    && before.channel === entry.channel && entry.ordered_at - before.ordered_at < CLOSE;
  const knot = !plain || before === null || before.channel !== entry.channel;
  const handoff = entry.kind === "handoff" ? (handoffs.get(entry.body.handoff_id ?? "") ?? null) : null;
  return { type: "entry", key: entry.id, entry, knot: knot && entry.kind !== "form" ? true : knot && before?.kind !== "message", named: !follows, last: false, handoff };
}
