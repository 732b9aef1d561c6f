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
  const laid = by("drawer-laid");
  if (laid.textContent !== state.laid) laid.textContent = state.laid;
  showSteps(state.steps);
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
  tell(answer && answer.ok ? "" : (state && state.told) || drawer.dataset.failed);
  if (answer && answer.ok) show(state);
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
by("drawer-code").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/drawer/code", { code: by("drawer-number").value });
  by("drawer-number").select();
});

/** The envelope in hand is the one of the order on the display, until somebody takes another. */
document.addEventListener("panel-state", (event) => {
  const patient = event.detail.patient;
  if (!patient || document.activeElement === by("drawer-order")) return;
  const options = [...by("drawer-order").options];
  const found = options.find((one) => one.dataset.patient === patient.patient_id && one.dataset.what === event.detail.examination);
  if (found && drawer.dataset.shown !== found.value) {
    drawer.dataset.shown = found.value;
    by("drawer-order").value = found.value;
  }
});
const look = () => { if (!document.hidden) ask("/drawer", { headers: BY_ITSELF }); };
document.addEventListener("visibilitychange", look);
setInterval(look, 5000); // what the RIS is told comes some seconds after the image
