// Mouse, fingers and keys on the film, as what they mean.
const WINDOW_PX = 300; // so long a way doubles the width

const KEYS = {
  "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", r: "turn", f: "flip", i: "invert", 0: "reset",
  ArrowUp: "lighter", ArrowDown: "darker", ArrowLeft: "harder", ArrowRight: "softer",
};
const WAYS = { ArrowUp: [0, 60], ArrowDown: [0, -60], ArrowLeft: [60, 0], ArrowRight: [-60, 0] };

export function listenToHands(viewer, canvas, { acts, panBy, zoomBy, windowBy }) {
  const fingers = new Map();
  let pans = false;

  const middle = () => {
    const all = [...fingers.values()];
    return {
      x: all.reduce((sum, one) => sum + one.x, 0) / all.length,
      y: all.reduce((sum, one) => sum + one.y, 0) / all.length,
      apart: all.length < 2 ? 0 : Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y),
    };
  };
  const fromMiddle = (x, y) => {
    const box = canvas.getBoundingClientRect();
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const over of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(over, (event) => fingers.delete(event.pointerId));
  }
  canvas.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = middle();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = middle();
    const [x, y] = [after.x - before.x, after.y - before.y];
    if (fingers.size > 1 || pans || event.shiftKey || event.buttons === 4) panBy(x, y);
    else windowBy(x / WINDOW_PX, y / WINDOW_PX);
    if (before.apart && after.apart) zoomBy(after.apart / before.apart, fromMiddle(after.x, after.y));
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, fromMiddle(event.clientX, event.clientY));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = event.shiftKey && WAYS[event.key];
    const act = acts[KEYS[event.key] ?? KEYS[event.key.toLowerCase()]];
    if (!way && !act) return;
    event.preventDefault();
    if (way) panBy(...way);
    else act();
  });
  for (const button of viewer.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => {
      if (button.dataset.act !== "mode") return acts[button.dataset.act]();
      pans = !pans;
      button.textContent = pans ? button.dataset.pan : button.dataset.window;
      return button.setAttribute("aria-pressed", pans);
    });
  }
}
