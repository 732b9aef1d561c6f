// One line to the node for every page: its state as it changes, and a word when the line is lost.
const line = document.getElementById("line");
const BY_ITSELF = { "X-Sapi-By-Itself": "1", Accept: "text/html" };
const LOST_AFTER_MS = 4000;
const SILENT_MS = 7000;  // more than two of the node's beats
const REFRESH_MS = 1000;

const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("sapi-fragment", { createHTML: (text) => text })
  : { createHTML: (text) => text };

let news = null;
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
  if (!old || old.querySelector("details[open]")) return;  // it would close under the reader's eyes
  if (old.contains(document.activeElement) && document.activeElement.matches("input, button, summary")) return;
  const answer = await fetch(location.href, { headers: BY_ITSELF }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
  const fresh = page.querySelector("[data-fresh]");
  if (fresh) old.replaceWith(document.adoptNode(fresh));
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
      if (news !== null && state.news !== news && !refreshing) refreshing = setTimeout(refresh, REFRESH_MS);
      news = state.news;
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
  open();
  addEventListener("pagehide", () => { clearTimeout(silent); source.close(); });
}

// Not before: whoever shows the state is there by then.
document.addEventListener("DOMContentLoaded", listen);
