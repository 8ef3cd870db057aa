// The picture that goes in: an example of the file's, or the reader's own, at whatever size is asked for.
const clamp = (n, most) => Math.max(0, Math.min(n, most));

/** A tensor [c, h, w] at another size, between pixels where it must (torch's bilinear interpolation). */
export function resized({ shape: [channels, h, w], data }, [rows, columns]) {
  if (h === rows && w === columns) return { shape: [channels, h, w], data: Float32Array.from(data) };
  const found = new Float32Array(channels * rows * columns);
  const beside = (place, n, count) => {
    const at = clamp(((place + 0.5) * n) / count - 0.5, n - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, n - 1), at - first];
  };
  for (let i = 0; i < rows; i++) {
    const [top, bottom, down] = beside(i, h, rows);
    for (let j = 0; j < columns; j++) {
      const [left, right, along] = beside(j, w, columns);
      for (let c = 0; c < channels; c++) {
        const at = (row, column) => data[(c * h + row) * w + column];
        const upper = at(top, left) * (1 - along) + at(top, right) * along;
        const lower = at(bottom, left) * (1 - along) + at(bottom, right) * along;
        found[(c * rows + i) * columns + j] = upper * (1 - down) + lower * down;
      }
    }
  }
  return { shape: [channels, rows, columns], data: found };
}

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
