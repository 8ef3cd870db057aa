// What the playground says in words; `_` gives them in the reader's language.
import { axes, isPooling, isTransposed, mostPadding, outputSize, reach } from "./model.js";
import { grownSize } from "./stamp.js";

/** Why there is no output, and what to do about it; nothing where there is one, with its border no longer than `longest`. */
export function refusal(state, _, longest = Infinity) {
  const [down, across] = axes(state);
  if (isTransposed(state)) return notLaidDown(state, _, longest);
  const short = [down, across].find((it) => it.p > mostPadding(state.mode, it));
  if (short) return tooWide(state, short, _);
  if (isPooling(state) && 2 * across.p > across.k) {
    const values = { padding: across.p, kernel: across.k };
    return _("A window of {kernel} takes padding of half its size at most, so that it never sees padding alone; {padding} is more. Take less padding, or a larger window.", values);
  }
  const axis = [down, across].find((it) => outputSize(it) < 1);
  return axis ? beyond(state, axis, axis === down, _) : "";
}

function beyond(state, axis, isDown, _) {
  const values = { reach: reach(axis), cells: axis.n + 2 * axis.p };
  const messages = isPooling(state)
    ? [
        _("The window reaches over {reach} cells, but the padded input has {cells}.", values),
        _("The window reaches over {reach} rows, but the padded input has {cells}.", values),
        _("The window reaches over {reach} columns, but the padded input has {cells}.", values),
      ]
    : [
        _("The kernel reaches over {reach} cells, but the padded input has {cells}.", values),
        _("The kernel reaches over {reach} rows, but the padded input has {cells}.", values),
        _("The kernel reaches over {reach} columns, but the padded input has {cells}.", values),
      ];
  const reason = messages[state.dims === 1 ? 0 : isDown ? 1 : 2];
  const advice = isPooling(state)
    ? _("It fits nowhere. Take a larger input, or a smaller window or dilation.")
    : _("It fits nowhere. Take a larger input, more padding, or a smaller kernel or dilation.");
  return `${reason} ${advice}`;
}

function notLaidDown(state, _, longest) {
  const [down, across] = axes(state);
  if (across.a >= Math.max(across.s, across.d)) {
    return _("An output padding of {added} is a whole step or more. Take less of it, or a larger stride or dilation.", { added: across.a });
  }
  const whole = (axis) => grownSize({ ...axis, p: 0 });
  const cut = [down, across].find((axis) => grownSize(axis) < 1);
  if (cut) {
    return _("The padding cuts off {padding} cells on each side, and all there is are {cells}. Take less padding, or a larger input or kernel.", { padding: cut.p, cells: whole(cut) });
  }
  const long = [down, across].find((axis) => whole(axis) > longest);
  return long ? _("With its border the output would be {cells} cells long, and here is room for {most}. Take a smaller input, kernel, stride or dilation.", { cells: whole(long), most: longest }) : "";
}

function tooWide({ mode }, axis, _) {
  const most = mostPadding(mode, axis);
  const values = { padding: axis.p, cells: axis.n, most };
  return mode === "reflect"
    ? _("A mirror leaves out the cell at the edge: of {cells} it shows {most}, and the padding of {padding} needs more.", values)
    : _("Going round meets every cell of the input once; the padding of {padding} needs more than {cells}.", values);
}

/** The names of the ways to pad. */
export const modeNames = (_) => ({ zeros: _("Zeros"), reflect: _("Mirror"), replicate: _("Repeat the edge"), circular: _("Go round") });

/** The names of the settings, with the letter that each has in the formula. */
export const settingNames = (_, state) => ({
  channels: [_("Channels")],
  filters: [_("Filters")],
  rows: [_("Rows"), "n"],
  columns: [_("Columns"), "n"],
  kernel: [isPooling(state) ? _("Window") : _("Kernel"), "k"],
  stride: [_("Stride"), "s"],
  padding: [_("Padding"), "p"],
  dilation: [_("Dilation"), "d"],
  "output-padding": [_("Output padding"), "a"],
  bias: [_("Bias")],
});

/** What stands above a table: its role, and where there are several of it, which of them it is. */
export function tableName({ operation }, role, [at], _) {
  if (operation !== "channels") return _(role);
  const names = { input: _("input"), kernel: _("filter"), output: _("output") };
  return `${names[role]} ${at + 1}`;
}

/** Where an output stands, counted from one; a signal has no rows, and only several maps have names. */
export function outputName({ operation, dims }, [filter, row, column], _) {
  const where = { map: filter + 1, row: row + 1, column: column + 1 };
  if (operation !== "channels") return dims === 1 ? _("Output {column}", where) : _("Output row {row}, column {column}", where);
  return dims === 1 ? _("Output {map}, cell {column}", where) : _("Output {map}, row {row}, column {column}", where);
}

/** Which number of the input or the kernel is being changed. */
export function cellName(state, role, place, _) {
  const [row, column] = place.slice(-2);
  const of = role === "kernel" && state.operation === "channels" ? ` (${tableName(state, "input", [place[1]], _)})` : "";
  const where = { row: row + 1, column: column + 1, name: tableName(state, role, place, _) + of };
  return state.dims === 1 ? _("{name}, cell {column}", where) : _("{name}, row {row}, column {column}", where);
}
