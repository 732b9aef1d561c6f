// The drawer's switches, films and codes; its state is the node's, asked for again after each change.
const drawer = document.getElementById("drawer");
const by = (id) => document.getElementById(id);
const TOKEN = { "X-Sapi-Token": document.body.dataset.token };
const BY_ITSELF = { "X-Sapi-By-Itself": "1" };

function tell(sentence) {
  by("drawer-told").hidden = !sentence;
  by("drawer-told").textContent = sentence;
}

function show(state) {
  for (const [fault, on] of Object.entries(state.on)) {
    const element = by(`switch-${fault}`);
    element.setAttribute("aria-checked", String(on));
    element.querySelector(".switch-state").textContent = on ? drawer.dataset.on : drawer.dataset.off;
  }
  say(by("drawer-laid"), state.laid);
  say(by("drawer-held"), state.held);
  showSteps(state.steps);
}

/** Only what is new: a reader of screens says each change. */
function say(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

function showSteps(steps) {
  const list = by("drawer-steps");
  if (!list || list.dataset.steps === JSON.stringify(steps)) return;
  list.dataset.steps = JSON.stringify(steps);
  list.replaceChildren(...steps.map((step) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("bdi"), { textContent: step }));
    return item;
  }));
}

async function ask(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  const state = answer && (await answer.json().catch(() => null));
  const went = answer && answer.ok;
  const isOver = options.method === "POST" || by("drawer-told").textContent === drawer.dataset.failed;
  if (!went) tell((state && state.told) || drawer.dataset.failed);
  else if (isOver) tell(""); // a refusal stands until the next try, not until the next look
  if (went) show(state);
}

const post = (path, values) => ask(path, { method: "POST", headers: TOKEN, body: new URLSearchParams(values) });

for (const element of drawer.querySelectorAll("[data-fault]")) {
  element.addEventListener("click", () => {
    const on = element.getAttribute("aria-checked") !== "true";
    post("/drawer/switch", { fault: element.dataset.fault, on });
  });
}
by("drawer-film").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/drawer/film", { order: by("drawer-order").value });
});
by("drawer-lift").addEventListener("click", () => post("/drawer/film", { order: "" }));
by("drawer-cassette")?.addEventListener("submit", (event) => {
  event.preventDefault();
  post("/drawer/cassette", { order: by("drawer-plate").value });
});
by("drawer-take-out")?.addEventListener("click", () => post("/drawer/cassette", { order: "" }));
by("drawer-code").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/drawer/code", { code: by("drawer-number").value });
  by("drawer-number").select();
});

/** The envelope in hand is the one of the order on the display, until somebody takes another. */
function take(list, patient, what) {
  if (!list || document.activeElement === list) return;
  const found = [...list.options].find((one) => one.dataset.patient === patient.patient_id && one.dataset.what === what);
  if (found && list.dataset.shown !== found.value) {
    list.dataset.shown = found.value;
    list.value = found.value;
  }
}

let soon = 0;
document.addEventListener("panel-state", (event) => {
  const patient = event.detail.patient;
  if (patient) for (const id of ["drawer-order", "drawer-plate"]) take(by(id), patient, event.detail.examination);
  clearTimeout(soon);
  soon = setTimeout(look, 500); // what is read comes out of the reader: once the panel is still
});
const look = () => { if (!document.hidden) ask("/drawer", { headers: BY_ITSELF }); };
document.addEventListener("visibilitychange", look);
setInterval(look, 5000); // what the RIS is told comes some seconds after the image
