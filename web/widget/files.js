/** Files on their way in and out. Loaded only when the first one is chosen or shown. */
import { createApi, Problem } from "../shared/api.js";
import { token } from "./account.js";

export const maxBytes = 10 * 1000 * 1000;
const longestSide = 2400;
const api = createApi({ root: "", headers: () => ({ Authorization: `Bearer ${token.value}` }) });

/**
 * Upload one file.
 * @param {import("./types").Parcel} parcel @param {(part: number) => void} onProgress
 * @returns {Promise<{ ok: true, attachment: import("./types").Attachment } | { ok: false, error: { code: string, retry_after?: number } }>}
 */
export async function upload(parcel, onProgress) {
  try {
    const file = new File([parcel.blob], parcel.name, { type: parcel.type });
    return { ok: true, attachment: await api.upload("/widget/files", file, onProgress) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ok: false, error: { code: error.code, ...(error.retryAfter ? { retry_after: error.retryAfter } : {}) } };
  }
}

/**
 * A picture made small enough for a phone's line, without its place and camera data; anything else as it is.
 * @param {File} file @returns {Promise<import("./types").Parcel>}
 */
export async function pack(file) {
  const plain = { name: file.name || "photo.jpg", type: file.type || "application/octet-stream", blob: file };
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) return plain;
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) return plain;
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < 1_500_000 && file.type !== "image/jpeg") return plain;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const type = file.type === "image/png" ? "image/png" : "image/jpeg";
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done, type, 0.86));
  if (!blob || (scale === 1 && blob.size > file.size)) return plain;
  const name = type === "image/jpeg" ? plain.name.replace(/\.[^.]*$/, "") + ".jpg" : plain.name;
  return { name, type, blob };
}

/** @type {Map<string, Promise<string>>} */
const urls = new Map();

/**
 * Where this page can show the file; fetched once, with our token.
 * @param {import("./types").Attachment} attachment @returns {Promise<string>}
 */
export function fetched(attachment) {
  const known = urls.get(attachment.id);
  if (known) return known;
  const url = fetch(attachment.url, { headers: { Authorization: `Bearer ${token.value}` } }).then(async (reply) => {
    if (!reply.ok) throw new Problem(reply.status, {});
    return URL.createObjectURL(await reply.blob());
  });
  urls.set(attachment.id, url);
  url.catch(() => urls.delete(attachment.id));
  return url;
}

/** A picture of ours needs no way back from the server. @param {string} id @param {Blob} blob */
export function remember(id, blob) {
  if (!urls.has(id)) urls.set(id, Promise.resolve(URL.createObjectURL(blob)));
}

/** Hand a file to the browser's downloads. @param {import("./types").Attachment} attachment */
export async function download(attachment) {
  const link = document.createElement("a");
  link.href = await fetched(attachment);
  link.download = attachment.name;
  link.click();
}
