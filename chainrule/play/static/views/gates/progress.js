// What is known after so many steps, and how numbers are written.

/** How many steps there are: the gates forward; the output's gradient, then the gates backward. */
export const forwardSteps = (data) => data.forward.length;
export const allSteps = (data) => data.forward.length + data.backward.length + (data.stopped ? 1 : 0);

/**
 * After `position` steps: the nodes whose values are known; the gradients by node; what was sent
 * back, by "gate:port"; what has arrived at each node so far; the gate of the last step; and
 * `stopped`, whether that step was the one that cannot be taken.
 */
export function progress(data, position) {
  const values = new Set(data.nodes.keys()), gradients = new Map(), sent = new Map(), arrived = new Map();
  const forward = Math.min(position, data.forward.length);
  for (const node of data.forward.slice(forward)) values.delete(node);
  const back = data.backward.slice(0, Math.max(0, position - data.forward.length));
  for (const step of back) {
    step.flows.forEach((flow, port) => {
      sent.set(`${step.node}:${port}`, flow.downstream);
      arrived.set(flow.input, [...(arrived.get(flow.input) ?? []), { from: step.node, value: flow.downstream }]);
    });
    for (const known of step.known) gradients.set(known.node, known);
  }
  const stopped = data.stopped !== null && position === allSteps(data);
  const phase = position === 0 ? "start" : position <= data.forward.length ? "forward" : "backward";
  let current = null;
  if (stopped) current = data.stopped.node;
  else if (phase === "forward") current = data.forward[position - 1];
  else if (phase === "backward") current = back.at(-1).node ?? data.output;
  return { values, gradients, sent, arrived, current, phase, stopped, done: new Set(back.map((step) => step.node)) };
}

/** Significant digits without padding, as chainrule.circuit writes them. */
export function show(value, digits = 4) {
  const x = Number(value);
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace("-", "−");
  const power = Number(exponent);
  if (power < -4 || power >= digits) return `${trimmed(mantissa)}e${power}`.replace("-", "−");
  return trimmed(x.toFixed(digits - 1 - power));
}

/** The same after an operator: 3 × (−4). */
export const term = (text) => (text.startsWith("−") ? `(${text})` : text);

/** How many gates use a node, a gate that uses it twice counted twice. */
export const usesOf = (data, node) => data.nodes.reduce((sum, gate) => sum + gate.inputs.filter((x) => x === node).length, 0);
