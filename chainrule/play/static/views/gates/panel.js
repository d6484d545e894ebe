// All the numbers of one node: its value, the gradient that arrived, what it sends back, the checks.
import { show, term, usesOf } from "./progress.js";

/** The lines about `node` after the steps that `known` sums up. */
export function panel(page, data, known, node) {
  const { el, t } = page, it = data.nodes[node];
  const lines = [el("h3", {}, it.kind === "gate" ? `${it.name} = ${it.written}` : it.name)];
  if (it.kind === "gate") lines.push(el("p", { class: "formula" }, it.formula.split(/ {2,}/).map((part) => el("span", {}, part))));
  const note = it.gate ? t(`gates.note${it.gate}`) : "";
  if (note && !note.startsWith("gates.")) lines.push(el("p", { class: "muted" }, note));

  const value = known.values.has(node) ? number(el, "v", it.value) : unknown(el);
  const from = it.kind === "gate" && known.values.has(node) ? el("span", {}, `${it.numbers.replaceAll("-", "−")} = `) : null;
  lines.push(line(el, t("gates.value"), from, value));
  lines.push(line(el, t(it.kind === "gate" ? "gates.upstream" : "gates.gradient"), ...sum(el, data, known, node)));
  if (known.gradients.has(node)) lines.push(line(el, t("gates.numeric"), ...checked(page, it.check)));
  if (it.kink) lines.push(el("p", { class: "note warn" }, t("gates.kinkRule", { rule: it.kink })));
  if (it.kind === "gate") lines.push(flows(page, data, known, node));
  if (known.stopped && node === data.stopped.node) lines.push(el("p", { class: "note bad" }, data.stopped.sentence));
  return el("div", { class: "lines" }, lines);
}

const number = (el, kind, value, digits) => el("span", { class: kind }, show(value, digits));
const unknown = (el) => el("span", { class: "q" }, "?");
const line = (el, name, ...content) => el("p", { class: "sum" }, el("span", { class: "muted" }, `${name} `), ...content);

/** What has arrived at a node: one number, or several being added, those to come as "?". */
function sum(el, data, known, node) {
  if (node === data.output) return [known.gradients.has(node) ? number(el, "g", 1) : unknown(el)];
  const parts = known.arrived.get(node) ?? [], uses = usesOf(data, node);
  if (uses < 2) return [parts.length ? number(el, "g", parts[0].value) : unknown(el)];
  const terms = Array.from({ length: uses }, (_, i) =>
    (i < parts.length ? el("span", { class: "g" }, i ? term(show(parts[i].value)) : show(parts[i].value)) : unknown(el)));
  const total = known.gradients.has(node) ? number(el, "g", known.gradients.get(node).gradient) : unknown(el);
  return [...terms.flatMap((part, i) => (i ? [" + ", part] : [part])), " = ", total];
}

/** The table of a gate: local × upstream = downstream, for each of its inputs. */
function flows(page, data, known, node) {
  const { el, t } = page, it = data.nodes[node];
  const step = data.backward.find((one) => one.node === node);
  const computed = known.values.has(node), done = known.done.has(node);
  const row = (x, port) => {
    const flow = step?.flows[port];
    const name = el("th", { scope: "row" }, data.nodes[x].name);
    const local = flow && computed ? show(flow.local) : "?";
    const upstream = known.gradients.has(node) ? show(known.gradients.get(node).gradient) : "?";
    const down = flow && done ? number(el, "g", flow.downstream) : unknown(el);
    return el("tr", {}, name,
      el("td", {}, `${local} × ${upstream === "?" ? "?" : term(upstream)} = `, down),
      el("td", {}, flow && computed ? checked(page, flow.check) : unknown(el)));
  };
  const head = ["gates.to", "gates.product", "gates.slopeCheck"].map((key) => el("th", { scope: "col" }, t(key)));
  return el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": t("gates.sendsBack") },
    el("table", {}, el("caption", { class: "unseen" }, t("gates.sendsBack")), el("thead", {}, el("tr", {}, head)), el("tbody", {}, it.inputs.map(row))));
}

/** A central difference with its verdict. */
function checked({ el, t }, check) {
  if (!check) return [el("span", { class: "q" }, "?")];
  if (check.problem) return [el("span", { class: "muted small problem" }, t("gates.noDifference", { problem: check.problem }))];
  const kind = check.verdict === "ok" ? "good" : check.verdict === "kink" ? "warn" : "bad";
  const error = t("gates.error", { error: show(check.error, 2) });
  return [`${show(check.numeric, 7)} `, el("span", { class: `chip ${kind}` }, t(`gates.${check.verdict}`)), el("span", { class: "muted small" }, ` ${error}`)];
}
