// One line to the node for every page: its state as it changes, and a word when the line is lost.
const line = document.getElementById("line");
const BY_ITSELF = { "X-Sapi-By-Itself": "1", Accept: "text/html" };
const LOST_AFTER_MS = 4000;
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

function listen() {
  let source = null;
  let again = 0;
  function open() {
    source = new EventSource("/events");
    source.addEventListener("open", found);
    source.addEventListener("error", () => {
      lost();
      // A browser gives up by itself on anything but a broken line: a node that starts answers 503.
      if (source.readyState === EventSource.CLOSED && !again) again = setTimeout(() => { again = 0; open(); }, 5000);
    });
    source.addEventListener("signed-out", () => { source.close(); location.assign("/sign-in?next=" + encodeURIComponent(location.pathname)); });
    source.addEventListener("panel", (event) => {
      found();
      const state = JSON.parse(event.data);
      if (news !== null && state.news !== news && !refreshing) refreshing = setTimeout(refresh, REFRESH_MS);
      news = state.news;
      document.dispatchEvent(new CustomEvent("panel-state", { detail: state }));
    });
  }
  open();
  addEventListener("pagehide", () => source.close());
}

listen();
