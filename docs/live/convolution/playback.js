// Back, play and step: from place to place, by itself or with one press at a time.
import { iconButton } from "../controls.js";
import { h } from "../dom.js";

const PACE = 1100; // milliseconds per step

export class Playback {
  /** `step(by)` goes on by one place or back, `paused()` is called when it stops going by itself. */
  constructor(_, { step, paused }) {
    Object.assign(this, { _, step, paused, timer: 0 });
    const press = (by) => () => {
      this.pause();
      step(by);
    };
    this.button = iconButton("play", _("Play"), () => (this.timer ? this.pause() : this.#play()));
    const [back, on] = [iconButton("back", _("Back"), press(-1)), iconButton("step", _("Step"), press(1))];
    this.element = h("div", { class: "cv-playback" }, back.element, this.button.element, on.element);
  }

  #play() {
    this.timer = setInterval(() => (this.element.isConnected ? this.step(1) : this.pause()), PACE);
    this.button.show("pause", this._("Pause"));
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.button.show("play", this._("Play"));
    this.paused();
  }
}
