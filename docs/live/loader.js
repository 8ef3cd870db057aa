// The only script that a page with live figures loads by itself.
// A figure's own modules arrive when it comes near the viewport, or on a click.
import { h, speaker } from "./dom.js";

const fetched = new Map(); // a page may have many figures, and asks once for what they share
function json(path) {
  if (!fetched.has(path)) fetched.set(path, fetch(new URL(path, import.meta.url)).then((answer) => answer.json()));
  return fetched.get(path);
}

async function start(element) {
  if (element.getAttribute("state")) return;
  element.setAttribute("state", "loading");
  const folder = element.localName.slice("cnn-".length);
  try {
    const [{ mount }, words, settings] = await Promise.all([
      import(`./${folder}/view.js`),
      json("words.json"),
      json(`./${folder}/settings.json`),
    ]);
    await mount(element, settings, speaker(words));
    element.setAttribute("state", "ready");
  } catch (error) {
    element.setAttribute("state", "failed"); // the static figure stays
    console.error(element.localName, error);
  }
}

async function offer(element) {
  const _ = speaker(await json("words.json"));
  const begin = () => {
    button.remove();
    start(element);
  };
  const button = h("button", { type: "button", class: "live-start", onclick: begin }, _("Try it yourself"));
  element.append(button);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      start(target);
    }
  },
  { rootMargin: "200px" },
);

class LiveFigure extends HTMLElement {
  connectedCallback() {
    if (location.hash.startsWith(`#${this.localName.slice("cnn-".length)}=`)) {
      start(this).then(() => this.scrollIntoView());
    } else if (this.getAttribute("start") === "click" || navigator.connection?.saveData) {
      offer(this);
    } else {
      near.observe(this);
    }
  }
}

const waiting = [...document.querySelectorAll(":not(:defined)")].map((element) => element.localName);
for (const name of new Set(waiting.filter((name) => name.startsWith("cnn-")))) {
  customElements.define(name, class extends LiveFigure {});
}
