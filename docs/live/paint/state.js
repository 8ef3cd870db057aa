// What a reader has chosen and placed, and the end of an address that tells it to others.
import { ground } from "./model.js";

export const MOST = 30; // things on a street

/** What the figure begins with: the first street, and somebody who stands on it. */
export function firstState({ presets, things, classes, steps, size }) {
  const [street] = Object.keys(presets);
  const person = things.findIndex((thing) => classes[thing.class] === "person");
  const at = [Math.round(0.75 * size), Math.round(0.6 * size)];
  return { street, thing: person, placed: [[person, ...at]], at, step: steps.length - 1, show: "map", smooth: true };
}

/** The things that stand there, with their numbers, from far to near: who stands lower hides the others. */
export const fromFarToNear = ({ placed }) => [...placed.entries()].sort(([, [, a]], [, [, b]]) => a - b);

/** One thing more, at the nearest place where it may stand. */
export function added(state, { presets, size }) {
  if (state.placed.length >= MOST) return state;
  const at = ground(state.at, presets[state.street], size);
  return { ...state, at, placed: [...state.placed, [state.thing, ...at]] };
}

/** Another street: what stands there goes to the nearest place where it may stand. */
export function moved(state, street, { presets, size }) {
  const placed = state.placed.map(([thing, ...at]) => [thing, ...ground(at, presets[street], size)]);
  return { ...state, street, placed };
}

/** A state as the end of an address, such as 4005_4_map_s_4.72.58 */
export const encoded = ({ street, step, show, smooth, placed }) =>
  [street, step, show, smooth ? "s" : "b", ...placed.map((one) => one.join("."))].join("_");

/** The state that an address tells, or null where it tells none. */
export function decoded(settings, text) {
  const { presets, things, classes, steps, size } = settings;
  const [street, step, show, how, ...rest] = text.split("_");
  const below = (number, count) => /^\d{1,3}$/.test(number ?? "") && Number(number) < count;
  const placed = rest.map((part) => part.split("."));
  const sound =
    Object.hasOwn(presets, street) &&
    below(step, steps.length) &&
    (show === "map" || below(show, classes.length)) &&
    ["s", "b"].includes(how) &&
    placed.length <= MOST &&
    placed.every((one) => one.length === 3 && below(one[0], things.length) && one.slice(1).every((n) => below(n, size)));
  if (!sound) return null;
  const first = firstState(settings);
  const numbers = placed.map((one) => one.map(Number));
  const [thing, ...at] = numbers.at(-1) ?? [first.thing, ...first.at];
  const state = { street, thing, at, step: Number(step), show: show === "map" ? show : Number(show), smooth: how === "s", placed: numbers };
  return moved(state, street, settings);
}
