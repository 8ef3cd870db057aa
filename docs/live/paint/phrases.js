// What the figure says in words; `_` gives them in the reader's language.

/** The classes, in the order of the network's scores. */
export const classNames = (_) => [_("sky"), _("building"), _("road"), _("pavement"), _("tree"), _("sign"), _("person"), _("car"), _("bus")];

/** What a thing of the palette is called: the second of its kind is another one, or stands across the street. */
export function thingName({ things }, which, _) {
  const { class: kind } = things[which];
  const name = classNames(_)[kind];
  const second = things.findIndex((thing) => thing.class === kind) !== which;
  if (["car", "bus"].includes(classNames((word) => word)[kind])) return second ? _("{name}, from the side", { name }) : _("{name}, lengthwise", { name });
  return second ? _("{name}, another one", { name }) : name;
}

const percent = (share) => Math.round(100 * share);

/** What the network says at a pixel: the class, and the one that comes next. */
export function said({ data }, count, [row, column], size, _) {
  const names = classNames(_);
  const place = row * size + column;
  const all = names.map((name, c) => ({ name, share: data[c * count + place] })).sort((a, b) => b.share - a.share);
  const values = { row, column, name: all[0].name, percent: percent(all[0].share), next: all[1].name, rest: percent(all[1].share) };
  return _("Row {row}, column {column}: {name}, {percent} %; next: {next}, {rest} %.", values);
}

/** How much of the last thing that was placed has been found. */
export function found(part, name, height, step, _) {
  const values = { name, height: Math.round(height), percent: percent(part ?? 0), step };
  if (part == null) return _("Nothing of your {name} is to be seen.", values);
  return _("Your {name}, {height} pixels tall: at step {step}, {percent} % of its pixels have the right class.", values);
}
