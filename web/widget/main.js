/** Start of the panel: language, colours, then the screen, then the line. */
import { render } from "preact";
import { html } from "../shared/html.js";
import { keep, recall } from "../shared/kept.js";
import { arrive, token } from "./account.js";
import { meetHost } from "./host.js";
import { start, startOver } from "./live.js";
import { config, conversation, kept, seen, welcome } from "./state.js";
import { focusPanel, Panel } from "./views/panel.js";
import { effect } from "@preact/signals";
import { locale, nearest, speak } from "./words.js";

/** Everything else follows from the one colour, in panel.css. @param {string | null | undefined} colour */
const paint = (colour) => { if (colour && CSS.supports("color", colour)) document.documentElement.style.setProperty("--brand", colour); };
paint(config.brand);
const chosen = recall(kept("locale"), /** @type {string | null} */ (null));
await speak(nearest(chosen ?? config.locale ?? navigator.language));
document.body.classList.toggle("full", config.full_page);

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
app.replaceChildren();
app.removeAttribute("aria-busy");
render(html`<${Panel} />`, app);
meetHost(focusPanel);
void start();
// An offline customer can still choose a photo: what that needs is fetched when the line has long been quiet.
setTimeout(() => void import("./views/attached.js").catch(() => {}), 8000);

effect(() => { if (!config.brand && welcome.value?.brand) paint(welcome.value.brand); });
let spoken = locale.value;
let followed = "";
effect(() => { // the words on screen follow the customer's own, until they choose a language
  const said = conversation.value?.language;
  if (said && said !== locale.peek() && recall(kept("locale"), null) === null) void speak(followed = said);
});
effect(() => { // topics and greeting come from the server, in the language on screen
  if (locale.value === spoken) return;
  spoken = locale.value;
  if (spoken !== followed) keep(kept("locale"), spoken);
  void arrive().catch(() => {});
});
addEventListener("storage", (event) => {
  if (event.key === kept("seen")) seen.value = Math.max(seen.value, recall(kept("seen"), 0));
  else if (event.key === kept("locale")) void speak(recall(kept("locale"), "en"));
  else if (event.key === kept("token") && event.newValue && recall(kept("token"), "") !== token.value) void startOver(false);
});
