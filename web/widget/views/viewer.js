/** One picture, large. Loaded on the first look. */
import { render } from "preact";
import { html } from "../../shared/html.js";
import { download } from "../files.js";
import { t } from "../words.js";
import { Icon } from "./later.js";

/** @param {string} url @param {import("../types").Attachment} file */
export function look(url, file) {
  const dialog = document.createElement("dialog");
  dialog.className = "viewer";
  dialog.setAttribute("aria-label", t("file.photo", { name: file.name }));
  const shut = () => dialog.close();
  render(html`<div class="row"><span class="grow cut"><bdi>${file.name}</bdi></span>
      <button class="btn ghost icon" aria-label=${t("file.get", { name: file.name })}
        onClick=${() => void download(file)}><${Icon} name="download" size="l" /></button>
      <button class="btn ghost icon" aria-label=${t("close")} onClick=${shut}><${Icon} name="x" size="l" /></button></div>
    <img src=${url} alt=${t("file.photo", { name: file.name })} onClick=${shut} />`, dialog);
  dialog.onclose = () => { render(null, dialog); dialog.remove(); };
  document.body.append(dialog);
  dialog.showModal();
}
