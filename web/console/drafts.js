/** What is being written, per conversation, kept over reloads until it is sent; and the files going up with it. */
import { signal } from "@preact/signals";
import { asProblem, Problem } from "../shared/api.js";
import { freshKey } from "../shared/keys.js";
import { keep, recall } from "../shared/kept.js";
import { api, me } from "./session.js";
import { sayProblem } from "./words.js";

/** @typedef {import("../shared/types").Attachment} Attachment */
/** @typedef {{ key: string, name: string, bytes: number, preview: string, part: number, state: "going" | "there" | "failed", reason: string, attachment: Attachment | null, file: File | null }} Upload */
/** @typedef {{ mode: "message" | "note", message: string, note: string }} Draft */

const MAX_BYTES = 25_000_000;

/** @type {import("@preact/signals").Signal<Record<string, Draft>>} */
const drafts = signal({});
/** @type {import("@preact/signals").Signal<Record<string, Upload[]>>} */
const uploads = signal({});

const shelf = (/** @type {string} */ id) => `draft:${me.value?.id ?? ""}:${id}`;
/** @returns {Draft} */
const blank = () => ({ mode: "message", message: "", note: "" });

/** @param {string} id @returns {Draft} */
export const draftOf = (id) => drafts.value[id] ?? recall(shelf(id), blank());

/** @param {string} id @returns {Upload[]} */
export const uploadsOf = (id) => uploads.value[id] ?? [];

/** @param {string} id @param {Partial<Draft>} change */
export function write(id, change) {
  const next = { ...draftOf(id), ...change };
  drafts.value = { ...drafts.value, [id]: next };
  keep(shelf(id), next.message || next.note ? next : null);
}

/** Put words into the reply, after what is there. @param {string} id @param {string} text */
export function addWords(id, text) {
  const { message } = draftOf(id);
  write(id, { mode: "message", message: message.trim() ? `${message.trimEnd()} ${text}` : text });
}

/** @param {string} id @param {Upload[]} list */
const putUploads = (id, list) => void (uploads.value = { ...uploads.value, [id]: list });

/** @param {string} id @param {string} key @param {Partial<Upload>} change */
const amendUpload = (id, key, change) => putUploads(id, uploadsOf(id).map((one) => (one.key === key ? { ...one, ...change } : one)));

/** Start sending files up. @param {string} id @param {readonly File[]} files */
export function addFiles(id, files) {
  for (const file of files) {
    const key = freshKey();
    const preview = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : "";
    putUploads(id, [...uploadsOf(id), { key, name: file.name || "image.png", bytes: file.size, preview, part: 0, state: "going", reason: "", attachment: null, file }]);
    void goUp(id, key, file);
  }
}

/** @param {string} id @param {string} key @param {File} file */
async function goUp(id, key, file) {
  try {
    if (file.size > MAX_BYTES) throw new Problem(413, { code: "too_large" });
    const attachment = await api.upload("/files", file, (part) => amendUpload(id, key, { part }));
    amendUpload(id, key, { state: "there", part: 1, attachment, file: null });
  } catch (error) {
    amendUpload(id, key, { state: "failed", reason: sayProblem(asProblem(error)) });
  }
}

/** @param {string} id @param {string} key */
export function retryUpload(id, key) {
  const one = uploadsOf(id).find((item) => item.key === key);
  if (!one?.file) return;
  amendUpload(id, key, { state: "going", part: 0, reason: "" });
  void goUp(id, key, one.file);
}

/** @param {string} id @param {string} [key] all of them without one */
export function dropUploads(id, key) {
  for (const one of uploadsOf(id)) if ((!key || one.key === key) && one.preview) URL.revokeObjectURL(one.preview);
  putUploads(id, key ? uploadsOf(id).filter((one) => one.key !== key) : []);
}
