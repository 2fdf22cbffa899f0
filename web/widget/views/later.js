/** Parts that are loaded when first shown, with the styles they share. */
import { useEffect, useState } from "preact/hooks";
import { html } from "../../shared/html.js";
import { config } from "../state.js";

/** @param {() => Promise<any>} load @param {string} name the component it exports */
export function later(load, name) {
  return function Later(/** @type {any} */ props) {
    const [part, setPart] = useState(/** @type {any} */ (null));
    useEffect(() => { void Promise.all([load(), styles()]).then(([module]) => setPart(() => module[name])); }, []);
    return part && html`<${part} ...${props} />`;
  };
}

/** @type {Promise<unknown> | undefined} */
let loading;
/** The style sheet of the parts loaded later. */
export function styles() {
  loading ??= new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${config.assets}/widget/later.css` });
    link.onload = link.onerror = done;
    document.head.append(link);
  });
  return loading;
}
