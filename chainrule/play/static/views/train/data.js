// A run as the page has it: what the channel or a run folder says, in one form.

const SERIES = ["points", "probes", "epoch", "checks", "rates", "warning"];

export const empty = () => ({ name: null, points: [], probes: [], epoch: [], rates: [], checks: [], warning: [], kept: [0], state: null, at: null, setup: null, look: null, verdicts: null, advice: null, layers: null });

/** The run of the channel with the events of one message. */
export function take(live, { after, events }) {
  const run = after === "" ? empty() : live;
  for (const [kind, data] of events) {
    if (SERIES.includes(kind)) {
      const last = run[kind].at(-1), first = data[0];
      // steps that a resume takes again replace those that were there
      const step = (row) => (Array.isArray(row) ? row[0] : row?.step);
      if (last && step(first) !== undefined && step(first) <= step(last)) run[kind] = run[kind].filter((row) => step(row) < step(first));
      run[kind] = run[kind].concat(data);
    } else if (kind === "kept") run.kept = [0, ...data.filter((step) => step > 0)];
    else if (kind === "run") run.name = data;
    else run[kind] = data;
  }
  return run;
}

/** A run from its folder. */
export function fromFolder(found) {
  const last = found.epoch.at(-1), epochs = Number(found.epochs);
  const at = last && Number.isFinite(epochs) ? { step: last.step, epoch: last.epoch, epochs, steps: Math.round((last.step / last.epoch) * epochs), seconds: Number(last.seconds ?? 0), lr: Number(last.lr) } : null;
  return { ...empty(), ...found, at, state: { phase: found.finished ? "finished" : "stopped", accuracy: found.accuracy } };
}

export const BUSY = ["starting", "preparing", "training", "paused", "testing", "stopping"];
export const phase = (run) => run?.state?.phase ?? "none";

const finite = (v) => (v === null || v === undefined ? null : Number(v));

/** The lines of each chart. */
export function lines(run) {
  const column = (rows, i) => rows.map((row) => [row[0], finite(row[i])]);
  const epochs = (key) => run.epoch.filter((row) => row[key] !== null && row[key] !== undefined).map((row) => [row.step, Number(row[key])]);
  return {
    loss: column(run.points, 1),
    accuracy: column(run.points, 2),
    lr: column(run.points, 3),
    ratio: column(run.probes, 1),
    dead: column(run.probes, 2),
    validationLoss: epochs("validation_loss"),
    validationAccuracy: epochs("validation_accuracy"),
  };
}
