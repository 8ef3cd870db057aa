// What the figure computes: where a thing stands on a street, and what the network answers at each step.
import { resized } from "../engine/resized.js";
import { run } from "../engine/network.js";

const LEAST = 2; // rows below the horizon at which something may stand

const clamp = (n, least, most) => Math.max(least, Math.min(n, most));

/** The nearest place, [row, column], at which a thing may have its foot. */
export function ground([row, column], { horizon }, size) {
  return [clamp(row, Math.ceil(horizon * size) + LEAST, size - 1), clamp(column, 0, size - 1)];
}

/** The pixels that a thing with its foot at a place fills: the lower it stands, the nearer it is, and the larger. */
export function frame({ metres, box: [, , width, height] }, { horizon, eye }, [row, column], size) {
  const tall = (metres * (row + 1 - horizon * size)) / eye;
  const wide = (tall * width) / height;
  return { left: column + 0.5 - wide / 2, top: row + 1 - tall, width: wide, height: tall };
}

/** The nodes of the model that give the answers, the coarsest first: what is enlarged first, and then every sum. */
export function answering({ nodes }) {
  const first = nodes.find(({ op }) => op === "enlarge").inputs[0];
  return [first, ...nodes.keys()].filter((place, index) => index === 0 || nodes[place].op === "add");
}

/** The scores of each step for one picture, the coarsest first. */
export function scores(model, picture) {
  const values = run(model, picture);
  return answering(model).map((place) => values[place]);
}

/** Each score repeated until the map has the size that is asked for. */
export function squares({ shape: [channels, rows, columns], data }, [h, w]) {
  const found = new Float32Array(channels * h * w);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) found[(c * h + i) * w + j] = data[(c * rows + Math.floor((i * rows) / h)) * columns + Math.floor((j * columns) / w)];
  return { shape: [channels, h, w], data: found };
}

/** The probability of each class at each pixel, and the class that has the largest: { data, classes }. */
export function answer(coarse, size, smooth) {
  const { shape: [channels], data } = (smooth ? resized : squares)(coarse, [size, size]);
  const count = size * size;
  const classes = new Uint8Array(count);
  for (let place = 0; place < count; place++) {
    let best = 0;
    for (let c = 1; c < channels; c++) if (data[c * count + place] > data[best * count + place]) best = c;
    const most = data[best * count + place];
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * count + place] = Math.exp(data[c * count + place] - most);
    for (let c = 0; c < channels; c++) data[c * count + place] /= sum;
    classes[place] = best;
  }
  return { data, classes };
}

/** The share of a thing's pixels that have its class, or null where nothing of it is to be seen. */
export function share(classes, owners, owner, label) {
  let [seen, right] = [0, 0];
  owners.forEach((one, place) => {
    if (one !== owner) return;
    seen += 1;
    right += classes[place] === label;
  });
  return seen ? right / seen : null;
}
