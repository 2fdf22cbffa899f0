/**
 * The server over HTTP: JSON in and out, problem documents (RFC 9457) as `Problem`, files with progress.
 */

/** What the server, or the way to it, objected to. `code` is stable and picks the sentence shown. */
export class Problem extends Error {
  /** @param {number} status 0 when the server was not reached @param {Record<string, unknown>} document */
  constructor(status, document) {
    super(String(document.detail ?? document.title ?? document.code ?? status));
    this.name = "Problem";
    this.status = status;
    /** @type {string} */
    this.code = typeof document.code === "string" ? document.code : status === 0 ? "offline" : "unexpected";
    /** @type {string} */
    this.detail = typeof document.detail === "string" ? document.detail : "";
    /** @type {string | null} */
    this.field = typeof document.field === "string" ? document.field : null;
    /** @type {number | null} seconds */
    this.retryAfter = typeof document.retry_after === "number" ? document.retry_after : null;
    /** @type {{ id: string, name: string } | null} */
    this.winner = /** @type {any} */ (document.winner ?? null);
    this.document = document;
  }

  /** Whether trying the same again later can help. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500 || this.code === "idempotency_running";
  }
}

/**
 * Whatever was thrown, as a problem; things that are no problem of the server's are thrown on.
 * @param {unknown} error @returns {Problem}
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}

/** @param {number} status @param {string} text @param {string | null} retry */
function problemFrom(status, text, retry) {
  /** @type {Record<string, unknown>} */
  let document = {};
  try {
    const parsed = JSON.parse(text);
    if (parsed && typeof parsed === "object") document = parsed;
  } catch {
    document = {};
  }
  if (retry && document.retry_after === undefined && Number.isFinite(Number(retry))) document.retry_after = Number(retry);
  return new Problem(status, document);
}

/** @typedef {{ body?: unknown, query?: Record<string, string | number | null | undefined>, signal?: AbortSignal, headers?: Record<string, string> }} Ask */

/**
 * A door to one server.
 * @param {{ root: string, csrf?: () => string | null, headers?: () => Record<string, string>, onUnauthenticated?: () => void }} options
 */
export function createApi({ root, csrf = () => null, headers: extra = () => ({}), onUnauthenticated = () => {} }) {
  let skew = 0;

  /** @param {string} method @param {Record<string, string>} [more] */
  function headersFor(method, more = {}) {
    const token = csrf();
    return { Accept: "application/json", ...(method !== "GET" && token ? { "X-CSRF-Token": token } : {}), ...extra(), ...more };
  }

  /** @param {string} path @param {Ask["query"]} [query] */
  function urlFor(path, query = {}) {
    const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const search = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
    return `${root}${path}${search ? `?${search}` : ""}`;
  }

  /** @param {string} method @param {string} path @param {Ask} [ask] @returns {Promise<any>} */
  async function request(method, path, ask = {}) {
    /** @type {Record<string, string>} */
    const json = ask.body === undefined ? {} : { "Content-Type": "application/json" };
    /** @type {Response} */
    let response;
    try {
      response = await fetch(urlFor(path, ask.query), {
        method, credentials: "same-origin", headers: headersFor(method, { ...json, ...ask.headers }),
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        ...(ask.signal ? { signal: ask.signal } : {}),
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, { code: "offline" });
    }
    const served = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isFinite(served)) skew = Math.abs(served - Date.now()) > 2500 ? served - Date.now() : 0;
    const text = await response.text();
    if (!response.ok) {
      const problem = problemFrom(response.status, text, response.headers.get("Retry-After"));
      if (problem.status === 401) onUnauthenticated();
      throw problem;
    }
    return text ? JSON.parse(text) : null;
  }

  /**
   * Send a file as it is, telling how far it got (0 to 1).
   * @param {string} path @param {File} file @param {(part: number) => void} [onProgress] @param {AbortSignal} [signal] @returns {Promise<any>}
   */
  function upload(path, file, onProgress = () => {}, signal) {
    return new Promise((resolve, reject) => {
      const call = new XMLHttpRequest();
      call.open("POST", urlFor(path));
      for (const [name, value] of Object.entries(headersFor("POST"))) call.setRequestHeader(name, value);
      call.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      call.setRequestHeader("X-File-Name", encodeURIComponent(file.name || "file"));
      call.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
      call.onerror = () => reject(new Problem(0, { code: "offline" }));
      call.onabort = () => reject(new Problem(0, { code: "aborted" }));
      call.onload = () => {
        if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText));
        else reject(problemFrom(call.status, call.responseText, call.getResponseHeader("Retry-After")));
      };
      signal?.addEventListener("abort", () => call.abort(), { once: true });
      call.send(file);
    });
  }

  return {
    /** @param {string} path @param {Ask["query"]} [query] @param {AbortSignal} [signal] */
    get: (path, query, signal) => request("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) }),
    /** @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers] */
    post: (path, body = {}, headers = {}) => request("POST", path, { body, headers }),
    /** @param {string} path @param {unknown} body */
    patch: (path, body) => request("PATCH", path, { body }),
    /** @param {string} path */
    delete: (path) => request("DELETE", path),
    upload,
    /** The server's clock now, in milliseconds. */
    now: () => Date.now() + skew,
  };
}
/** @typedef {ReturnType<typeof createApi>} Api */
