/** The template tag of every screen: `html` makes Preact nodes out of tagged templates, without a build step. */
import htm from "htm";
import { h } from "preact";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */
export const html = htm.bind(h);

/** @typedef {import("preact").ComponentChildren} Children */
