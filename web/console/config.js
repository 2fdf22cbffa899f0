/** What the server told the page: where assets and doors are. */

/** `signed_in` is false when the request for the page carried no log-in: then nobody need be asked who one is.
 * @typedef {{ base: string, assets: string, locale?: string, organisation?: string, signed_in?: boolean }} Config */

/** @returns {Config} */
function read() {
  const text = document.getElementById("config")?.textContent ?? "{}";
  return { base: "", assets: "/assets", ...JSON.parse(text) };
}

export const config = read();

/** The path under which the server lives, without a slash at the end. */
export const prefix = new URL(config.base || "/", location.href).pathname.replace(/\/$/, "");
