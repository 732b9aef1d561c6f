// One line to the node for every page: its state as it changes, and a word when the line is lost.
const line = document.getElementById("line");
const BY_ITSELF = { "X-Sapi-By-Itself": "1", Accept: "text/html" };
const LOST_AFTER_MS = 4000;
const SILENT_MS = 7000;  // more than two of the node's beats
const REFRESH_MS = 1000;
const AGAIN_MS = 5000;

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("sapi-fragment", { createHTML: (text) => text })
  : { createHTML: (text) => text };

let newest = document.body.dataset.news;
let shown = newest;  // of the list on this page
let refreshing = 0;
let lostTimer = 0;

function lost() {
  if (!lostTimer) lostTimer = setTimeout(() => { line.hidden = false; }, LOST_AFTER_MS);
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = 0;
  line.hidden = true;
}

/** A list on the page is made by the node alone: it is asked for again and put in its place. */
async function refresh() {
  refreshing = 0;
  const old = document.querySelector("[data-fresh]");
  if (isInUse(old)) return refreshSoon(REFRESH_MS);
  const answer = await fetch(location.href, { headers: BY_ITSELF }).catch(() => null);
  if (!answer || !answer.ok) return refreshSoon(AGAIN_MS);
  if (answer.redirected) return;  // signed out, which the line says too
  const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
  const fresh = page.querySelector("[data-fresh]");
  if (!fresh) return;
  if (isInUse(old)) return refreshSoon(REFRESH_MS);
  old.replaceWith(document.adoptNode(fresh));
  shown = page.body.dataset.news;
  refreshSoon(REFRESH_MS);
}

/** It would close under the reader's eyes, or move from under a finger. */
function isInUse(list) {
  if (list.querySelector("details[open]")) return true;
  return list.contains(document.activeElement) && document.activeElement.matches("input, button, summary");
}

function refreshSoon(afterMs) {
  if (newest === shown || refreshing || !document.querySelector("[data-fresh]")) return;
  refreshing = setTimeout(refresh, afterMs);
}

/** A browser ends no line that has only fallen silent (a node without power, a switch gone), nor one
 * that was taken and never answered: whoever hears nothing for a few beats calls again. */
function listen() {
  let source = null;
  let silent = 0;
  function open() {
    if (source) source.close();
    source = new EventSource("/events");
    watch();
    source.addEventListener("open", heard);
    source.addEventListener("beat", heard);
    source.addEventListener("error", lost);  // the browser calls again, or the watch does
    source.addEventListener("signed-out", () => { source.close(); location.assign("/sign-in?next=" + encodeURIComponent(location.pathname)); });
    source.addEventListener("panel", (event) => {
      heard();
      const state = JSON.parse(event.data);
      newest = state.news;
      refreshSoon(REFRESH_MS);
      document.dispatchEvent(new CustomEvent("panel-state", { detail: state }));
    });
  }
  function heard() {
    found();
    watch();
  }
  function watch() {
    clearTimeout(silent);
    silent = setTimeout(() => { lost(); open(); }, SILENT_MS);
  }
  function close() {
    clearTimeout(silent);
    source.close();
  }
  open();
  // A browser has six lines to one host: pages that nobody sees take none of them.
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// Not before: whoever shows the state is there by then.
document.addEventListener("DOMContentLoaded", listen);
