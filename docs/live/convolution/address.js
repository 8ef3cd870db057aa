// A state as the end of a shared address, such as 1.1.0.1_0.0.1.1_-1.0.1, and back.
// Settings, input, kernel; then whatever differs from a convolution that is padded with zeros.
import { MODES } from "./model.js";

const written = (table) => table.map((row) => row.join(".")).join("~");
const number = (digits) => (/^-?\d+$/.test(digits) ? Number(digits) : NaN); // Number("") would be zero
const read = (text) => text.split("~").map((row) => row.split(".").map(number));

export function encoded({ dims, stride, padding, mode, dilation, input, kernel }) {
  const numbers = [dims, stride, padding, dilation].join(".");
  return [numbers, written(input[0]), written(kernel[0][0]), ...(mode === "zeros" ? [] : [mode])].join("_");
}

/** The state that an address tells, or null where it tells none. */
export function decoded(settings, text) {
  const [numbers = "", input = "", kernel = "", ...more] = text.split("_");
  const [dims, stride, padding, dilation] = numbers.split(".").map(number);
  const [mode = "zeros"] = more;
  const state = { operation: "convolution", dims, stride, padding, mode, dilation, input: [read(input)], kernel: [[read(kernel)]], bias: [0] };
  return more.length < 2 && sound(settings, state) ? state : null;
}

/** Whether a state is one that the playground can show. */
function sound({ operations, number }, { operation, dims, mode, input, kernel, ...state }) {
  const ranges = operations[operation].settings;
  const within = (value, [least, most]) => Number.isInteger(value) && value >= least && value <= most;
  const [{ length: rows, 0: { length: columns } }, [{ length: down, 0: { length: across } }]] = [input[0], kernel[0]];
  const table = (rows, columns) => (table) =>
    table.length === rows && table.every((row) => row.length === columns && row.every((value) => within(value, number)));
  return (
    [1, 2].includes(dims) &&
    MODES.includes(mode) &&
    ["stride", "padding", "dilation"].every((name) => within(state[name], ranges[name])) &&
    within(rows, dims === 1 ? [1, 1] : ranges.rows) &&
    within(columns, ranges.columns) &&
    within(across, ranges.kernel) &&
    down === (dims === 1 ? 1 : across) &&
    input.every(table(rows, columns)) &&
    kernel.flat().every(table(down, across))
  );
}
