// What happens on the server, for every page of this browser over one connection: a browser has only
// six of them for a server. The page that holds the lock listens, and tells the others; when it is
// closed, the next one does. Events are numbered (see play/channel.py), so a page that has missed some
// asks for what came since.
import { getJson, subscribe } from "./api.js";

/**
 * `take({id, after, events})` gets everything that happens from `path`, in order and once; `after` is
 * "" where what came before is to be forgotten. `now` answers what happened since an event.
 * `lost(true)` and `lost(false)` say when the server is away and back. Returns a function that ends it.
 */
export function follow(path, now, take, lost = () => {}) {
  let last = null, asking = null, ended = false, close = () => {}, release = () => {};
  const others = "BroadcastChannel" in globalThis ? new BroadcastChannel(`chainrule${path}`) : null;

  const apply = (said) => {
    if (ended) return;
    if (said.after === "" || said.after === last) {
      last = said.id;
      take(said);
    } else if (said.id !== last) catchUp();
  };
  const catchUp = () => {
    asking ??= getJson(now, { after: last ?? "" })
      .then((said) => {
        if (ended) return;
        last = said.id;
        take(said);
        lost(false);
      })
      .catch(() => lost(true))
      .finally(() => (asking = null));
  };
  const listen = () => {
    close = subscribe(`${path}?after=${last ?? ""}`, {
      events: (said) => {
        apply(said);
        others?.postMessage({ said });
      },
    }, (away) => {
      lost(away);
      others?.postMessage({ away });
    });
  };

  others?.addEventListener("message", ({ data }) => (data.said ? apply(data.said) : lost(data.away)));
  catchUp();
  const stop = new AbortController();
  if (others && navigator.locks) {
    navigator.locks
      .request(`chainrule${path}`, { signal: stop.signal }, () => new Promise((resolve) => {
        release = resolve;
        if (ended) resolve();
        else listen();
      }))
      .catch(() => {}); // it was given up before it came
  } else listen();

  return () => {
    ended = true;
    close();
    stop.abort();
    release();
    others?.close();
  };
}
