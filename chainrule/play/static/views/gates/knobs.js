// The inputs of the expression: a field and a slider each. They are made once for their names and
// told the numbers from then on, so that what is typed or dragged stays under the hand.
import { show } from "./progress.js";

const typed = (text) => {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return plain === "" || Number.isNaN(Number(plain)) ? text : Number(plain);
};

/** `on(name, value)` is called for a new number, or for the text that is none. */
export function knobs(page, on) {
  const { el, t } = page;
  const place = el("div", {});
  let rows = new Map();

  function row(name, value) {
    const reach = Math.max(5, 2 * Math.abs(value));
    const field = el("input", { type: "text", autocomplete: "off", "aria-label": t("gates.valueOf", { name }), value: String(value) });
    const slider = el("input", { type: "range", min: -reach, max: reach, step: reach / 50, "aria-label": t("gates.sliderOf", { name }), value });
    const slope = el("span", { class: "slope" });
    field.addEventListener("input", () => on(name, typed(field.value)));
    slider.addEventListener("input", () => on(name, Number(Number(slider.value).toPrecision(6))));
    place.append(el("div", { class: "knob", dataset: { name } }, el("span", { class: "name", title: name }, name), field, slider, slope));
    return { field, slider, slope };
  }

  /** The inputs are `list` of {name, value, node}; `gradient(node)` is a number, or undefined. */
  function update(list, gradient) {
    const names = list.map(({ name }) => name);
    if (names.join("\n") !== [...rows.keys()].join("\n")) {
      place.replaceChildren();
      rows = new Map(list.map(({ name, value }) => [name, row(name, value)]));
    }
    for (const { name, value, node } of list) {
      const { field, slider, slope } = rows.get(name);
      if (typed(field.value) !== value) field.value = String(value);
      if (document.activeElement !== slider) {
        if (Math.abs(value) > Number(slider.max)) {
          slider.min = -2 * Math.abs(value);
          slider.max = 2 * Math.abs(value);
        }
        slider.value = value;
      }
      const known = gradient(node);
      slope.replaceChildren(el("span", { class: "muted small" }, `∂f/∂${name} = `), el("span", { class: known === undefined ? "q" : "g" }, known === undefined ? "?" : show(known)));
    }
  }

  /** Mark the field of `name` as wrong; null: none of them. */
  function invalid(name) {
    for (const [each, { field }] of rows) field.setAttribute("aria-invalid", String(each === name));
  }
  return { place, update, invalid };
}
