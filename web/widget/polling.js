/** The whole Socket.IO client, by long polling: loaded only where WebSockets do not come through. */
import { signal } from "@preact/signals";
import { io } from "socket.io-client";

/**
 * @param {import("./socket.js").Where & Pick<import("./socket.js").Hooks, "onUp" | "onRefused">} options
 * @returns {import("../shared/live.js").Line}
 */
export function openPolling({ namespace, path = "/socket.io", auth, onUp, onRefused }) {
  const state = signal(/** @type {import("../shared/live.js").LineState} */ ("connecting"));
  const downSince = signal(/** @type {number | null} */ (null));
  let first = true;
  const socket = io(namespace, { path, transports: ["polling"], auth: (done) => done(auth()), reconnectionDelayMax: 8000 });
  const down = () => {
    if (state.value !== "refused") state.value = "down";
    downSince.value ??= Date.now();
  };
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
    state.value = "refused";
    onRefused(String(/** @type {any} */ (error).data?.code ?? error.message));
  });
  return {
    state,
    downSince,
    on: (event, listener) => void socket.on(event, listener),
    ask: (event, payload, patience = 8000) => socket.timeout(patience).emitWithAck(event, payload)
      .catch(() => ({ ok: false, error: { code: "offline" } })),
    tell: (event, payload) => void (socket.connected && socket.volatile.emit(event, payload)),
    reconnect: () => {
      state.value = "connecting";
      socket.disconnect().connect();
    },
    close: () => void socket.disconnect(),
  };
}
