// Sizes of sliding windows along one axis, and what a layer costs; the arithmetic of cnnbook.shapes.
// An axis is { operation, n, k, s, p, d, a, ceil }; p is a number, "same" or "valid", a the output padding.

/** How many pixels a dilated kernel reaches over. */
export const reach = ({ k, d }) => d * (k - 1) + 1;

/** What Keras adds before and after a row under "same". */
export function samePadding({ n, k, s, d }) {
  const missing = Math.max((Math.ceil(n / s) - 1) * s + reach({ k, d }) - n, 0);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
}

/**
 * The output's size o and the pixels added (transposed: cut off) before and after; else why it is refused.
 * A transposed convolution that grows at its end, by output padding, cuts off less than nothing there.
 */
export function solve(axis) {
  const solved = { convolution, transposed, pooling }[axis.operation](axis);
  return { ...axis, ...solved, reach: reach(axis) };
}

function convolution(axis) {
  const { n, s, p } = axis;
  const [before, after] = p === "same" ? samePadding(axis) : p === "valid" ? [0, 0] : [p, p];
  const left = n + before + after - reach(axis);
  return left < 0 ? { refused: "fit", padded: n + before + after } : { o: Math.floor(left / s) + 1, before, after };
}

function pooling(axis) {
  const { n, k, s, p, ceil } = axis;
  if (typeof p === "string") return convolution(axis);
  if (2 * p > k) return { refused: "half" };
  const left = n + 2 * p - reach(axis);
  const steps = ceil ? Math.ceil(left / s) : Math.floor(left / s);
  const dropped = steps * s >= n + p; // a window must not start in the padding on the right
  const o = steps - dropped + 1;
  return o < 1 ? { refused: "fit", padded: n + 2 * p } : { o, before: p, after: p, dropped };
}

function transposed(axis) {
  const { n, s, p, d, a } = axis;
  const uncut = (n - 1) * s + reach(axis);
  if (typeof p === "string") {
    const short = Math.max(s - reach(axis), 0); // a short kernel leaves zeros after its last copy
    const [before, after] = p === "same" ? samePadding({ ...axis, n: n * s }) : [0, 0];
    return { o: uncut + short - before - after, before, after: after - short };
  }
  if (a >= Math.max(s, d)) return { refused: "added" };
  const o = uncut - 2 * p + a;
  return o < 1 ? { refused: "cut", uncut: uncut + a } : { o, before: p, after: p - a };
}

/**
 * How many pixels no place reads, at the row's start, between others, at its end: of the input;
 * of a transposed convolution, pixels of the output on which no copy of the kernel lies.
 */
export function unread({ operation, n, o, k, s, d, before }) {
  const [places, length] = operation === "transposed" ? [n, o] : [o, n];
  const read = new Uint8Array(length);
  for (let place = 0; place < places; place++) {
    for (let tap = 0; tap < k; tap++) {
      const pixel = place * s - before + tap * d;
      if (pixel >= 0 && pixel < length) read[pixel] = 1;
    }
  }
  const [first, last] = [read.indexOf(1), read.lastIndexOf(1)];
  if (first < 0) return { start: length, between: 0, end: 0 };
  return { start: first, between: read.subarray(first, last).filter((it) => !it).length, end: length - 1 - last };
}

/** A state's two axes, rows before columns. */
export const axes = ({ operation, size, kernel, stride, padding, dilation, added, ceil }) =>
  [0, 1].map((i) => {
    const p = typeof padding === "string" ? padding : padding[i];
    return { operation, n: size[i], k: kernel[i], s: stride[i], p, d: dilation[i], a: added[i], ceil };
  });

const product = (...factors) => factors.reduce((total, factor) => total * BigInt(factor), 1n);

/** The shapes of input, weights and output, parameters, and multiply-adds of the whole batch; pooling learns nothing. */
export function counts({ operation, batch, channels, filters, size, kernel }, [down, across]) {
  const pooled = operation === "pooling";
  const input = [batch, channels, ...size];
  const output = [batch, pooled ? channels : filters, down.o, across.o];
  if (pooled) return { input, output };
  const pair = operation === "transposed" ? [channels, filters] : [filters, channels];
  const places = operation === "transposed" ? size : [down.o, across.o];
  const weights = [...pair, ...kernel];
  return { input, output, weights, parameters: product(...weights) + BigInt(filters), multiplyAdds: product(...weights, ...places, batch) };
}
