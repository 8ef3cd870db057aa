// What each operator does to one image's numbers. A tensor is { shape, data }: [c, h, w] a map, [c] a vector; there is no batch.
// `weight` is how many axes the weight has, `pairs` are the settings that stand for rows and columns.
import { resized } from "./resized.js";

const made = (shape) => ({ shape, data: new Float32Array(shape.reduce((product, n) => product * n, 1)) });
const each = (change) => ({ shape: same, run: ([x]) => ({ shape: x.shape, data: x.data.map(change) }) });
const same = (_node, [shape]) => shape;

/** A layer that cannot be over what it gets: the view says so, with the layer's name. */
export class Misfit extends Error {}

function must(holds, why) {
  if (!holds) throw new Misfit(why);
}

const map = (shape) => (must(shape.length === 3, "map"), shape);

/** How many windows fit on one axis; with `ceil` also one that hangs over the end, if it does not begin beyond it. */
export function fits(n, kernel, stride, padding, dilation, ceil = false) {
  const room = n + 2 * padding - dilation * (kernel - 1) - 1;
  must(room >= 0, "fit");
  const floor = Math.floor(room / stride) + 1;
  return ceil && room % stride && floor * stride < n + padding ? floor + 1 : floor;
}

const windows = ({ kernel, stride, padding, dilation, ceil }, [, ...size]) =>
  size.map((n, axis) => fits(n, kernel[axis], stride[axis], padding[axis], dilation[axis], ceil));

const kernelOf = (node) => node.weight.shape.slice(2);

/** The first and the last step of a window that lie on the map, not in its padding. */
function inside(begin, step, count, n) {
  return [Math.max(0, Math.ceil(-begin / step)), Math.min(count - 1, Math.floor((n - 1 - begin) / step))];
}

const conv = {
  weight: 4,
  pairs: ["stride", "padding", "dilation"],
  shape(node, [of]) {
    must(map(of)[0] === node.weight.shape[1] * node.groups, "channels");
    return [node.weight.shape[0], ...windows({ ...node, kernel: kernelOf(node) }, of)];
  },
  run([x], node, shape) {
    const { stride: [sy, sx], padding: [py, px], dilation: [dy, dx], groups, weight, bias } = node;
    const [[, H, W], [O, oh, ow], [, C, kh, kw]] = [x.shape, shape, weight.shape];
    const y = made(shape);
    const [from, to, weights] = [x.data, y.data, weight.data];
    const down = Array.from({ length: kh }, (_tap, k) => inside(k * dy - py, sy, oh, H));
    const along = Array.from({ length: kw }, (_tap, l) => inside(l * dx - px, sx, ow, W));
    const line = new Float64Array(ow); // sums of 64 bits, which are rounded once; that is also quicker
    for (let o = 0; o < O; o++) {
      const [at, first] = [o * oh * ow, Math.floor(o / (O / groups)) * C];
      for (let i = 0; i < oh; i++) {
        line.fill(bias ? bias.data[o] : 0);
        for (let k = 0; k < kh; k++) {
          if (i < down[k][0] || i > down[k][1]) continue;
          for (let c = 0; c < C; c++) {
            const row = ((first + c) * H + i * sy - py + k * dy) * W - px;
            for (let l = 0; l < kw; l++) {
              const w = weights[((o * C + c) * kh + k) * kw + l];
              const [j0, j1] = along[l];
              const begin = row + l * dx;
              for (let j = j0; j <= j1; j++) line[j] += w * from[begin + j * sx];
            }
          }
        }
        to.set(line, at + i * ow);
      }
    }
    return y;
  },
};

const transposed = {
  weight: 4,
  pairs: ["stride", "padding", "dilation", "output_padding"],
  shape(node, [of]) {
    must(map(of)[0] === node.weight.shape[0], "channels");
    const { stride, padding, dilation, output_padding: more } = node;
    const size = kernelOf(node).map((k, a) => (of[a + 1] - 1) * stride[a] - 2 * padding[a] + dilation[a] * (k - 1) + more[a] + 1);
    must(Math.min(...size) >= 1, "fit");
    return [node.weight.shape[1] * node.groups, ...size];
  },
  run([x], node, shape) {
    const { stride: [sy, sx], padding: [py, px], dilation: [dy, dx], groups, weight, bias } = node;
    const [[C, H, W], [, oh, ow], [, O, kh, kw]] = [x.shape, shape, weight.shape];
    const y = made(shape);
    if (bias) bias.data.forEach((b, o) => y.data.fill(b, o * oh * ow, (o + 1) * oh * ow));
    for (let c = 0; c < C; c++)
      for (let o = 0; o < O; o++)
        for (let k = 0; k < kh; k++)
          for (let l = 0; l < kw; l++) {
            const w = weight.data[((c * O + o) * kh + k) * kw + l];
            const to = Math.floor(c / (C / groups)) * O + o;
            for (let i = 0; i < H; i++) {
              const row = i * sy - py + k * dy;
              if (row < 0 || row >= oh) continue;
              for (let j = 0; j < W; j++) {
                const column = j * sx - px + l * dx;
                if (column >= 0 && column < ow) y.data[(to * oh + row) * ow + column] += w * x.data[(c * H + i) * W + j];
              }
            }
          }
    return y;
  },
};

