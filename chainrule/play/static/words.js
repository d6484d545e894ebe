// The words of the page in its language: t("train.start") is "start" of words/LANGUAGE/train.js.
// A word may have places: t("train.steps", {n: 3}) puts 3 where it says {n}.

export const LANGUAGES = ["en", "zh"];
const KEY = "chainrule-language";
let words = {}, current = "en";

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function language() {
  return current;
}

/** The language chosen before, else the first of the browser's that there is. */
export function first() {
  const known = [remembered(), ...(navigator.languages ?? [navigator.language])];
  return known.map((name) => (name ?? "").slice(0, 2).toLowerCase()).find((name) => LANGUAGES.includes(name)) ?? "en";
}

/** Load the words of the shell and of these views; the shell's and the views' files export one object. */
export async function speak(name, views) {
  const files = ["shell", ...views];
  const modules = await Promise.all(files.map((file) => import(`/static/words/${name}/${file}.js`)));
  words = Object.fromEntries(files.map((file, i) => [file, modules[i].default]));
  current = name;
  document.documentElement.lang = name === "zh" ? "zh-Hans" : name;
}

export function remember(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // a page without storage asks again next time
  }
}

export function t(key, places = {}) {
  const dot = key.indexOf(".");
  const found = words[key.slice(0, dot)]?.[key.slice(dot + 1)];
  return (found ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in places ? String(places[name]) : whole));
}

/** Whether there is such a word. */
export const has = (key) => t(key) !== key;
