/** The palette: conversations at hand, customers from the server, and everything one can do, by typing. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asProblem } from "../../shared/api.js";
import { html } from "../../shared/html.js";
import { Icon } from "../../shared/icon.js";
import { isComposing } from "../../shared/keys.js";
import { reopen, take, takeNext } from "../acts.js";
import { conversations } from "../inbox.js";
import { go, pathOf, pathTo } from "../router.js";
import { api, changeSettings, changeState, isSupervisor, me, signOut } from "../session.js";
import { current, isMine } from "../timeline.js";
import { t } from "../words.js";
import { Avatar, channelLook, personName } from "./common.js";
import { closeDialog, Dialog, opened } from "./dialog.js";

/** @typedef {{ id: string, group: string, label: string, detail: string, icon: string, keys: string, run: () => void, person?: { id: string, name: string, channel: string } }} Choice */

/** What can be done now, in the words of the buttons. @returns {Choice[]} */
function actions() {
  const one = current.value;
  /** @type {Choice[]} */
  const list = [];
  const add = (/** @type {string} */ id, /** @type {string} */ icon, /** @type {() => void} */ run, keys = "", label = t(id)) => list.push({ id, group: t("palette.actions"), label, detail: "", icon, keys, run });
  if (one && isMine.value && one.status === "open") {
    add("action.resolve", "check", () => (opened.value = "wrapup"), "E");
    add("action.transfer", "arrow-right-left", () => (opened.value = "transfer"), "T");
  }
  if (one?.owner.kind === "queue") add("action.take", "hand", () => void take(one));
  if (one?.status === "resolved") add("action.reopen", "rotate-ccw", () => void reopen(one));
  if (one) add("action.topic", "pencil", () => (opened.value = "topic"));
  add("list.take_next", "hand", () => void takeNext(), "N");
  add("rail.inbox", "inbox", () => go(pathTo()), "G I");
  if (isSupervisor.value) add("rail.board", "gauge", () => go(pathTo("/board")), "G B");
  add("rail.links", "qr-code", () => go(pathTo("/links")), "G L");
  add("rail.settings", "settings", () => go(pathTo("/settings")), "G S");
  add("rail.keys", "keyboard", () => (opened.value = "keys"), "?");
  const state = me.value?.state === "online" ? "away" : "online";
  add(`palette.state.${state}`, "circle-dot", () => void changeState(state));
  for (const theme of /** @type {const} */ (["light", "dark", "system"])) add(`palette.theme.${theme}`, "contrast", () => void changeSettings({ theme }));
  add("me.sign_out", "log-out", () => void signOut());
  return list;
}

/** @param {string} text @param {string} wanted every word must be there somewhere */
const fits = (text, wanted) => wanted.split(/\s+/).every((word) => text.toLowerCase().includes(word));

/** @param {string} wanted @returns {Choice[]} */
function atHand(wanted) {
  const open = [...conversations.value.values()].filter((one) => !wanted || fits(`${one.customer.name} ${one.topic ?? ""} ${one.last?.text ?? ""}`, wanted));
  return open.sort((a, b) => (a.updated_at < b.updated_at ? 1 : -1)).slice(0, wanted ? 6 : 4).map((one) => ({
    id: one.id, group: t("palette.conversations"), label: personName(one.customer), detail: one.topic || (one.last?.text ?? ""), icon: channelLook(one.channel).icon, keys: "",
    run: () => go(pathOf(one)), person: { id: one.customer.id, name: personName(one.customer), channel: one.channel },
  }));
}

/** Customers the server finds, asked when typing pauses. @param {string} wanted */
function useCustomers(wanted) {
  const [found, setFound] = useState(/** @type {import("../../shared/types").Customer[]} */ ([]));
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (wanted.length < 2) {
      setFound([]);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      setBusy(true);
      try {
        const page = await api.get("/customers", { q: wanted, limit: 8 }, stop.signal);
        setFound(page.items);
      } catch (error) {
        if (!(error instanceof DOMException)) asProblem(error);
      } finally {
        setBusy(false);
      }
    }, 180);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [wanted]);
  return { found, busy };
}

export function Palette() {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const wanted = query.trim().toLowerCase();
  const { found, busy } = useCustomers(wanted);
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const choices = useMemo(() => {
    const near = atHand(wanted);
    const people = found.map((person) => ({
      id: person.id, group: t("palette.customers"), label: personName(person), detail: person.addresses.map((address) => address.value).filter(Boolean).join(" · "),
      icon: "user-round", keys: "", run: () => go(pathTo(`/c/${person.id}`)), person: { id: person.id, name: personName(person), channel: "" },
    }));
    return [...near, ...people, ...actions().filter((one) => !wanted || fits(one.label, wanted))];
  }, [wanted, found]);
  const now = Math.min(at, Math.max(0, choices.length - 1));
  useEffect(() => void list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [now]);

  /** @param {Choice | undefined} choice */
  function choose(choice) {
    if (!choice) return;
    closeDialog();
    choice.run();
  }
  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (isComposing(event)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setAt((now + step + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") choose(choices[now]);
    else return;
    event.preventDefault();
  }
  let group = "";
  return html`<${Dialog} title=${t("palette.name")} class="palette" head=${false}>
    <div class="pfield"><${Icon} name="search" /><input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-activedescendant=${choices[now] ? `pal-${now}` : undefined}
      aria-label=${t("palette.name")} placeholder=${t("palette.hint")} value=${query} autofocus onInput=${(/** @type {any} */ event) => { setQuery(event.target.value); setAt(0); }} onKeyDown=${onKey} /><kbd>Esc</kbd></div>
    <div class="plist" role="listbox" id="palette-list" aria-label=${t("palette.results")} ref=${list}>
      ${choices.map((choice, index) => {
        const head = choice.group !== group ? html`<p class="pgroup" role="presentation" key=${`g-${choice.group}`}>${choice.group}</p>` : null;
        group = choice.group;
        return html`${head}<div class="item" role="option" key=${`${choice.group}-${choice.id}`} id=${`pal-${index}`} aria-selected=${index === now} onPointerMove=${() => index !== now && setAt(index)} onClick=${() => choose(choice)}>
          ${choice.person ? html`<${Avatar} id=${choice.person.id} name=${choice.person.name} size="s" channel="" />` : html`<${Icon} name=${choice.icon} />`}<span class="cut pl">${choice.label}</span><span class="cut grow small muted">${choice.detail}</span>${choice.keys ? html`<kbd>${choice.keys}</kbd>` : null}</div>`;
      })}
      ${choices.length ? null : html`<p class="muted pad" role="status">${busy ? t("palette.searching") : t("palette.nothing", { query })}</p>`}
    </div><//>`;
}
