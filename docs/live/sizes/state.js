// Where a state comes from: a preset, the form's fields, or a link that somebody shared.
export const PAIRS = ["size", "kernel", "stride", "padding", "dilation", "added"];
const USUAL = { batch: 1, channels: 1, filters: 1, stride: 1, padding: 0, dilation: 1, added: 0 };
export const KEYS = ["batch", "channels", "filters", ...PAIRS];
export const OPERATIONS = ["convolution", "transposed", "pooling"];

/** A preset by its name, complete. */
export function preset({ presets }, name) {
  const { name: _name, operation, ...numbers } = { ...USUAL, ...presets[name] };
  const pairs = PAIRS.map((key) => [key, typeof numbers[key] === "number" ? [numbers[key], numbers[key]] : numbers[key]]);
  return { ...numbers, ...Object.fromEntries(pairs), operation, ceil: false };
}

/** The state that a figure begins with: a preset, and the attributes that differ from it. */
export function firstState(settings, attributes) {
  const state = preset(settings, attributes.preset ?? Object.keys(settings.presets)[0]);
  for (const key of KEYS) {
    const text = attributes[key === "added" ? "output-padding" : key];
    if (text !== undefined) state[key] = read(settings, key, text);
  }
  return { ...state, operation: attributes.operation ?? state.operation };
}

/** What a field says: one number, two such as 3 × 5 or (3, 5), rows first, or a word for the padding; else null. */
export function read({ ranges }, name, text) {
  const word = text.trim().toLowerCase();
  if (name === "padding" && ["same", "valid"].includes(word)) return word;
  const bare = word.replace(/^\((.*)\)$/, "$1").trim();
  const numbers = bare.split(/\s*[×x*,]\s*|\s+/).map((digits) => (/^(0|[1-9]\d{0,4})$/.test(digits) ? Number(digits) : NaN));
  const [least, most] = ranges[name];
  const paired = PAIRS.includes(name);
  if (numbers.length > (paired ? 2 : 1) || !numbers.every((number) => number >= least && number <= most)) return null;
  return paired ? [numbers[0], numbers.at(-1)] : numbers[0];
}

/** How a field shows its value. */
export function written(value) {
  if (!Array.isArray(value)) return String(value);
  return value[0] === value[1] ? String(value[0]) : value.join(" × ");
}

/** A state as the end of an address, such as convolution_1_3_64_224_3_2_1_1_0_0 */
export const encoded = (state) =>
  [state.operation, ...KEYS.map((key) => written(state[key]).replace(" × ", "x")), Number(state.ceil)].join("_");

/** The state that an address tells, or null where it tells none. */
export function decoded(settings, text) {
  const [operation, ...values] = text.split("_");
  if (!OPERATIONS.includes(operation) || values.length !== KEYS.length + 1 || !/^[01]$/.test(values.at(-1))) return null;
  const pairs = KEYS.map((key, index) => [key, read(settings, key, values[index])]);
  if (pairs.some(([, value]) => value === null)) return null;
  const state = { operation, ...Object.fromEntries(pairs), ceil: values.at(-1) === "1" };
  return encoded(state) === text ? state : null; // one state, one address
}
