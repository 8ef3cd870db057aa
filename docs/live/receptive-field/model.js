// What a unit of a deep layer sees of a row of pixels: the arithmetic of cnnbook.shapes, and nothing else.
// A state is { pixels, layers }, a layer { kind, kernel, stride, padding, dilation }; level 0 is the pixels, level 1 the first layer.

/** Units from the first to the last that one window reads. */
export const reach = ({ kernel, dilation }) => dilation * (kernel - 1) + 1;

/** How many units stand above n; zero or less where the window fits nowhere. */
const outputSize = (layer, n) => Math.floor((n + 2 * layer.padding - reach(layer)) / layer.stride) + 1;

/** The units of the level below that one unit reads; numbers outside of that level are padding. */
export const reads = ({ kernel, stride, padding, dilation }, unit) =>
  Array.from({ length: kernel }, (_tap, tap) => unit * stride - padding + tap * dilation);

/** Why there is no such layer over n units, or nothing. */
function refused(layer, n) {
  if (layer.kind === "pooling" && 2 * layer.padding > layer.kernel) return "half";
  return outputSize(layer, n) < 1 ? "fit" : "";
}

/** The units of each level up to the first layer that cannot be, and why that one cannot: { sizes, refusal }. */
export function levels({ pixels, layers }) {
  const sizes = [pixels];
  for (const [place, layer] of layers.entries()) {
    const below = sizes.at(-1);
    const why = refused(layer, below);
    if (why) return { sizes, refusal: { why, place, layer, below } };
    sizes.push(outputSize(layer, below));
  }
  return { sizes, refusal: null };
}

/** The receptive field of each level: how many pixels one unit sees, how far the next looks, where the first begins. */
export function fields(layers) {
  const found = [{ size: 1, jump: 1, offset: 0 }];
  for (const layer of layers) {
    const { size, jump, offset } = found.at(-1);
    found.push({ size: size + (reach(layer) - 1) * jump, jump: jump * layer.stride, offset: offset - layer.padding * jump });
  }
  return found;
}

/** The pixels between which the field of a unit lies, both included; outside the row they are padding. */
export function span({ size, jump, offset }, unit) {
  const first = offset + unit * jump;
  return [first, first + size - 1];
}

/**
 * What one unit sees in every level from the pixels up to its own: on how many paths each unit is read.
 * A Map for each level, from unit to paths; places in the padding are among them, and no path goes on from there.
 */
export function paths({ pixels, layers }, [level, unit]) {
  const { sizes } = levels({ pixels, layers });
  const seen = [new Map([[unit, 1]])];
  for (let above = level; above > 0; above--) {
    const found = new Map();
    for (const [place, ways] of seen[0]) {
      if (place < 0 || place >= sizes[above]) continue;
      for (const read of reads(layers[above - 1], place)) found.set(read, (found.get(read) ?? 0) + ways);
    }
    seen.unshift(found);
  }
  return seen;
}

/** What the pixels of a field are to its unit: { read, outside, skipped, most: [pixel, paths] }. */
export function summary({ pixels, layers }, [level, unit]) {
  const [bottom] = paths({ pixels, layers }, [level, unit]);
  const [first, last] = span(fields(layers)[level], unit);
  const inside = [...bottom].filter(([pixel]) => pixel >= 0 && pixel < pixels);
  const outside = Math.max(0, Math.min(0, last + 1) - first) + Math.max(0, last - Math.max(pixels, first) + 1);
  const most = inside.reduce((best, one) => (one[1] > best[1] ? one : best), [NaN, 0]);
  return { first, last, read: inside.length, outside, skipped: last - first + 1 - outside - inside.length, most };
}
