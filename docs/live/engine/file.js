// Reads what cnnbook.live.export writes: a length, a header of JSON, the numbers; the graph stands in the header's metadata.
import { OPERATORS } from "./operators.js";

/** What a file may ask for at most: far more than any network needs, and little enough that a browser does not stop. */
export const MOST = { nodes: 4096, setting: 65535, input: 2 ** 24 };

/** What is wrong with a file: a word for why, and the values that the sentence about it needs. */
export class Broken extends Error {
  constructor(why, values = {}) {
    super(`${why} ${JSON.stringify(values)}`);
    Object.assign(this, { why, values });
  }
}

const KNOWN = ["name", "op", "inputs", "groups", "ceil", "padded", "keep", "learned"]; // of any node, beside its weights and pairs
const BYTES = { F16: 2, F32: 4 };
const count = (shape) => shape.reduce((product, n) => product * n, 1);
const isCount = (n) => Number.isInteger(n) && n >= 0;
const isSize = (n) => Number.isInteger(n) && n >= 1;

function need(holds, why, values) {
  if (!holds) throw new Broken(why, values);
}

/** A number of sixteen bits. */
export function half(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function parsed(text, why) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Broken(why);
  }
}

function header(buffer) {
  need(buffer.byteLength >= 8, "short", { bytes: buffer.byteLength });
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  need(length <= buffer.byteLength - 8, "short", { bytes: buffer.byteLength });
  const found = parsed(new TextDecoder().decode(new Uint8Array(buffer, 8, length)), "header");
  need(found && typeof found === "object" && !Array.isArray(found), "header");
  return { found, begin: 8 + length };
}

function tensor(buffer, begin, name, { dtype, shape, data_offsets: offsets } = {}) {
  need(dtype in BYTES, "type", { name, dtype });
  need(Array.isArray(shape) && shape.every(isCount) && Array.isArray(offsets) && offsets.every(isCount), "tensor", { name });
  const [from, to] = offsets;
  need(to - from === count(shape) * BYTES[dtype], "tensor", { name });
  need(begin + to <= buffer.byteLength, "cut", { name });
  const view = new DataView(buffer, begin + from, to - from);
  const read = dtype === "F16" ? (place) => half(view.getUint16(2 * place, true)) : (place) => view.getFloat32(4 * place, true);
  return { shape, data: Float32Array.from({ length: count(shape) }, (_number, place) => read(place)) };
}

/** All tensors by name. They share no bytes, so together they are no larger than the file. */
function tensorsOf(buffer, begin, entries) {
  let left = buffer.byteLength - begin;
  const named = Object.entries(entries).map(([name, entry]) => {
    const found = tensor(buffer, begin, name, entry ?? {});
    left -= found.data.length * BYTES[entry.dtype];
    need(left >= 0, "tensor", { name });
    return [name, found];
  });
  return Object.fromEntries(named);
}

/** A node's settings: whole numbers, windows that always touch the map, no more between stamps than there is room for. */
function checkSettings({ name, op, ...given }) {
  const { pairs = [] } = OPERATORS[op];
  const least = { kernel: 1, stride: 1, dilation: 1, size: 1, times: 1, padding: 0, output_padding: 0 };
  for (const setting of pairs) {
    const pair = given[setting];
    const within = (n) => isCount(n) && n >= least[setting] && n <= MOST.setting;
    need(Array.isArray(pair) && pair.length === 2 && pair.every(within), "setting", { name, setting, value: pair });
  }
  const { kernel, stride, padding, dilation, output_padding: more } = given;
  if (pairs.includes("kernel")) need(kernel.every((k, axis) => 2 * padding[axis] <= k), "padding", { name, padding, kernel });
  if (op === "transposed") need(more.every((n, axis) => n < Math.max(stride[axis], dilation[axis])), "more", { name, more, stride, dilation });
}

/** A node with its weights in place of their names. */
function node(given, place, tensors) {
  const { name, op, inputs } = given ?? {};
  need(typeof name === "string" && Array.isArray(inputs), "node", { place });
  need(place === 0 ? op === "input" : Object.hasOwn(OPERATORS, op), "operator", { name, op });
  need(inputs.every((input) => isCount(input) && input < place), "node", { place });
  need(place === 0 || (op === "add" ? inputs.length === 2 : op === "cat" ? inputs.length > 0 : inputs.length === 1), "node", { place });
  const meant = [...KNOWN, ...(place ? OPERATORS[op].pairs ?? [] : [])].filter((word) => Object.hasOwn(given, word));
  const found = Object.fromEntries(meant.map((word) => [word, given[word]]));
  for (const word of ["weight", "bias"]) {
    if (given[word] == null) continue;
    need(Object.hasOwn(tensors, given[word]), "weight", { name, weight: given[word] });
    found[word] = tensors[given[word]];
    need(found[word].shape.every(isSize), "weight", { name, weight: given[word] });
  }
  if (place) checkSettings(given);
  const axes = place ? OPERATORS[op].weight : 0;
  if (axes) need(found.weight?.shape.length === axes, "weight", { name, weight: given.weight ?? "" });
  if (axes === 4) {
    const { groups } = given;
    need(isSize(groups) && found.weight.shape[0] % groups === 0, "setting", { name, setting: "groups", value: groups });
  }
  if (op === "norm") need(found.bias, "weight", { name, weight: given.bias ?? "" });
  const outputs = op === "transposed" ? found.weight.shape[1] * given.groups : found.weight?.shape[0];
  if (found.bias) need(found.bias.shape.length === 1 && found.bias.shape[0] === outputs, "weight", { name, weight: given.bias });
  return found;
}

/** The inputs that a file brings for a reader to try, one tensor each. */
function examples({ examples: name, input: [channels] }, tensors) {
  if (name == null) return [];
  const { shape, data } = Object.hasOwn(tensors, name) ? tensors[name] : { shape: [] };
  need(shape.length === 4 && shape[1] === channels && shape.every(isSize), "examples", { examples: shape.join("×") });
  const numbers = count(shape.slice(1));
  return Array.from({ length: shape[0] }, (_one, place) => ({ shape: shape.slice(1), data: data.subarray(place * numbers, (place + 1) * numbers) }));
}

/** The model in a file: { input: [c, h, w], nodes, output, examples, classes }; Broken says what is wrong with one that holds none. */
export function read(buffer) {
  const { found, begin } = header(buffer);
  const { __metadata__: metadata, ...entries } = found;
  need(typeof metadata?.graph === "string", "graph");
  const graph = parsed(metadata.graph, "graph");
  need(graph?.version === 1, "version", { version: graph?.version });
  const tensors = tensorsOf(buffer, begin, entries);
  need(Array.isArray(graph.input) && graph.input.length === 3 && graph.input.every(isSize), "graph");
  need(count(graph.input) <= MOST.input, "input", { size: graph.input });
  need(Array.isArray(graph.nodes) && graph.nodes.length > 0, "graph");
  need(graph.nodes.length <= MOST.nodes, "nodes", { count: graph.nodes.length });
  const nodes = graph.nodes.map((given, place) => node(given, place, tensors));
  need(isCount(graph.output) && graph.output < nodes.length, "graph");
  const { classes = [] } = graph;
  need(Array.isArray(classes) && classes.every((name) => typeof name === "string"), "graph");
  return { input: graph.input, nodes, output: graph.output, examples: examples(graph, tensors), classes };
}
