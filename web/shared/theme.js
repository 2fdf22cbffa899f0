/** Light, dark, or as the system has it: one attribute on <html>. @param {string | null | undefined} theme */
export function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}

/** Say which language the page now speaks; fonts and line breaking follow. @param {string} locale */
export function applyLocale(locale) {
  document.documentElement.lang = locale;
}
