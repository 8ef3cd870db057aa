// Where a reader stands: at a node, on one of its maps, at one of its places.
import { fields, multiplyAdds, parameters, shapes, steps } from "../engine/network.js";

const SHOWN = 64; // maps of a node

const product = (numbers) => numbers.reduce((result, n) => result * n, 1);
const within = (n, count) => Math.max(0, Math.min(n, count - 1));

/** Everything about a model at an input size that needs no numbers: a row for each node up to the first that cannot be. */
export function survey(model, size) {
  const { shapes: found, refusal } = shapes(model, size);
  const sights = fields(model, found);
  const rows = found.map((shape, place) => {
    const node = model.nodes[place];
    const of = place ? found[node.inputs[0]] : shape;
    return { place, node, of, shape, sight: sights[place], parameters: parameters(node), products: multiplyAdds(node, of, shape), steps: place ? steps(node, of, shape) : 0, numbers: product(shape) };
  });
  const total = (word) => rows.reduce((sum, row) => sum + row[word], 0);
  return { rows, refusal, parameters: total("parameters"), products: total("products"), steps: total("steps"), numbers: total("numbers") };
}

/** The same place, or the nearest that there is. */
export function standing({ rows }, { place, channel, unit }) {
  const at = within(place, rows.length);
  const [channels, ...size] = rows[at].shape;
  return { place: at, channel: within(channel, channels), unit: size.map((n, axis) => within(unit[axis] ?? 0, n)) };
}

/** Which maps are shown, the chosen one among them. */
export function shown(count, channel) {
  const first = channel < SHOWN ? 0 : channel - SHOWN + 1;
  return Array.from({ length: Math.min(count, SHOWN) }, (_map, index) => first + index);
}

/** The pixels that one unit sees on one axis, [first, last], or null where nothing certain can be said. */
export function span(sight, unit, pixels) {
  if (sight === "all") return [0, pixels - 1];
  if (sight === "?") return null;
  const first = sight.offset + unit * sight.jump;
  return [Math.max(0, first), Math.min(pixels - 1, first + sight.size - 1)];
}

/** For each node the lanes of the gutter: lines from a node to one that is not the next, as { from, to, lane }. */
export function lanes(nodes) {
  const far = nodes.flatMap(({ inputs }, to) => inputs.filter((from) => from !== to - 1).map((from) => ({ from, to })));
  const busy = []; // until which node each lane is taken
  for (const line of far.sort((a, b) => a.from - b.from || a.to - b.to)) {
    const free = busy.findIndex((until) => until <= line.from);
    line.lane = free < 0 ? busy.length : free;
    busy[line.lane] = line.to;
  }
  return far;
}

/** The places of the largest numbers, the largest first. */
export const largest = (data, count) => [...data.keys()].sort((a, b) => data[b] - data[a]).slice(0, count);
