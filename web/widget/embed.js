/**
 * `<hub-chat key locale brand position greeting>`: a button and, from the first click on, one iframe.
 * `!important` on :host wins over every rule of the page.
 */
const base = new URL(".", import.meta.url);
/** As `launcher.*` in locales/ (a test compares them): title, unread, hide. */
const words = {
  en: ["Chat", "New messages: {n}", "Close"],
  "zh-Hans": ["在线客服", "{n} 条新消息", "关闭"],
  "zh-Hant": ["線上客服", "{n} 則新訊息", "關閉"],
};
const css = `:host{all:initial!important;position:fixed!important;inset:auto!important;z-index:2147483647!important;display:block!important;overflow:visible!important;color-scheme:light dark!important}
*{box-sizing:border-box;font:14px/1.45 system-ui,sans-serif;border:0}
.go,iframe,.hi{position:fixed;inset-inline-end:20px;bottom:92px;box-shadow:0 0 0 1px #151a2014,0 8px 32px -6px #151a2066;background:light-dark(#fff,#1d2025)}
.go{bottom:max(20px,env(safe-area-inset-bottom));width:60px;height:60px;padding:17px;border-radius:50%;background:var(--c);color:#fff}
button{cursor:pointer}
svg{display:block;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
:focus-visible{outline:2px solid #fff;box-shadow:0 0 0 5px #3f56c5}
b{position:absolute;top:-2px;inset-inline-end:-2px;min-width:20px;padding:0 5px;border-radius:10px;background:#be222a;font:600 12px/20px system-ui;box-shadow:0 0 0 2px #fff}
iframe{width:min(400px,100vw - 40px);height:min(680px,100vh - 112px);border-radius:16px;visibility:hidden}
.on iframe{visibility:visible}
.hi{max-width:min(300px,100vw - 40px);padding:12px 40px 12px 14px;border-radius:14px;color:light-dark(#151a20,#ebedf0)}
.hi span{display:block}
.hi button{position:absolute;top:0;right:0;width:44px;height:44px;padding:14px;background:none;color:inherit}
[hidden]{display:none}
@media(max-width:480px){iframe{inset:0;width:100%;height:100%;border-radius:0}.on .go{visibility:hidden}}
@media print{*{display:none}}`;
const bubble = "M3 16.3a2 2 0 0 1 .1 1.2L2 20.800a1 1 0 0 0 1.200 1.200l3.400-1a2 2 0 0 1 1.100.100 10 10 0 1 0-4.700-4.800";