/** Run a summary over every window: `sum(values, whole)`, where whole counts also what lies in the padding. */
function pooled([x], { kernel, stride, padding, dilation }, shape, summed) {
  const [[C, H, W], [, oh, ow]] = [x.shape, shape];
  const y = made(shape);
  const whole = (place, axis, n) => Math.min(place * stride[axis] - padding[axis] + kernel[axis], n + padding[axis]) - (place * stride[axis] - padding[axis]);
  for (let c = 0; c < C; c++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++) {
        const values = [];
        const [top, left] = [i * stride[0] - padding[0], j * stride[1] - padding[1]];
        const [[k0, k1], [l0, l1]] = [inside(top, dilation[0], kernel[0], H), inside(left, dilation[1], kernel[1], W)];
        for (let k = k0; k <= k1; k++)
          for (let l = l0; l <= l1; l++) values.push(x.data[(c * H + top + k * dilation[0]) * W + left + l * dilation[1]]);
        y.data[(c * oh + i) * ow + j] = summed(values, whole(i, 0, H) * whole(j, 1, W));
      }
  return y;
}

const largest = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);
const total = (values) => values.reduce((sum, value) => sum + value, 0);

function pool(summed) {
  return {
    pairs: ["kernel", "stride", "padding", "dilation"],
    shape: (node, [of]) => [map(of)[0], ...windows(node, of)],
    run: (inputs, node, shape) => pooled(inputs, node, shape, (values, whole) => summed(values, node, whole)),
  };
}

const adaptive = {
  pairs: ["size"],
  shape: ({ size }, [of]) => [map(of)[0], ...size],
  run([x], { size: [oh, ow] }, shape) {
    const [C, H, W] = x.shape;
    const y = made(shape);
    const ends = (place, count, n) => [Math.floor((place * n) / count), Math.ceil(((place + 1) * n) / count)];
    for (let c = 0; c < C; c++)
      for (let i = 0; i < oh; i++)
        for (let j = 0; j < ow; j++) {
          const [[top, bottom], [left, right]] = [ends(i, oh, H), ends(j, ow, W)];
          let sum = 0;
          for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) sum += x.data[(c * H + row) * W + column];
          y.data[(c * oh + i) * ow + j] = sum / ((bottom - top) * (right - left));
        }
    return y;
  },
};

const enlarge = {
  pairs: ["times"],
  shape: ({ times }, [of]) => [map(of)[0], of[1] * times[0], of[2] * times[1]],
  run: ([x], _node, shape) => resized(x, shape.slice(1)),
};

export const OPERATORS = {
  conv,
  transposed,
  adaptive,
  enlarge,
  maxpool: pool(largest),
  avgpool: pool((values, { padded }, whole) => total(values) / (padded ? whole : values.length)),
  relu: each((value) => Math.max(0, value)),
  relu6: each((value) => Math.min(6, Math.max(0, value))),
  tanh: each(Math.tanh),
  sigmoid: each((value) => 1 / (1 + Math.exp(-value))),
  mean: {
    shape: ({ keep }, [of]) => [map(of)[0], ...(keep ? [1, 1] : [])],
    run: ([x], _node, shape) => ({ shape, data: adaptive.run([x], { size: [1, 1] }, [x.shape[0], 1, 1]).data }),
  },
  norm: {
    weight: 1,
    shape: ({ weight }, [of]) => (must(map(of)[0] === weight.shape[0], "channels"), of),
    run([x], { weight, bias }) {
      const y = made(x.shape);
      const places = x.shape[1] * x.shape[2];
      for (let c = 0; c < x.shape[0]; c++) {
        const [w, b] = [weight.data[c], bias.data[c]];
        for (let place = c * places; place < (c + 1) * places; place++) y.data[place] = x.data[place] * w + b;
      }
      return y;
    },
  },
  add: {
    shape(_node, [one, other]) {
      must(String(one) === String(other), "sizes");
      return one;
    },
    run: ([x, y]) => ({ shape: x.shape, data: x.data.map((value, place) => value + y.data[place]) }),
  },
  cat: {
    shape(_node, shapes) {
      must(shapes.every((shape) => String(shape.slice(1)) === String(shapes[0].slice(1))), "sizes");
      return [total(shapes.map(([channels]) => channels)), ...shapes[0].slice(1)];
    },
    run(inputs, _node, shape) {
      const y = made(shape);
      let begin = 0;
      for (const { data } of inputs) {
        y.data.set(data, begin);
        begin += data.length;
      }
      return y;
    },
  },
  flatten: {
    shape: (_node, [of]) => [of.reduce((product, n) => product * n, 1)],
    run: ([x], _node, shape) => ({ shape, data: x.data }),
  },
  linear: {
    weight: 2,
    shape({ weight }, [of]) {
      must(of.length === 1 && of[0] === weight.shape[1], "channels");
      return [weight.shape[0]];
    },
    run([x], { weight, bias }, shape) {
      const y = made(shape);
      for (let o = 0; o < shape[0]; o++) {
        let sum = bias ? bias.data[o] : 0;
        for (let i = 0; i < x.data.length; i++) sum += weight.data[o * x.data.length + i] * x.data[i];
        y.data[o] = sum;
      }
      return y;
    },
  },
  softmax: {
    shape: same,
    run([x]) {
      const [y, channels] = [made(x.shape), x.shape[0]];
      const places = x.data.length / channels;
      for (let place = 0; place < places; place++) {
        const column = Array.from({ length: channels }, (_channel, c) => x.data[c * places + place]);
        const most = largest(column);
        const powers = column.map((value) => Math.exp(value - most));
        const sum = total(powers);
        powers.forEach((power, c) => (y.data[c * places + place] = power / sum));
      }
      return y;
    },
  },
};
