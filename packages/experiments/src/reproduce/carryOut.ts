// Carries experiments out: trains what is not trained yet, measures, judges, draws, and writes each one's folder.
import { basename } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import { type Clock, planClock } from "./clock.js";
import { isRunnable } from "./contender.js";
import { measuresOf } from "./experiment.js";
import type { Lab, Subject } from "./lab.js";
import type { Measured } from "./measured.js";
import type { Outcome } from "./outcome.js";
import type { Planned } from "./plan.js";
import { runPlace, trainRun } from "./runs.js";
import { writeExperiment } from "./write.js";

/** Errors by run folder. A run that fails, for instance because its loss becomes NaN, does not stop the others. */
type Failures = Map<string, ImagefnError>;

/** Carries out everything that is planned. `onOutcome` gets each experiment as soon as it is written. */
export async function carryOut(
  lab: Lab,
  planned: readonly Planned[],
  onOutcome: (outcome: Outcome) => Promise<void> | void = () => {},
): Promise<Outcome[]> {
  const clock = planClock(
    planned.flatMap(({ train, measure }) => [...train.map(({ task }) => task), ...measure]),
  );
  const outcomes: Outcome[] = [];
  const failures: Failures = new Map();
  for (const one of planned) {
    await train(lab, one, clock, failures);
    const outcome = await measureAndWrite(lab, one, clock, failures);
    outcomes.push(outcome);
    await onOutcome(outcome);
  }
  return outcomes;
}

async function train(lab: Lab, planned: Planned, clock: Clock, failures: Failures): Promise<void> {
  for (const { task, config, finished } of planned.train) {
    if (!finished) {
      lab.message(clock.next(task));
      const place = runPlace(lab.out, config);
      await trainRun(lab.out, config, lab.listener).catch((error) => {
        // The folder of another configuration is the caller's to sort out; an abort is no `ImagefnError`.
        if (!(error instanceof ImagefnError) || error.code === "other-settings") throw error;
        lab.message(`training failed in ${quoted(place)}: ${error.message}`);
        failures.set(place, error);
      });
    }
    clock.done(task, finished);
  }
}

async function measureAndWrite(
  lab: Lab,
  { experiment, contenders, measure }: Planned,
  clock: Clock,
  failures: Failures,
): Promise<Outcome> {
  const results: Record<string, Measured> = {};
  const subjects: Subject[] = [];
  const tasks = measure[Symbol.iterator]();
  for (const contender of contenders) {
    const { config, label } = contender;
    if (!isRunnable(config)) {
      results[label] = { missing: config.missing };
      continue;
    }
    const task = tasks.next().value!;
    const place = runPlace(lab.out, config);
    if (failures.has(place)) {
      results[label] = { missing: "training failed" };
      clock.done(task, true);
      continue;
    }
    lab.message(clock.next(task));
    const subject = lab.subject(contender, config, place);
    if (!contender.untrained) subjects.push(subject);
    const { kind } = config.generator;
    let found: Measured = { kind, size: config.data.size, batch: config.train.batch };
    for (const one of measuresOf(experiment, contender)) {
      lab.throwIfAborted();
      const more = await one.measure(subject, lab);
      found = { ...found, ...more, ...(found.scores ? { scores: { ...found.scores, ...more.scores } } : {}) };
    }
    results[label] = found;
    clock.done(task);
  }
  // Nothing to show: the reason is the same for all of them.
  const [failure] = failures.values();
  if (subjects.length === 0 && failure) throw failure;
  return writeExperiment(lab, subjects, {
    experiment,
    results,
    claims: experiment.claims.map(({ by, text, judge }) => ({ by, text, ...judge(results, lab.scale) })),
    tables: experiment.tables(results, lab.scale),
    runs: subjects.map(({ contender, folder }) => ({ label: contender.label, run: basename(folder) })),
  });
}
