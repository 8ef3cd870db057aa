// The picture that goes in: an example of the file's, or the reader's own, at whatever size is asked for.
export { resized } from "../engine/resized.js";

/** What a file without examples gets: a slope from dark to light. */
export function slope(channels, [rows, columns]) {
  const data = Float32Array.from({ length: channels * rows * columns }, (_n, place) => {
    const [row, column] = [Math.floor(place / columns) % rows, place % columns];
    return (row + column) / Math.max(1, rows + columns - 2);
  });
  return { shape: [channels, rows, columns], data };
}

/** The pixels of a canvas, from 0 to 1: grey for one channel, otherwise red, green, blue and again red … */
export function ofPixels({ data: bytes, width, height }, channels) {
  const count = width * height;
  const found = new Float32Array(channels * count);
  for (let place = 0; place < count; place++) {
    const [red, green, blue] = bytes.subarray(4 * place, 4 * place + 3);
    if (channels === 1) found[place] = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    else for (let c = 0; c < channels; c++) found[c * count + place] = [red, green, blue][c % 3] / 255;
  }
  return { shape: [channels, height, width], data: found };
}

/** The reader's own picture, a file, at the size that the network reads. It leaves the browser nowhere. */
export async function ofFile(file, channels, [rows, columns]) {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillRect(0, 0, columns, rows);
  context.drawImage(bitmap, 0, 0, columns, rows);
  return ofPixels(context.getImageData(0, 0, columns, rows), channels);
}
