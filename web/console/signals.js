/** Being called: a short sound and a desktop notification, each only if switched on. */
import { settings } from "./session.js";

let audio = /** @type {AudioContext | null} */ (null);

/** Two soft tones. Silent where the browser does not allow sound yet. */
export function chime() {
  if (!settings.value.sound || navigator.userActivation?.hasBeenActive === false) return;
  try {
    audio ??= new AudioContext();
    const context = audio;
    [660, 880].forEach((pitch, index) => {
      const from = context.currentTime + index * 0.16;
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.0001, from);
      gain.gain.exponentialRampToValueAtTime(0.12, from + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, from + 0.3);
      tone.connect(gain).connect(context.destination);
      tone.start(from);
      tone.stop(from + 0.32);
    });
  } catch {
    audio = null;
  }
}

/** @param {string} title @param {string} body @param {() => void} onOpen */
export function notify(title, body, onOpen) {
  if (!settings.value.desktop_notifications || typeof Notification === "undefined") return;
  if (Notification.permission !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return;
  const note = new Notification(title, { body, tag: title });
  note.onclick = () => {
    window.focus();
    onOpen();
    note.close();
  };
}

/** Ask the browser, for the switch in the settings. @returns {Promise<boolean>} */
export async function mayNotify() {
  if (typeof Notification === "undefined") return false;
  return (await Notification.requestPermission()) === "granted";
}
