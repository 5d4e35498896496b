// What a comparison measures of one run: samples in one row, speed, and the figures of its log.
import { existsSync } from "node:fs";
import { pngBytes, sheet } from "@imagefn/base";
import type { Engine } from "@imagefn/ops";
import {
  drawn,
  enlargement,
  type LogEntry,
  labelsOf,
  parameterCount,
  readLog,
  sampler,
  samplingOf,
} from "@imagefn/runs";
import type { FigureRow } from "../figure/rows.js";
import { trainingFigures } from "../trainingFigures.js";
import type { Contestant } from "./contestants.js";
import { rates } from "./rates.js";
import type { Row } from "./table.js";

/** A run in the results of a comparison. */
export interface Measured {
  readonly row: Row;
  readonly picture: FigureRow;
  readonly log: readonly LogEntry[];
}

export interface MeasureOptions {
  /** Samples in its row. */
  readonly count: number;
  readonly seed: number;
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** Called before each part of the work. */
  at(what: string): void;
}

/** Samples of a run in one row, its speed, and the figures of its log. */
export async function measure(
  engine: Engine,
  { label, trained }: Contestant,
  { count, seed, seconds, signal, at }: MeasureOptions,
): Promise<Measured> {
  at("samples");
  const { config, log: path } = trained.run;
  const { size } = config.data;
  const own = await sampler(engine, trained.generator, trained.weights, samplingOf(config.train));
  const samples = await own.samples({ count, seed, labels: labelsOf(trained.classes, count) });
  await own.dispose();
  const whole = sheet(
    samples.map((one) => drawn(engine, one, [size, size])),
    { width: size, height: size, columns: count, scale: enlargement(size) },
  );
  const parameters = parameterCount(trained.generator);
  const log = existsSync(path) ? readLog(path) : [];
  return {
    picture: {
      label,
      note: `${(parameters / 1e6).toPrecision(3)} M`,
      png: await pngBytes(whole, whole.rows),
      width: whole.width,
      height: whole.height,
    },
    row: {
      label,
      parameters,
      batch: config.train.batch,
      ...trainingFigures(log),
      ...(await rates(engine, config, trained.classes.length, { seconds, signal, onProgress: at })),
    },
    log,
  };
}
