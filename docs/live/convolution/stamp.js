// The arithmetic of a transposed convolution: every number of the input lays its own multiple of the kernel on the output.
import { axes } from "./model.js";

/** Cells of the output: n copies of the kernel, s apart, less the border, and a more at the end; zero or less where all is cut off. */
export const grownSize = ({ n, k, s, p, d, a }) => (n - 1) * s - 2 * p + d * (k - 1) + a + 1;

/** Which of n copies, and with which of k weights, reach a cell of the output with its border. */
function reaching({ n, k, s, d }, cell) {
  const found = [];
  for (let at = 0; at < n; at++) {
    const weight = (cell - at * s) / d;
    if (Number.isInteger(weight) && weight >= 0 && weight < k) found.push([at, weight]);
  }
  return found;
}

/** What is added at an output (i, j), which may lie in the border: for each number that reaches it, itself and its weight. */
export function contributions(state, [i, j]) {
  const [down, across] = axes(state);
  const [[input], [[kernel]]] = [state.input, state.kernel];
  return reaching(down, i + down.p).map(([row, k]) =>
    reaching(across, j + across.p).map(([column, l]) => ({ row, column, number: input[row][column], weight: kernel[k][l] })),
  );
}

/** The number at an output, or in the border that is cut off. */
export const laidDown = (state, place) => contributions(state, place).flat().reduce((sum, { number, weight }) => sum + number * weight, 0);
