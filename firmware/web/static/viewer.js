// The film on a canvas. Window, zoom, turn and flip are how it is shown: never in its pixels.
import { LEVELS, paint, shadeTable, windowOf } from "./viewer_shades.js";
import { Parts, fetchVoiTable, fetchWhole } from "./viewer_pixels.js";
import { listenToHands } from "./viewer_hands.js";

const viewer = document.getElementById("viewer");
const canvas = document.getElementById("canvas");
const view = JSON.parse(viewer.dataset.view);
const uid = viewer.dataset.uid;
const by = (id) => document.getElementById(id);
const ZOOM_MAX = 8; // screen pixels for one of the film

let whole = null;
let wholeCanvas = document.createElement("canvas");
let voiTable = null;
let auto = { lut: false, centre: LEVELS / 2, width: LEVELS };
let table = null;
const parts = new Parts(uid, view, () => draw());

const first = () => (view.presets[0] ?? auto);
const state = { shades: null, zoom: 1, x: 0, y: 0, turns: 0, flipped: false };

function fitZoom() {
  const across = state.turns % 2 ? [view.rows, view.columns] : [view.columns, view.rows];
  return Math.min(canvas.clientWidth / across[0], canvas.clientHeight / across[1]);
}

function setShades(shades) {
  state.shades = { inverted: state.shades?.inverted ?? view.inverted, ...shades };
  state.shades.width = Math.min(Math.max(state.shades.width, 1), 4 * LEVELS);
  table = shadeTable(state.shades, voiTable);
  if (whole) paint(wholeCanvas, whole.values, whole.columns, whole.rows, table);
  draw();
}

function reset() {
  Object.assign(state, { turns: 0, flipped: false, x: view.columns / 2, y: view.rows / 2 });
  state.zoom = fitZoom();
  setShades({ ...first(), inverted: view.inverted });
}

/** Film pixels to the canvas's: what is at (x, y) of the film is in the middle. */
function transform(context, scale) {
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((state.turns * Math.PI) / 2);
  context.scale(state.flipped ? -scale : scale, scale);
  context.translate(-state.x, -state.y);
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!whole || !state.shades) return;
  const scale = state.zoom * ratio;
  transform(context, scale);
  context.imageSmoothingEnabled = scale < 2;
  context.drawImage(wholeCanvas, 0, 0, whole.columns * view.factor, whole.rows * view.factor);
  drawParts(context, scale);
  say();
}

/** Where one looks closer than the small film has: its own pixels, or the next factor above. */
function drawParts(context, scale) {
  const factor = 2 ** Math.max(0, Math.floor(Math.log2(1 / scale)));
  if (factor >= view.factor) return;
  const reach = Math.hypot(canvas.width, canvas.height) / scale / 2;
  for (const part of parts.within(factor, state.x - reach, state.y - reach, state.x + reach, state.y + reach)) {
    if (part.painted !== table) paint(part.canvas, part.values, part.columns, part.rows, table);
    part.painted = table;
    context.drawImage(part.canvas, part.x, part.y, part.columns * factor, part.rows * factor);
  }
}

function say() {
  by("centre").textContent = Math.round(state.shades.centre);
  by("width").textContent = Math.round(state.shades.width);
  by("zoom").textContent = `${Math.round(state.zoom * 100)} %`;
  by("flipped").hidden = !state.flipped;
  by("turned").textContent = state.turns ? viewer.dataset.turned.replace("{degrees}", state.turns * 90) : "";
  for (const button of viewer.querySelectorAll("[data-preset]")) {
    const preset = presetOf(button.dataset.preset);
    const same = ["lut", "centre", "width"].every((key) => preset[key] === state.shades[key]);
    button.setAttribute("aria-pressed", same);
  }
}

function presetOf(name) {
  if (name === "auto") return auto;
  if (name === "full") return { lut: false, centre: LEVELS / 2, width: LEVELS };
  return view.presets[Number(name)];
}

function zoomBy(factor, at = { x: 0, y: 0 }) {
  const before = state.zoom;
  state.zoom = Math.min(ZOOM_MAX, Math.max(fitZoom() / 2, before * factor));
  panBy(at.x * (before / state.zoom - 1), at.y * (before / state.zoom - 1));
}

/** By so many screen pixels, as the hand goes, however the film is turned. */
function panBy(x, y) {
  const angle = (-state.turns * Math.PI) / 2;
  const along = (x * Math.cos(angle) - y * Math.sin(angle)) / state.zoom;
  const down = (x * Math.sin(angle) + y * Math.cos(angle)) / state.zoom;
  state.x = Math.min(view.columns, Math.max(0, state.x - (state.flipped ? -along : along)));
  state.y = Math.min(view.rows, Math.max(0, state.y - down));
  draw();
}

/** `across` and `down` as shares of the window: a hand's way means the same on every film. */
function windowBy(across, down) {
  const { centre, width } = state.shades;
  setShades({ ...state.shades, width: width * 2 ** across, centre: centre + width * down });
}

const acts = {
  darker: () => windowBy(0, 0.05),
  lighter: () => windowBy(0, -0.05),
  softer: () => windowBy(0.15, 0),
  harder: () => windowBy(-0.15, 0),
  "zoom-in": () => zoomBy(1.5),
  "zoom-out": () => zoomBy(1 / 1.5),
  turn: () => { state.turns = (state.turns + 1) % 4; draw(); },
  flip: () => { state.flipped = !state.flipped; draw(); },
  invert: () => setShades({ ...state.shades, inverted: !state.shades.inverted }),
  reset,
};

for (const button of viewer.querySelectorAll("[data-preset]")) {
  button.addEventListener("click", () => setShades(presetOf(button.dataset.preset)));
}
listenToHands(viewer, canvas, { acts, panBy, zoomBy, windowBy });
new ResizeObserver(() => draw()).observe(canvas);

async function open() {
  try {
    whole = await fetchWhole(uid);
    if (view.presets.some((preset) => preset.lut)) voiTable = await fetchVoiTable(uid);
    auto = windowOf(whole.values);
    reset();
    by("loading").hidden = true;
    canvas.dataset.ready = "yes";
  } catch (error) {
    by("loading").textContent = `${viewer.dataset.failed} ${error.message}`;
  }
}
open();
