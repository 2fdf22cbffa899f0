/** The console starts here. */
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { html } from "../shared/html.js";
import { useSprite } from "../shared/icon.js";
import { config } from "./config.js";
import { unreadMine } from "./inbox.js";
import { listenToKeys } from "./keyboard.js";
import { connect } from "./live.js";
import { live } from "./offers.js";
import { entitle, listen, route } from "./router.js";
import { phase, start } from "./session.js";
import { current } from "./timeline.js";
import { App } from "./views/app.js";
import { personName } from "./views/common.js";
import { t } from "./words.js";

useSprite(`${config.assets}/shared/icons.svg`);
listen();
listenToKeys();
entitle(() => {
  const waiting = phase.value === "ready" ? unreadMine.value + live.value.length : 0;
  const place = phase.value !== "ready" ? t("login.title") : route.value.name === "inbox" ? ((current.value ? personName(current.value.customer) : t("rail.inbox"))) : t(`rail.${route.value.name}`);
  return `${waiting ? `(${waiting}) ` : ""}${place} · Onethread`;
});
effect(() => {
  if (phase.value === "ready") untracked(connect);
});
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
void start();
