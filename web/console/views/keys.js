/** The keyboard map. */
import { html } from "../../shared/html.js";
import { isSupervisor, settings } from "../session.js";
import { t } from "../words.js";
import { keyName } from "./common.js";
import { Dialog } from "./dialog.js";

/** @returns {[string, [string[], string][]][]} groups of keys and what they do */
const map = () => [
  [t("keys.anywhere"), [[[keyName("mod+K")], t("palette.name")], [["?"], t("rail.keys")], [["G", "I"], t("rail.inbox")], ...(isSupervisor.value ? [/** @type {[string[], string]} */ ([["G", "B"], t("rail.board")])] : []), [["G", "L"], t("rail.links")], [["G", "S"], t("rail.settings")]]],
  [t("keys.offer"), [[[keyName("alt+A")], t("offer.accept")], [[keyName("alt+D")], t("offer.decline")], [["F6"], t("keys.to_offer")]]],
  [t("keys.list"), [[["J"], t("keys.next")], [["K"], t("keys.previous")], [["N"], t("list.take_next")], [["1", "2", "3"], t("keys.tabs")]]],
  [t("keys.thread"), [[["R"], t("keys.reply")], [["M"], t("keys.note")], [["T"], t("action.transfer")], [["E"], t("action.resolve")], [["↑", "↓"], t("keys.entries")], [["B"], t("keys.ack")]]],
  [t("keys.composer"), [[[settings.value.enter_sends ? "⏎" : keyName("mod+⏎")], t("composer.send")], [[settings.value.enter_sends ? keyName("shift+⏎") : "⏎"], t("keys.newline")], [["Esc"], t("keys.leave")]]],
];

export function KeyMap() {
  return html`<${Dialog} title=${t("rail.keys")} class="keymap"><div class="kmap">${map().map(([title, keys]) => html`<section key=${title}><h3>${title}</h3><dl>${keys.map(([combination, what]) => html`
    <div class="row" key=${what}><dt class="row">${combination.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl></section>`)}</div><//>`;
}