/** @param {string} d */
function icon(d) {
  const make = (/** @type {string} */ name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const svg = make("svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.append(make("path"));
  svg.firstElementChild?.setAttribute("d", d);
  return svg;
}

class HubChat extends HTMLElement {
  static observedAttributes = ["locale", "brand", "position", "greeting"];
  #root = document.createElement("div");
  #go = document.createElement("button");
  #mark = icon(bubble);
  #badge = document.createElement("b");
  #hi = document.createElement("div");
  #says = document.createElement("span");
  #hide = document.createElement("button");
  /** @type {HTMLIFrameElement | undefined} */ #frame;
  /** @type {object[] | undefined} */ #waiting = [];
  #unread = 0;

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.popover = "manual"; // top layer: no transform or z-index of the page reaches us
    this.showPopover?.();
    addEventListener("message", this.#hear);
    this.attributeChangedCallback();
    const was = this.#store();
    if (was) this.#show(was === "1", false);
  }

  disconnectedCallback() {
    removeEventListener("message", this.#hear);
    this.#frame?.remove();
    this.#frame = undefined;
    this.#waiting = [];
  }

  attributeChangedCallback() {
    const brand = this.getAttribute("brand") || "";
    this.#root.style.setProperty("--c", CSS.supports("color", brand) ? brand : "#1c5b50");
    this.#root.dir = this.getAttribute("position") === "left" ? "rtl" : "ltr";
    this.#says.textContent = this.getAttribute("greeting");
    this.#hi.hidden = !this.#says.textContent || !!this.#store();
    this.#label();
  }

  open() { this.#show(true); }
  close() { this.#show(false); }
  /** @param {string | null} jwt who is signed in, says the host's server; null: nobody */
  identify(jwt) { this.#load(); this.#post({ type: "identify", jwt }); }

  #build() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.#go.className = "go";
    this.#hi.className = "hi";
    this.#says.dir = "auto";
    this.#go.append(this.#mark, this.#badge);
    this.#hide.append(icon("M18 6 6 18M6 6l12 12"));
    this.#hi.append(this.#says, this.#hide);
    this.#root.append(this.#hi, this.#go);
    this.shadowRoot?.append(this.#root);
    this.#go.onclick = () => this.#show(!this.#on);
    this.#hide.onclick = () => { this.#hi.hidden = true; this.#go.focus(); };
    this.#root.onkeydown = (e) => { if (e.key === "Escape" && this.#on) this.close(); };
  }

  get #on() { return this.#root.className === "on"; }

  get #locale() {
    const tag = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
    return /^zh.*(hant|tw|hk|mo)/i.test(tag) ? "zh-Hant" : /^zh/i.test(tag) ? "zh-Hans" : "en";
  }

  #label() {
    const [title = "", unread, hide = ""] = words[this.#locale];
    const n = this.#unread;
    this.#badge.hidden = !n;
    this.#badge.textContent = n > 99 ? "99+" : `${n}`;
    this.#go.ariaExpanded = `${this.#on}`;
    this.#go.ariaLabel = title + (n ? `, ${unread?.replace("{n}", `${n}`)}` : "");
    this.#hide.ariaLabel = hide;
    if (this.#frame) this.#frame.title = title;
    this.#mark.firstElementChild?.setAttribute("d", this.#on ? "m6 9 6 6 6-6" : bubble);
  }

  /** @param {string} [value] remembered for this tab: "1" open, "0" used and closed */
  #store(value) {
    const name = `hub-chat:${this.getAttribute("key")}`;
    try { return value ? sessionStorage.setItem(name, value) : sessionStorage.getItem(name); } catch { return null; }
  }

  #load() {
    if (this.#frame) return;
    const url = new URL("widget", base);
    const [key, brand] = [this.getAttribute("key") || "", this.getAttribute("brand") || ""];
    url.search = `${new URLSearchParams({ key, brand, locale: this.#locale })}`;
    this.#frame = document.createElement("iframe");
    this.#frame.src = url.href;
    this.#root.prepend(this.#frame);
  }

  /** @param {boolean} on @param {boolean} [focus] */
  #show(on, focus = true) {
    this.#load();
    this.#root.className = on ? "on" : "";
    this.#hi.hidden = true;
    this.#store(on ? "1" : "0");
    this.#label();
    this.#post({ type: on ? "open" : "close", focus });
    if (focus) (on ? this.#frame : this.#go)?.focus();
  }

  /** @param {object} message waits for "ready" */
  #post(message) {
    if (this.#waiting) this.#waiting.push(message);
    else this.#frame?.contentWindow?.postMessage({ source: "hub-chat", ...message }, base.origin);
  }

  /** @param {MessageEvent} e only from our own frame and origin */
  #hear = (e) => {
    if (e.origin !== base.origin || !this.#frame || e.source !== this.#frame.contentWindow || e.data?.source !== "hub-chat") return;
    const { type, count } = e.data;
    if (type === "ready") {
      const waiting = this.#waiting || [{ type: this.#on ? "open" : "close" }];
      this.#waiting = undefined;
      waiting.forEach((message) => this.#post(message));
    } else if (type === "close") this.close();
    else if (type === "unread" && count >= 0) {
      this.#unread = count | 0;
      this.#label();
    }
  };
}

if (!customElements.get("hub-chat")) customElements.define("hub-chat", HubChat);
