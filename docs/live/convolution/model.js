// The arithmetic of one convolution, and nothing else: no page, no drawing.
// A state is { dims, input, kernel, stride, padding, mode, dilation }; mode is a name of PADDING, input and kernel are rows of numbers.

/** Places where a kernel of k cells fits on a padded row of n; zero or less where it fits nowhere. */
export const outputSize = ({ n, k, s, p, d }) => Math.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1;

/** How many cells a dilated kernel reaches over. */
export const reach = ({ k, d }) => d * (k - 1) + 1;

/** Which of n cells is read at place i of the padded row; for zeros, and where there is none to copy, none of them. */
const PADDING = {
  zeros: (i) => i,
  reflect: (i, n) => n - 1 - Math.abs(n - 1 - Math.abs(i)),
  replicate: (i, n) => Math.max(0, Math.min(i, n - 1)),
  circular: (i, n) => (i + n) % n,
};
export const MODES = Object.keys(PADDING);

/** The widest padding that finds cells to copy. */
export const mostPadding = (mode, { n }) => ({ reflect: n - 1, circular: n })[mode] ?? Infinity;

/** The number at a place of the input, or of the padding round it. */
export function read({ input, mode }, row, column) {
  const from = PADDING[mode];
  return input[from(row, input.length)]?.[from(column, input[0].length)] ?? 0;
}

/** The settings down and across; a signal has one row, which nothing strides over or pads. */
export function axes({ dims, input, kernel, stride: s, padding: p, dilation: d }) {
  const across = { n: input[0].length, k: kernel[0].length, s, p, d };
  const down = dims === 1 ? { n: 1, k: 1, s: 1, p: 0, d: 1 } : { n: input.length, k: kernel.length, s, p, d };
  return [down, across];
}

/** What the kernel meets at output (i, j): for each weight its cell of the input, which may lie in the padding. */
export function taps(state, [i, j]) {
  const [down, across] = axes(state);
  return state.kernel.flatMap((weights, k) =>
    weights.map((weight, l) => {
      const row = i * down.s - down.p + k * down.d;
      const column = j * across.s - across.p + l * across.d;
      return { row, column, weight, number: read(state, row, column) };
    }),
  );
}

/** The output: every sum of products. Empty where the kernel fits nowhere. */
export function convolve(state) {
  const [rows, columns] = axes(state).map((axis) => Math.max(0, outputSize(axis)));
  return Array.from({ length: rows }, (_row, i) =>
    Array.from({ length: columns }, (_column, j) =>
      taps(state, [i, j]).reduce((sum, { number, weight }) => sum + number * weight, 0),
    ),
  );
}

/** The first place of the largest output, where the kernel finds most of what it looks for. */
export function mostTelling(output) {
  let best = [0, 0];
  output.forEach((row, i) =>
    row.forEach((value, j) => {
      if (value > output[best[0]][best[1]]) best = [i, j];
    }),
  );
  return best;
}
