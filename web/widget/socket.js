/**
 * Socket.IO 5 over Engine.IO 4 on one WebSocket: what a chat needs of the protocol, in a tenth of the client's bytes.
 * It keeps the promises of `openLine` in shared/live.js; where WebSockets are blocked, polling.js takes over.
 */
import { signal } from "@preact/signals";

/** @typedef {import("../shared/live.js").LineState} LineState @typedef {import("../shared/live.js").Ack} Ack */
const offline = () => /** @type {Ack} */ ({ ok: false, error: { code: "offline" } });

/**
 * @typedef {{ namespace: string, path?: string, auth: () => Record<string, unknown> }} Where
 * @typedef {{ onUp: (first: boolean) => void, onRefused: (code: string) => void, onBlocked: () => void }} Hooks
 * @param {Where & Hooks} options
 * @returns {import("../shared/live.js").Line}
 */
export function openSocket({ namespace, path = "/socket.io", auth, onUp, onRefused, onBlocked }) {
  /** @type {import("@preact/signals").Signal<LineState>} */
  const state = signal("connecting");
  const downSince = signal(/** @type {number | null} */ (null));
  /** @type {Map<string, (payload: any) => void>} */
  const listeners = new Map();
  /** @type {Map<number, (reply: Ack) => void>} */
  const asked = new Map();
  /** @type {WebSocket | null} */
  let socket = null;
  /** @type {ReturnType<typeof setTimeout>} */
  let silence;
  /** @type {ReturnType<typeof setTimeout>} */
  let retry;
  let [count, tries, patience, first, stopped] = [0, 0, 45_000, true, false];

  function dial() {
    clearTimeout(retry);
    drop();
    const mine = socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${path}/?EIO=4&transport=websocket`);
    awaitSign(8000);
    mine.onmessage = ({ data }) => { if (mine === socket) hear(String(data)); };
    mine.onclose = () => { if (mine === socket) lost(); };
  }

  function drop() {
    clearTimeout(silence);
    const old = socket;
    socket = null;
    old?.close();
    for (const answer of asked.values()) answer(offline());
    asked.clear();
  }

  /** The server pings; when it stays silent for longer than it promised, the line is dead. @param {number} ms */
  function awaitSign(ms) {
    clearTimeout(silence);
    silence = setTimeout(lost, ms);
  }

  /** @param {number} [pause] ms */
  function lost(pause) {
    drop();
    if (stopped || state.value === "refused") return;
    state.value = "down";
    downSince.value ??= Date.now();
    tries += 1;
    if (first && tries >= 3 && navigator.onLine) {
      stop();
      onBlocked();
    } else retry = setTimeout(dial, pause ?? Math.min(8000, 300 * 2 ** tries) * (0.5 + Math.random()));
  }

  /** @param {string} packet dropped when the line has just ended: whoever asks is told by `drop` */
  function put(packet) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(packet);
  }

  /** @param {string} data one Engine.IO packet */
  function hear(data) {
    awaitSign(patience);
    const text = data.slice(1);
    if (data[0] === "0") {
      const hello = JSON.parse(text);
      patience = hello.pingInterval + hello.pingTimeout;
      put(`40${namespace},${JSON.stringify(auth())}`);
    } else if (data[0] === "1") lost();
    else if (data[0] === "2") put("3");
    else if (data[0] === "4") take(text);
  }

  /** @param {string} packet type, namespace, perhaps an id, then JSON */
  function take(packet) {
    const [, type, name, id, json] = /^(\d)(\/[^,]*)?,?(\d*)(.*)$/s.exec(packet) ?? [];
    if (name !== namespace) return;
    const body = json ? JSON.parse(json) : null;
    if (type === "0") {
      tries = 0;
      downSince.value = null;
      state.value = "up";
      onUp(first);
      first = false;
    } else if (type === "1") lost(1500);
    else if (type === "2") listeners.get(body[0])?.(body[1]);
    else if (type === "3") {
      asked.get(Number(id))?.(body[0]);
      asked.delete(Number(id));
    } else if (type === "4") {
      state.value = "refused";
      drop();
      onRefused(String(body?.data?.code ?? body?.message));
    }
  }

  const wake = () => { if (state.value === "down") dial(); };
  const sleep = () => lost();
  function stop() {
    stopped = true;
    clearTimeout(retry);
    removeEventListener("online", wake);
    removeEventListener("offline", sleep);
    drop();
  }
  addEventListener("online", wake);
  addEventListener("offline", sleep);
  dial();

  return {
    state,
    downSince,
    on: (event, listener) => void listeners.set(event, listener),
    ask: (event, payload, ms = 8000) => new Promise((resolve) => {
      if (state.value !== "up" || !socket) return resolve(offline());
      const id = count++;
      const late = setTimeout(() => { asked.delete(id); resolve(offline()); }, ms);
      asked.set(id, (reply) => { clearTimeout(late); resolve(reply); });
      put(`42${namespace},${id}${JSON.stringify([event, payload])}`);
    }),
    tell: (event, payload) => { if (state.value === "up") put(`42${namespace},${JSON.stringify([event, payload])}`); },
    reconnect: () => { state.value = "connecting"; dial(); },
    close: stop,
  };
}
