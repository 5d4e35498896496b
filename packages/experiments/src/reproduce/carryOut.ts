// Carries experiments out: trains what is not trained yet, measures, judges, draws, and writes each one's folder.
import { basename } from "node:path";
import { cleanInterrupt, ImagefnError } from "@imagefn/base";
import type { Config } from "@imagefn/runs";
import { type Claim, type Contender, type Experiment, isRunnable } from "./experiment.js";
import type { Judgement } from "./judge.js";
import type { Lab, Subject } from "./lab.js";
import type { Measured, Results } from "./measured.js";
import { type Clock, planClock, type Task, trainingSeconds } from "./plan.js";
import type { Recipes } from "./recipes.js";
import { isTrained, runPlace, trainRun } from "./runs.js";
import type { Table } from "./tables.js";
import { writeExperiment } from "./write.js";

/** A figure as it was written. */
export interface Drawn {
  readonly name: string;
  readonly caption: string;
  /** PNG file. */
  readonly png: string;
}

/** What became of an experiment. */
export interface Outcome {
  readonly experiment: Experiment;
  readonly results: Results;
  readonly tables: readonly Table[];
  readonly claims: readonly (Pick<Claim, "by" | "text"> & Judgement)[];
  readonly figures: readonly Drawn[];
  /** The run of each contender: its folder's name under runs/, and its steps. */
  readonly runs: readonly { readonly label: string; readonly run: string }[];
}

interface Planned {
  readonly experiment: Experiment;
  readonly contenders: readonly Contender[];
  /** Configurations that no earlier experiment trains, and for each whether its run is finished. */
  readonly train: readonly { readonly task: Task; readonly config: Config; readonly finished: boolean }[];
  readonly measure: readonly Task[];
}

/** What there is to do, each run once; `isDone` tells which runs need no time any more. */
export async function plan(
  lab: Pick<Lab, "out" | "count" | "seconds">,
  recipes: Recipes,
  chosen: readonly Experiment[],
  isDone: typeof isTrained = isTrained,
): Promise<Planned[]> {
  const seen = new Set<string>();
  const all: Planned[] = [];
  for (const experiment of chosen) {
    const contenders = await experiment.contenders(recipes);
    const train = [];
    for (const { config } of contenders) {
      if (!isRunnable(config)) continue;
      const place = runPlace(lab.out, config);
      if (seen.has(place)) continue;
      seen.add(place);
      const what = `train ${basename(place)} (${config.train.steps} steps)`;
      const finished = await isDone(lab.out, config);
      train.push({
        task: { what, seconds: finished ? 0 : trainingSeconds(config, recipes.scale) },
        config,
        finished,
      });
    }
    const measure = contenders.flatMap((contender) => {
      const { config, label, size, steps } = contender;
      if (!isRunnable(config)) return [];
      const seconds = experiment.measures.map((one) => {
        const what = `${one.name} of ${runPlace(lab.out, config)} at ${size ?? config.data.size} in ${steps ?? 1}`;
        if (seen.has(what)) return 0;
        seen.add(what);
        return one.seconds(lab, contender);
      });
      return [{ what: `${experiment.name}: measure ${label}`, seconds: seconds.reduce((a, b) => a + b, 1) }];
    });
    all.push({ experiment, contenders, train, measure });
  }
  return all;
}

/** Carries out everything that is planned; `onOutcome` is told of each experiment as soon as it is written. */
export async function carryOut(
  lab: Lab,
  planned: readonly Planned[],
  onOutcome: (outcome: Outcome) => Promise<void> | void,
): Promise<Outcome[]> {
  const clock = planClock(
    planned.flatMap(({ train, measure }) => [...train.map(({ task }) => task), ...measure]),
  );
  const outcomes: Outcome[] = [];
  /** Errors by run: one that fails, as where the loss stops being a number, does not keep the others from going on. */
  const failures = new Map<string, ImagefnError>();
  for (const one of planned) {
    for (const { task, config, finished } of one.train) {
      // The training process writes a checkpoint on Ctrl-C; this one only waits for it.
      if (!finished) {
        lab.progress.message(clock.next(task));
        await trainRun(lab.out, config).catch((error) => {
          if (!(error instanceof ImagefnError) || error.code !== "training-failed") throw error;
          failures.set(runPlace(lab.out, config), error);
        });
      }
      clock.done(task, finished);
    }
    const undo = cleanInterrupt();
    try {
      const outcome = await measureAndWrite(lab, one, clock, failures);
      outcomes.push(outcome);
      await onOutcome(outcome);
    } finally {
      undo();
    }
  }
  return outcomes;
}

async function measureAndWrite(
  lab: Lab,
  { experiment, contenders, measure }: Planned,
  clock: Clock,
  failures: ReadonlyMap<string, ImagefnError>,
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
    lab.progress.message(clock.next(task));
    const subject = lab.subject(contender, config, place);
    subjects.push(subject);
    const found: Measured = {
      kind: config.generator.kind,
      size: config.data.size,
      batch: config.train.batch,
    };
    results[label] = await experiment.measures.reduce<Promise<Measured>>(async (before, one) => {
      const sofar = await before;
      const more = await one.measure(subject, lab);
      return { ...sofar, ...more, ...(sofar.scores ? { scores: { ...sofar.scores, ...more.scores } } : {}) };
    }, Promise.resolve(found));
    lab.progress.done();
    clock.done(task);
  }
  // Nothing to show: the reason is the same for all of them.
  const [failure] = failures.values();
  if (subjects.length === 0 && failure) throw failure;
  const claims = experiment.claims.map(({ by, text, judge }) => ({ by, text, ...judge(results, lab.scale) }));
  return writeExperiment(lab, {
    experiment,
    results,
    claims,
    tables: experiment.tables(results, lab.scale),
    runs: subjects.map(({ contender, folder }) => ({ label: contender.label, run: basename(folder) })),
    subjects,
  });
}
