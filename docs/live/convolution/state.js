// Where a state comes from: a preset and the figure's attributes, or a link that somebody shared.
import { MODES } from "./model.js";

/** The same numbers in another size: what is new repeats the nearest old number. */
export const resized = (table, rows, columns) =>
  Array.from({ length: rows }, (_row, i) =>
    Array.from({ length: columns }, (_column, j) => table[Math.min(i, table.length - 1)][Math.min(j, table[0].length - 1)]),
  );

/** A preset by its name, complete. */
export function preset({ presets }, name) {
  const { dims, input, kernel, stride = 1, padding = 0, mode = "zeros", dilation = 1 } = presets[name];
  return { dims, input, kernel, stride, padding, mode, dilation };
}

/** The names of the presets of 1 or 2 dimensions, the first of them first. */
export const presetNames = ({ presets }, dims) => Object.keys(presets).filter((name) => presets[name].dims === dims);

/** The state that a figure begins with: a preset, and the attributes that differ from it. */
export function firstState(settings, attributes) {
  const name = attributes.preset ?? presetNames(settings, Number(attributes.dims ?? 2))[0];
  const state = preset(settings, name);
  for (const key of ["stride", "padding", "dilation"]) state[key] = Number(attributes[key] ?? state[key]);
  state.mode = attributes["padding-mode"] ?? state.mode;
  const { rows = attributes.size, columns = attributes.size, kernel } = attributes;
  return withSizes(state, { rows, columns, kernel });
}

/** The state with other sizes; a signal keeps its one row. */
export function withSizes(state, { rows, columns, kernel }) {
  const { input, kernel: weights, dims } = state;
  const signal = dims === 1;
  return {
    ...state,
    input: resized(input, signal ? 1 : Number(rows ?? input.length), Number(columns ?? input[0].length)),
    kernel: resized(weights, signal ? 1 : Number(kernel ?? weights.length), Number(kernel ?? weights[0].length)),
  };
}

const written = (table) => table.map((row) => row.join(".")).join("~");
const number = (digits) => (/^-?\d+$/.test(digits) ? Number(digits) : NaN); // Number("") would be zero
const read = (text) => text.split("~").map((row) => row.split(".").map(number));

/** A state as the end of an address, such as 1.1.0.1_0.0.1.1_-1.0.1; a padding that is not of zeros comes last. */
export const encoded = ({ dims, stride, padding, mode, dilation, input, kernel }) =>
  [[dims, stride, padding, dilation].join("."), written(input), written(kernel), ...(mode === "zeros" ? [] : [mode])].join("_");

/** The state that an address tells, or null where it tells none. */
export function decoded({ ranges }, text) {
  const [numbers = "", input = "", kernel = "", mode = "zeros"] = text.split("_");
  const [dims, stride, padding, dilation] = numbers.split(".").map(number);
  const state = { dims, stride, padding, mode, dilation, input: read(input), kernel: read(kernel) };
  const within = (value, name) => Number.isInteger(value) && value >= ranges[name][0] && value <= ranges[name][1];
  const table = (rows) => rows.every((row) => row.length === rows[0].length && row.every((value) => within(value, "number")));
  const sound =
    [1, 2].includes(dims) &&
    MODES.includes(mode) &&
    ["stride", "padding", "dilation"].every((name) => within(state[name], name)) &&
    table(state.input) &&
    table(state.kernel) &&
    within(state.input.length, "rows") &&
    within(state.input[0].length, "columns") &&
    within(state.kernel[0].length, "kernel") &&
    state.kernel.length === (dims === 1 ? 1 : state.kernel[0].length) &&
    (dims === 2 || state.input.length === 1);
  return sound ? state : null;
}
