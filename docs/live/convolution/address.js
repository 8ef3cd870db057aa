// A state as the end of a shared address, such as 1.1.0.1_0.0.1.1_-1.0.1, and back.
// Settings, input, kernel; then, in words of their own, whatever differs from a convolution of one map that is padded with zeros.
import { choosesPadding, isPooling, MODES } from "./model.js";
import { STEPS } from "./state.js";

const written = (table) => table.map((row) => row.join(".")).join("~");
const number = (digits) => (/^-?\d+$/.test(digits) ? Number(digits) : NaN); // Number("") would be zero
const numbers = (text) => text.split(".").map(number);
const read = (text) => text.split(",").map((table) => table.split("~").map(numbers));

export function encoded({ operation, dims, stride, padding, mode, dilation, input, kernel, bias, ...more }) {
  const added = more["output-padding"];
  const differing = [
    operation === "convolution" ? "" : operation,
    mode === "zeros" ? "" : mode,
    bias.some(Boolean) ? `b${bias.join(".")}` : "",
    added ? `a${added}` : "",
  ].filter(Boolean);
  const steps = [dims, stride, padding, dilation].join(".");
  return [steps, input.map(written).join(), kernel.flat().map(written).join(), ...differing].join("_");
}

/** The state that an address tells, or null where it tells none. */
export function decoded(settings, text) {
  const [steps = "", maps = "", slices = "", ...words] = text.split("_");
  const [dims, stride, padding, dilation] = numbers(steps);
  const [input, tables] = [read(maps), read(slices)];
  const filters = Math.ceil(tables.length / input.length);
  const kernel = Array.from({ length: filters }, (_filter, at) => tables.slice(at * input.length, (at + 1) * input.length));
  const told = differing(settings, words);
  const plain = { operation: "convolution", dims, stride, padding, mode: "zeros", dilation, "output-padding": 0, input, kernel, bias: kernel.map(() => 0) };
  const state = { ...plain, ...told };
  return told && sound(settings, state) ? state : null;
}

/** What the words after the numbers say, each thing once; null where one of them says nothing. */
function differing({ operations }, words) {
  const told = {};
  for (const word of words) {
    const [name, value] = MODES.includes(word)
      ? ["mode", word]
      : Object.hasOwn(operations, word)
        ? ["operation", word]
        : word.startsWith("b")
          ? ["bias", numbers(word.slice(1))]
          : word.startsWith("a")
            ? ["output-padding", number(word.slice(1))]
            : [];
    if (!name || name in told) return null;
    told[name] = value;
  }
  return told;
}

/** Whether a state is one that the playground can show. */
function sound({ operations, number }, state) {
  const { operation, dims, mode, input, kernel, bias } = state;
  const { settings: ranges, bias: biases = [0, 0] } = operations[operation];
  const within = (value, [least, most]) => Number.isInteger(value) && value >= least && value <= most;
  const [{ length: rows, 0: { length: columns } }, [{ length: down, 0: { length: across } }]] = [input[0], kernel[0]];
  const table = (rows, columns) => (table) =>
    table.length === rows && table.every((row) => row.length === columns && row.every((value) => within(value, number)));
  const [one, fixed] = [[1, 1], { stride: [1, 1], padding: [0, 0], dilation: [1, 1], "output-padding": [0, 0] }];
  return (
    [1, 2].includes(dims) &&
    (mode === "zeros" || choosesPadding(state)) &&
    STEPS.every((name) => within(state[name], ranges[name] ?? fixed[name])) &&
    within(input.length, ranges.channels ?? one) &&
    within(kernel.length, ranges.filters ?? one) &&
    within(rows, dims === 1 ? one : ranges.rows) &&
    within(columns, ranges.columns) &&
    within(across, ranges.kernel) &&
    down === (dims === 1 ? 1 : across) &&
    input.every(table(rows, columns)) &&
    kernel.every((tables) => tables.length === input.length && tables.every(table(down, across))) &&
    (!isPooling(state) || kernel.flat(3).every((weight) => weight === 1)) &&
    bias.length === kernel.length &&
    bias.every((value) => within(value, biases))
  );
}
