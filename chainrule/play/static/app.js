// The shell: tabs, language, theme, errors. **How a view is added:** the server names the views
// that are there (see play/app.py); views/NAME.js exports `mount(root, page)`, which fills the
// element `root` and returns a function that ends what it began (timers, connections). It is mounted
// again when the language or the theme changes, so it keeps what must survive in `page.memory`.
// `page` has: t (words, "NAME.key"), el, labeled, choice, pixels, bytesOf, number, percent (dom.js),
// svg, drawing, path, ticks (svg.js), getJson, postJson, postBytes, subscribe (api.js; their errors
// are sentences), failed(error), which shows one in the page, announce(text), which tells it to a
// screen reader, color(name), the value of a CSS variable, memory, an object of the view's own, and
// shared, one of all views: shared.model is the name of the model that was chosen last. An event listener that
// throws, or whose promise is rejected, has its message shown in the page too.
import * as api from "./api.js";
import * as dom from "./dom.js";
import * as drawings from "./svg.js";
import { first, language, remember, speak, t } from "./words.js";

const { el } = dom;
const names = document.documentElement.dataset.views.split(" ").filter(Boolean);
const memories = Object.fromEntries(names.map((name) => [name, {}]));
const shared = {};
const root = document.getElementById("view");
let unmount = null, mounted = 0;

const stored = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

function failed(error) {
  if (error?.name === "AbortError") return;
  const text = error?.message ?? String(error);
  const place = document.getElementById("errors");
  const same = [...place.children].find((node) => node.firstChild.textContent === text);
  same?.remove();
  const box = el("div", { class: "toast" }, el("p", {}, text),
    el("button", { type: "button", class: "quiet", "aria-label": t("shell.close"), onclick: () => box.remove() }, "×"));
  place.append(box);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => box.remove(), 12000);
}

function announce(text) {
  document.getElementById("status").textContent = text;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const current = () => {
  const name = location.hash.slice(1).split("/")[0];
  return names.includes(name) ? name : names[0];
};

function tabs() {
  const place = document.getElementById("tabs");
  place.setAttribute("aria-label", t("shell.views"));
  place.replaceChildren(...names.map((name) =>
    el("a", { href: `#${name}`, "aria-current": name === current() ? "page" : null }, t(`shell.${name}`))));
}

async function show({ focus = false } = {}) {
  const name = current(), turn = ++mounted;
  unmount?.();
  unmount = null;
  tabs();
  document.title = name ? `${t(`shell.${name}`)} · ${t("shell.title")}` : t("shell.title");
  if (!name) return;
  const module = await import(`/static/views/${name}.js`);
  if (turn !== mounted) return;
  const place = el("div", { class: `view view-${name}` });
  root.replaceChildren(place);
  const page = { ...dom, ...drawings, ...api, t, language, failed, announce, color, shared, memory: memories[name] };
  const ended = await module.mount(place, page);
  if (turn !== mounted) ended?.();
  else unmount = ended ?? null;
  if (focus) root.focus({ preventScroll: true });
}

function theme(name) {
  if (name) document.documentElement.dataset.theme = name;
  const dark = name ? name === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const button = document.getElementById("theme");
  button.textContent = t(dark ? "shell.light" : "shell.dark");
  button.setAttribute("aria-label", t(dark ? "shell.lightLabel" : "shell.darkLabel"));
  button.onclick = () => {
    try {
      localStorage.setItem("chainrule-theme", dark ? "light" : "dark");
    } catch {
      // it lasts as long as the page
    }
    theme(dark ? "light" : "dark");
    show();
  };
}

function labels() {
  document.getElementById("skip").textContent = t("shell.skip");
  const button = document.getElementById("language");
  button.textContent = t("shell.language");
  button.lang = language() === "zh" ? "en" : "zh-Hans";
  button.setAttribute("aria-label", t("shell.languageLabel"));
  button.onclick = async () => {
    const next = language() === "zh" ? "en" : "zh";
    await speak(next, names);
    remember(next);
    labels();
    theme(document.documentElement.dataset.theme);
    await show();
  };
}

addEventListener("error", (event) => failed(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  failed(event.reason);
});
addEventListener("hashchange", () => {
  if (location.hash !== "#view") show({ focus: true });
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  root.focus();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!document.documentElement.dataset.theme) {
    theme();
    show();
  }
});

const saved = stored("chainrule-theme");
if (saved === "dark" || saved === "light") document.documentElement.dataset.theme = saved;
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", "/" + location.hash);
await speak(first(), names);
labels();
theme(document.documentElement.dataset.theme);
await show();
