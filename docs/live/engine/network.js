// A model at an input size: the shape, cost and receptive field of every node, and its numbers for one input.
import { Misfit, OPERATORS } from "./operators.js";

const product = (numbers) => numbers.reduce((result, n) => result * n, 1);

/** What all nodes together may need: numbers, of four bytes each, that a browser can hold, and steps that end within minutes. */
export const MOST = { numbers: 2 ** 27, steps: 1e11 };

/** The shape of each node, [c, h, w] or [c], up to the first that cannot be: { shapes, refusal: { place, why, of, needs } }. */
export function shapes({ nodes, input }, size = input.slice(1)) {
  const found = [[input[0], ...size]];
  const needs = { numbers: product(found[0]), steps: 0 };
  for (const [place, node] of nodes.entries()) {
    if (place === 0) continue;
    const of = node.inputs.map((source) => found[source]);
    try {
      const shape = OPERATORS[node.op].shape(node, of);
      needs.numbers += product(shape);
      needs.steps += steps(node, of[0], shape);
      for (const [what, most] of Object.entries(MOST)) if (needs[what] > most) throw new Misfit(what);
      found.push(shape);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      return { shapes: found, refusal: { place, why: error.message, of, needs } };
    }
  }
  return { shapes: found, refusal: null };
}

/** Numbers that a node has learned. */
export const parameters = ({ weight, bias, learned = true }) => (!learned ? 0 : (weight ? product(weight.shape) : 0) + (bias ? product(bias.shape) : 0));

/** Products that a node adds up: every weight meets each place, of the output, or transposed, of the input. */
export function multiplyAdds(node, of, to) {
  if (node.op === "linear") return product(node.weight.shape);
  if (node.op === "conv") return product(node.weight.shape) * product(to.slice(1));
  return node.op === "transposed" ? product(node.weight.shape) * product(of.slice(1)) : 0;
}

/** How often a node does something with a number: multiplies it, looks at it in a window, or writes it. */
export function steps(node, of, to) {
  const window = (axis) => node.kernel?.[axis] ?? (node.size ? Math.ceil(of[axis + 1] / node.size[axis]) + 1 : 1);
  const seen = of.slice(1).map((n, axis) => Math.min(n, window(axis)));
  return multiplyAdds(node, of, to) + product(to) * product(seen) + (node.op === "mean" ? product(of) : 0);
}

const ALL = "all";
const UNKNOWN = "?";

function throughWindow(field, kernel, stride, padding, dilation) {
  const { size, jump, offset } = field;
  const found = { size: size + dilation * (kernel - 1) * jump, jump: jump * stride, offset: offset - padding * jump };
  return Object.values(found).every(Number.isSafeInteger) ? found : UNKNOWN; // beyond that, whole numbers are not exact
}

/** Where paths join, a unit sees from the first pixel of any to the last of any. */
function joined(fields) {
  if (fields.includes(UNKNOWN)) return UNKNOWN;
  if (fields.includes(ALL)) return ALL;
  const [{ jump }] = fields;
  if (fields.some((field) => field.jump !== jump)) return UNKNOWN;
  const offset = Math.min(...fields.map((field) => field.offset));
  return { size: Math.max(...fields.map((field) => field.offset + field.size)) - offset, jump, offset };
}

function seen(node, below, axis, of) {
  if (node.op === "flatten") return below === ALL ? ALL : UNKNOWN; // the places of a vector are no places of a map
  if (["linear", "mean"].includes(node.op)) return below === UNKNOWN && node.op === "mean" ? UNKNOWN : ALL;
  if (typeof below === "string") return below;
  const kernel = node.op === "conv" ? node.weight.shape[axis + 2] : node.kernel?.[axis];
  if (kernel) return throughWindow(below, kernel, node.stride[axis], node.padding[axis], node.dilation[axis]);
  if (["transposed", "enlarge"].includes(node.op)) return UNKNOWN;
  if (node.op !== "adaptive") return below;
  if (node.size[axis] === 1) return ALL;
  const step = of[axis + 1] / node.size[axis];
  return Number.isInteger(step) ? throughWindow(below, step, step, 0, 1) : UNKNOWN;
}

/** What each node's units see of rows and columns: { size, jump, offset }, "all" of them, or "?" where they differ. */
export function fields({ nodes }, found) {
  const known = [];
  for (const [place, node] of nodes.slice(0, found.length).entries()) {
    const axis = (which) => {
      if (place === 0) return { size: 1, jump: 1, offset: 0 };
      const [first] = node.inputs;
      return seen(node, joined(node.inputs.map((source) => known[source][which])), which, found[first]);
    };
    known.push([axis(0), axis(1)]);
  }
  return known;
}

/** The numbers of every node for one input, { shape, data }. */
export function run(model, input) {
  const { shapes: found, refusal } = shapes(model, input.shape.slice(1));
  if (refusal) throw new Misfit(`${model.nodes[refusal.place].name}: ${refusal.why}`);
  const values = [input];
  for (const [place, node] of model.nodes.entries()) {
    if (place) values.push(OPERATORS[node.op].run(node.inputs.map((source) => values[source]), node, found[place]));
  }
  return values;
}
