// Puts the panel's state where the template put it first; sends presses to a simulated one.
const panel = document.getElementById("panel");
const by = (id) => document.getElementById(id);

/** Only what changed: a screen reader says the message again when it is touched. */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function putIn(id, text) {
  put(by(id).querySelector("bdi"), text);
}

function show(state) {
  panel.classList.toggle("stops", state.stops);
  put(by("heading"), state.heading);
  put(by("place"), state.place);
  const patient = state.patient;
  by("whom").hidden = !patient;
  putIn("name", patient ? patient.name : "");
  putIn("identity", patient ? [`${panel.dataset.born} ${patient.birth_date}`, patient.sex, patient.patient_id].filter(Boolean).join(" · ") : "");
  putIn("examination", state.examination);
  put(by("message"), state.message);
  by("progress").hidden = state.progress === null;
  by("progress").value = state.progress ?? 0;
  for (const [button, text] of Object.entries(state.keys)) put(by(`key-${button}`), text);
  for (const [lamp, lit] of Object.entries(state.lamps)) {
    const element = by(`lamp-${lamp}`);
    element.classList.toggle("lit", lit);
    put(element.querySelector(".lamp-state"), ` ${lit ? panel.dataset.on : panel.dataset.off}`);
  }
}

document.addEventListener("panel-state", (event) => show(event.detail));

for (const button of panel.querySelectorAll("button[data-button]")) {
  button.addEventListener("click", () => {
    fetch("/panel/press", {
      method: "POST",
      headers: { "X-Sapi-Token": document.body.dataset.token },
      body: new URLSearchParams({ button: button.dataset.button }),
    });
  });
}
