// Reading an answer and telling what is wrong with it, and nothing else: no page, no drawing.
// An exercise is { kind, answer, mistakes }, a mistake [what it gives, what to say]; Python computes them all.
// What is said is { says, ...values }: a message with {names} in it, and what stands for these.

/** A number as a reader may write it: 1,024 or −3 or 1/4; null where it is none. */
export function readNumber(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/(?<=\d)[,\s_](?=\d{3}(?!\d))/g, "");
  const [, above, below = "1"] = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\s*\/\s*(\d+))?$/.exec(plain) ?? [];
  const number = Number(above) / Number(below);
  return above !== undefined && Number.isFinite(number) ? number : null;
}

/** A shape, with any sign between the sizes: 3×5×5, 3x5x5, (3, 5, 5); null where it is none. */
export function readShape(text) {
  const sizes = text.trim().replace(/^[([]|[)\]]$/g, "").trim().split(/\s*[×xX*·,]\s*|\s+/);
  return sizes.every((size) => /^\d+$/.test(size)) ? sizes.map(Number) : null;
}

/** The cells that hold no number, as [row, column]. */
export const unread = (cells) =>
  cells.flatMap((row, i) => row.map((text, j) => (readNumber(text) === null ? [i, j] : null))).filter(Boolean);

/** A table of numbers; one row where the answer has one axis. */
export function readArray(cells, { answer }) {
  const rows = cells.map((row) => row.map(readNumber));
  return Array.isArray(answer[0]) ? rows : rows[0];
}

/** How many numbers an array has along each axis. */
export const shapeOf = (array) => (Array.isArray(array) ? [array.length, ...shapeOf(array[0])] : []);

const flat = (array) => [array].flat(Infinity);
const transposed = (rows) => rows[0].map((_number, j) => rows.map((row) => row[j]));

/** Whether two answers are the same: in shape, and in every number. */
export function same(one, other, { tolerance }) {
  const others = flat(other);
  return shapeOf(one).join() === shapeOf(other).join() && flat(one).every((number, n) => Math.abs(number - others[n]) <= tolerance);
}

/** Whether an answer is right; if not, what is wrong: a typical mistake, or what it differs in. */
export function verdict(exercise, answer, settings) {
  if (same(answer, exercise.answer, settings)) return { right: true };
  const made = exercise.mistakes.find(([wrong]) => same(answer, wrong, settings));
  if (made) return { right: false, says: made[1] };
  return { right: false, ...DIFFERS[exercise.kind](answer, exercise.answer, settings) };
}

const _ = (message) => message; // marks the messages for the translators; view.js looks them up

function numberDiffers(yours, right) {
  if (yours > right) return { says: yours - right === 1 ? _("Your number is too large by one.") : _("Your number is too large.") };
  return { says: right - yours === 1 ? _("Your number is too small by one.") : _("Your number is too small.") };
}

function shapeDiffers(yours, right) {
  const ordered = (sizes) => [...sizes].sort((a, b) => a - b).join();
  if (yours.length !== right.length) {
    return { says: _("Your answer has {yours} sizes; {needed} are needed."), yours: yours.length, needed: right.length };
  }
  if (ordered(yours) === ordered(right)) return { says: _("The sizes are right, but their order is not.") };
  const n = yours.findIndex((size, place) => size !== right[place]);
  const more = yours[n] > right[n];
  const says =
    Math.abs(yours[n] - right[n]) === 1
      ? more ? _("Size {place} is too large by one.") : _("Size {place} is too small by one.")
      : more ? _("Size {place} is too large.") : _("Size {place} is too small.");
  return { says, place: n + 1 };
}

function arrayDiffers(yours, right, settings) {
  const [shape, needed] = [yours, right].map(shapeOf);
  if (shape.length > 1 && same(yours, transposed(right), settings)) return { says: _("Rows and columns have changed places.") };
  if (shape.join() !== needed.join()) {
    return { says: _("Your array has the shape {yours}; {needed} is needed."), yours: shape.join("×"), needed: needed.join("×") };
  }
  const [numbers, rights] = [yours, right].map(flat);
  if (numbers.every((number, n) => Math.abs(number + rights[n]) <= settings.tolerance)) {
    return { says: _("Every sign is the wrong way round.") };
  }
  const wrong = [...numbers.keys()].filter((n) => Math.abs(numbers[n] - rights[n]) > settings.tolerance);
  const place = { wrong: wrong.length, all: numbers.length, place: wrong[0] + 1 };
  if (shape.length === 1) {
    const one = _("1 of {all} numbers is wrong: number {place}.");
    return { says: wrong.length === 1 ? one : _("{wrong} of {all} numbers are wrong, the first of them: number {place}."), ...place };
  }
  const where = { ...place, row: Math.floor(wrong[0] / shape[1]) + 1, column: (wrong[0] % shape[1]) + 1 };
  const one = _("1 of {all} numbers is wrong: row {row}, column {column}.");
  return { says: wrong.length === 1 ? one : _("{wrong} of {all} numbers are wrong, the first of them: row {row}, column {column}."), ...where };
}

const DIFFERS = { number: numberDiffers, shape: shapeDiffers, array: arrayDiffers };
