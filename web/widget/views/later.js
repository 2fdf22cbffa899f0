/** Parts that are loaded when first shown, with the styles and words they share. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { config } from "../state.js";
import { sayMore } from "../words.js";

/** One icon of our sprite; a word or a label always stands beside it. @param {{ name: string, size?: string }} props */
export const Icon = ({ name, size = "" }) => html`<svg class=${`i ${size}`} aria-hidden="true">
  <use href=${`${config.assets}/widget/icons.svg#${name}`} /></svg>`;

/** @param {() => Promise<any>} load @param {string} name the component it exports */
export function later(load, name) {
  /** @type {any} */
  let part = null;
  return function Later(/** @type {any} */ props) {
    const [, setReady] = useState(!!part);
    useEffect(() => {
      const get = () => void Promise.all([load(), dress()]).then(([module]) => { part = module[name]; setReady(true); }, () => setTimeout(get, 3000));
      if (!part) get();
    }, []);
    return part && html`<${part} ...${props} />`;
  };
}

/** @type {Promise<unknown> | undefined} */
let loading;
/** The style sheet and the words of the parts loaded later. */
function dress() {
  loading ??= Promise.all([sayMore(), new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${config.assets}/widget/later.css` });
    link.onload = link.onerror = done;
    document.head.append(link);
  })]);
  loading.catch(() => { loading = undefined; });
  return loading;
}
