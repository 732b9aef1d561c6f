// Grey values to what is shown: through the file's LUT or not, then a window, then perhaps inverted.
export const LEVELS = 65536;

/** 65536 entries of 0..255. PS3.3 C.11.2.1.2.1, the linear window. */
export function shadeTable(shades, voiTable) {
  const table = new Uint8ClampedArray(LEVELS);
  const span = Math.max(shades.width - 1, 1e-9);
  for (let value = 0; value < LEVELS; value += 1) {
    const seen = shades.lut && voiTable ? voiTable[value] : value;
    const share = (seen - (shades.centre - 0.5)) / span + 0.5;
    table[value] = 255 * Math.min(1, Math.max(0, shades.inverted ? 1 - share : share));
  }
  return table;
}

/** The window that shows nearly all of a film: outside are lead markers, and lamp past its edge. */
export function windowOf(values) {
  const counts = new Uint32Array(LEVELS);
  for (const value of values) counts[value] += 1;
  const at = (share) => {
    let seen = 0;
    for (let value = 0; value < LEVELS; value += 1) {
      seen += counts[value];
      if (seen >= share * values.length) return value;
    }
    return LEVELS - 1;
  };
  const low = at(0.005);
  const width = Math.max(at(0.995) - low + 1, 1);
  return { lut: false, centre: low + width / 2, width };
}

/** A canvas of `values`, columns x rows, through `table`. */
export function paint(canvas, values, columns, rows, table) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const words = new Uint32Array(image.data.buffer);
  for (let at = 0; at < values.length; at += 1) {
    const grey = table[values[at]];
    words[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey;
  }
  context.putImageData(image, 0, 0);
}
