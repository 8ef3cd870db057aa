// Maps and pictures at another size.
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
