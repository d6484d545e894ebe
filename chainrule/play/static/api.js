// Requests to the server. What goes wrong is an Error whose message is a sentence for the page.
import { t } from "./words.js";

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(t("shell.offline"));
  }
  let value;
  try {
    value = await answer.json();
  } catch {
    throw new Error(t("shell.unreadable"));
  }
  if (!answer.ok) throw new Error(value.error ?? t("shell.unreadable"));
  return value;
}

const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.length ? "?" + new URLSearchParams(given) : "";
};

export const getJson = (path, values = {}, signal) => ask(path + query(values), { signal });

export const postJson = (path, values = {}, signal) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(values), signal });

/** `bytes` is a Blob, a File, an ArrayBuffer or a typed array. */
export const postBytes = (path, bytes, values = {}, signal) =>
  ask(path + query(values), { method: "POST", headers: { "content-type": "application/octet-stream" }, body: bytes, signal });

/**
 * A function that asks one question at a time: what changes meanwhile is asked next, and
 * `question(changed)` learns by `changed()` whether something has. Nothing is asked once `ended()`.
 */
export function oneAtATime(question, ended, failed) {
  let busy = false, again = false;
  return async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again && !ended()) {
      again = false;
      try {
        await question(() => again);
      } catch (error) {
        if (!ended()) failed(error);
      }
    }
    busy = false;
  };
}

/**
 * Server-sent events: `on` has a function for each kind of event, which gets the parsed data.
 * A lost connection is opened again by the browser, which names the last event it has got;
 * `lost(true)` and `lost(false)` say when it is gone and back. Returns a function that ends it.
 */
export function subscribe(path, on, lost = () => {}) {
  let source, ended = false, timer;
  const open = () => {
    source = new EventSource(path);
    source.onopen = () => lost(false);
    source.onerror = () => {
      lost(true);
      if (source.readyState === EventSource.CLOSED && !ended) timer = setTimeout(open, 1500);
    };
    for (const [kind, take] of Object.entries(on)) source.addEventListener(kind, (event) => take(JSON.parse(event.data)));
  };
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source.close();
  };
}
