// Grey values from the node: the whole film once, small; and parts of it in full where one looks.
const PARTS_MAX = 48; // 512 x 512 of 2 bytes and 4 painted: 72 MiB at most
const AT_ONCE = 3;

async function fetchPart(uid, query) {
  const answer = await fetch(`/images/${uid}/pixels${query}`);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).told ?? "");
  const columns = Number(answer.headers.get("X-Columns"));
  const rows = Number(answer.headers.get("X-Rows"));
  return { values: new Uint16Array(await answer.arrayBuffer()), columns, rows };
}

export const fetchWhole = (uid) => fetchPart(uid, "");

export async function fetchVoiTable(uid) {
  const answer = await fetch(`/images/${uid}/lut`);
  return answer.ok ? new Uint16Array(await answer.arrayBuffer()) : null;
}

/** Parts of the film at one factor, fetched when first asked for; the oldest are forgotten. */
export class Parts {
  constructor(uid, view, onArrival) {
    this.uid = uid;
    this.view = view;
    this.onArrival = onArrival;
    this.parts = new Map();
    this.wanted = [];
    this.running = 0;
  }

  /** Those of `factor` that meet the rectangle, as far as they are here; the others are fetched. */
  within(factor, left, top, right, bottom) {
    const side = this.view.part * factor;
    const found = [];
    this.wanted = [];
    for (let y = Math.max(0, Math.floor(top / side)) * side; y < Math.min(bottom, this.view.rows); y += side) {
      for (let x = Math.max(0, Math.floor(left / side)) * side; x < Math.min(right, this.view.columns); x += side) {
        const key = `${factor}/${x}/${y}`;
        const part = this.parts.get(key);
        if (!part) this.wanted.push({ key, factor, x, y });
        else if (part.values) found.push(part);
      }
    }
    this.fetchNext();
    return found;
  }

  async fetchNext() {
    while (this.running < AT_ONCE && this.wanted.length) {
      const { key, factor, x, y } = this.wanted.shift();
      this.running += 1;
      this.parts.set(key, {});
      fetchPart(this.uid, `?factor=${factor}&x=${x}&y=${y}`)
        .then((part) => {
          this.parts.set(key, { ...part, factor, x, y, canvas: document.createElement("canvas"), painted: null });
          while (this.parts.size > PARTS_MAX) this.parts.delete(this.parts.keys().next().value);
          this.onArrival();
        })
        .catch(() => this.parts.delete(key))
        .finally(() => { this.running -= 1; this.fetchNext(); });
    }
  }
}
