/**
 * The line to the server: a Socket.IO namespace that says whether it is up and calls back when it is up again.
 * Nothing here is trusted to arrive. Whoever listens fetches after every (re)connection.
 */
import { signal } from "@preact/signals";
import { io } from "socket.io-client";

/** @typedef {"connecting" | "up" | "down" | "refused"} LineState */
/** @typedef {{ ok: true, [key: string]: any } | { ok: false, error: { code: string, detail?: string } }} Ack */

/**
 * Open a namespace. `auth` is asked anew at every attempt. `onUp` runs after each connection, first and later ones.
 * @param {{ namespace: string, path?: string, auth?: () => Record<string, unknown>, onUp?: (first: boolean) => void, onRefused?: (code: string) => void }} options
 */
export function openLine({ namespace, path = "/socket.io", auth = () => ({}), onUp = () => {}, onRefused = () => {} }) {
  /** @type {import("@preact/signals").Signal<LineState>} */
  const state = signal("connecting");
  /** @type {import("@preact/signals").Signal<number | null>} since when the line is down, ms */
  const downSince = signal(null);
  let first = true;

  const socket = io(namespace, {
    path, transports: ["websocket", "polling"], tryAllTransports: true, auth: (done) => done(auth()), reconnectionDelay: 400, reconnectionDelayMax: 8000,
    randomizationFactor: 0.5, timeout: 8000,
  });

  function down() {
    if (downSince.value === null) downSince.value = Date.now();
    if (state.value !== "refused") state.value = "down";
  }

  socket.on("connect", () => {
    state.value = "up";
    downSince.value = null;
    onUp(first);
    first = false;
  });
  socket.on("disconnect", (reason) => {
    down();
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 1500);
  });
  socket.on("connect_error", (error) => {
    down();
    if (socket.active) return;
    const code = String(/** @type {any} */ (error).data?.code ?? error.message);
    state.value = "refused";
    onRefused(code);
  });

  const wake = () => {
    if (!socket.connected && socket.active) socket.io.engine?.close();
    if (!socket.connected && state.value !== "refused") socket.connect();
  };
  addEventListener("online", wake);
  addEventListener("offline", down);

  return {
    state,
    downSince,
    /** @param {string} event @param {(payload: any) => void} listener */
    on: (event, listener) => void socket.on(event, listener),
    /**
     * Ask and wait for the answer; silence is an answer too.
     * @param {string} event @param {unknown} payload @param {number} [patience] ms @returns {Promise<Ack>}
     */
    async ask(event, payload, patience = 8000) {
      try {
        return await socket.timeout(patience).emitWithAck(event, payload);
      } catch {
        return { ok: false, error: { code: "offline" } };
      }
    },
    /** Say something that may be lost. @param {string} event @param {unknown} payload */
    tell: (event, payload) => void (socket.connected && socket.volatile.emit(event, payload)),
    reconnect: () => {
      state.value = "connecting";
      socket.disconnect().connect();
    },
    close() {
      removeEventListener("online", wake);
      removeEventListener("offline", down);
      socket.disconnect();
    },
  };
}
/** @typedef {ReturnType<typeof openLine>} Line */
