// What the calculator says in words; `_` gives them in the reader's language.
import { unread } from "./model.js";

/** What a field takes. */
export function allowed(settings, name, paired, _) {
  const [least, most] = settings.ranges[name];
  if (name === "padding") return _("same, valid, a whole number from {least} to {most}, or two: rows × columns", { least, most });
  if (paired) return _("A whole number from {least} to {most}, or two: rows × columns", { least, most });
  return _("A whole number from {least} to {most}", { least, most });
}

/** Why there is no output, and what to do about it; nothing where there is one. */
export function refusal(both, _) {
  const index = both.findIndex(({ refused }) => refused);
  if (index < 0) return "";
  const { refused, reach, padded, uncut, p, k, a, s, d } = both[index];
  if (refused === "fit") {
    const values = { reach, cells: padded };
    const reason = index
      ? _("The kernel reaches over {reach} columns, but the padded input has {cells}.", values)
      : _("The kernel reaches over {reach} rows, but the padded input has {cells}.", values);
    return `${reason} ${_("It fits nowhere. Take a larger input, more padding, or a smaller kernel or dilation.")}`;
  }
  if (refused === "half") return _("Pooling takes a padding of at most half the kernel: {padding} is more than half of {kernel}.", { padding: p, kernel: k });
  if (refused === "added") return _("The output padding must be below the stride or the dilation: {added} is not below {most}.", { added: a, most: Math.max(s, d) });
  const values = { pixels: uncut, cut: 2 * p };
  return index
    ? _("Columns: there are {pixels}, and the padding cuts off {cut}. Nothing is left.", values)
    : _("Rows: there are {pixels}, and the padding cuts off {cut}. Nothing is left.", values);
}

/** What nobody reads, a line for each axis; one line where both are alike; none where all is read. */
export function neverRead(both, _) {
  const lines = both.map((axis) => {
    const { start, between, end } = unread(axis);
    const parts = [
      start && _("{pixels} at the start", { pixels: start }),
      between && _("{pixels} between", { pixels: between }),
      end && _("{pixels} at the end", { pixels: end }),
    ];
    return parts.filter(Boolean).join(", ");
  });
  if (lines[0] === lines[1]) return lines[0] ? [`${_("rows and columns")}: ${lines[0]}`] : [];
  return [_("rows"), _("columns")].flatMap((name, i) => (lines[i] ? [`${name}: ${lines[i]}`] : []));
}

/** Why PyTorch's line is not the one to be expected. */
export function torchNote({ operation }, why, _) {
  if (!why) return "";
  return {
    convolution: _("PyTorch refuses same with a stride. The padding is written out, for inputs of this size."),
    transposed: _("PyTorch has no same for this layer. What it cuts off is written out."),
    pooling: _("PyTorch has no same for this layer. The padding is written out, for inputs of this size."),
  }[operation];
}

/** Why Keras's line is not the one to be expected, or why there is none and what to write instead. */
export const kerasNote = (both, why, _) =>
  ({
    padding: _("Keras takes no numbers for the padding. A layer of its own adds it."),
    pooling: _("Keras takes no numbers for the padding, and zeros might win. Minus infinity never does; x is the input."),
    cut: _("Keras takes no numbers for the padding. What is too much is cut off afterwards."),
    "stride, dilation": _("Keras refuses a stride together with a dilation. The line computes every place and keeps those of the stride; x is the input."),
    "stride and dilation": _("None: Keras refuses a stride together with a dilation. An undilated kernel that reaches as far gives the same size: {kernel}.", {
      kernel: reaches(both),
    }),
    dilation: _("None: Keras has no dilation for pooling. An undilated window that reaches as far gives the same size: {kernel}.", { kernel: reaches(both) }),
    room: _("None: without a stride, Keras cannot reach beyond the last copy of the kernel. Take less output padding."),
  })[why] ?? "";

const reaches = (both) => [...new Set(both.map(({ reach }) => reach))].join(" × ");
