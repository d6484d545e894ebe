// The options of a layer as controls, made anew when the layer changes and told its values after.

/** `on(name, value)` is called with the text of a field or a choice, or with true or false. */
export function options(page, on) {
  const { el, labeled, choice, t } = page;
  const place = el("div", { class: "options several" });
  let made = new Map(), drawn = "";

  function control({ name, control: kind, choices, value, rule }) {
    if (kind === "check") {
      const box = el("input", { type: "checkbox", checked: value, onchange: () => on(name, box.checked) });
      return [box, el("label", { class: "check", title: rule }, box, el("span", { class: "mono" }, name))];
    }
    if (kind === "choice") {
      const list = choice(choices.map((word) => [word, word]), value, (word) => on(name, word));
      return [list, labeled(name, list, rule)];
    }
    const field = el("input", { type: "text", value, autocomplete: "off", autocapitalize: "off", spellcheck: "false", oninput: () => on(name, field.value) });
    return [field, labeled(name, field, rule)];
  }

  function update(list, field) {
    const names = list.map(({ name, control: kind }) => `${name}:${kind}`).join();
    if (names !== drawn || !place.childNodes.length) {
      drawn = names;
      const pairs = list.map((option) => [option.name, control(option)]);
      made = new Map(pairs.map(([name, [node]]) => [name, node]));
      place.replaceChildren(...(pairs.length ? pairs.map(([, [, label]]) => label) : [el("p", { class: "muted small whole" }, t("layers.noOptions"))]));
    } else {
      for (const { name, control: kind, value } of list) {
        const node = made.get(name);
        if (node === document.activeElement) continue;
        if (kind === "check") node.checked = value;
        else node.value = value;
      }
    }
    mark(field);
  }

  /** Mark the control that an error is about: "options.stride"; null: none. */
  function mark(field) {
    for (const [name, node] of made) node.setAttribute("aria-invalid", String(field === `options.${name}`));
  }

  /** Forget the controls: another layer comes. */
  const clear = () => {
    drawn = "";
    place.replaceChildren();
  };
  return { place, update, mark, clear };
}
