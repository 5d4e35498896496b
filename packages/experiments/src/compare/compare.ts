// Several generators on the same data and from the same noise, as one picture, one table and the loss curves.
import { join } from "node:path";
import { ImagefnError, makeFolder, quoted, writeAtomic } from "@imagefn/base";
import { type Config, checkConfig, engineOf, trainInto } from "@imagefn/runs";
import { chart } from "../figure/chart.js";
import { curves } from "../figure/curves.js";
import { rasterize } from "../figure/raster.js";
import { figureOfRows } from "../figure/rows.js";
import { type Listener, report } from "../listener.js";
import { type Contestant, openAll, runFolders } from "./contestants.js";
import { losses } from "./losses.js";
import { type Measured, measure } from "./measure.js";
import { atSize, SIZES } from "./rates.js";
import { markdown, type Row } from "./table.js";

/** What is compared, and how. */
export interface CompareOptions extends Listener {
  /** Finished run folders. Give these or `train`. */
  readonly runs?: readonly string[];
  /**
   * Configurations, one for each generator. Each is trained into a folder of `out` named by its generator, in a process of
   * its own; a run that was stopped is resumed, and a finished one is left as it is.
   */
  readonly train?: readonly Config[];
  /** The folder of the results. */
  readonly out: string;
  /** Samples in each row of the picture. Default 10. */
  readonly count?: number;
  /** Seconds for which each sampling speed is measured. Default 3. */
  readonly seconds?: number;
  /** Seed of the noise. Default: the first run's. */
  readonly seed?: number;
  /** What runs the networks when they are measured. Default: the first run's. */
  readonly engine?: Config["engine"]["name"];
  /** CPU threads, 0 for all. Default: the first run's. */
  readonly threads?: number;
}

/** The results of a comparison. */
export interface Comparison {
  readonly rows: readonly Row[];
  /** The rows as a Markdown table. */
  readonly table: string;
  /** The files written: `samples.png`, `table.md`, `table.json`, and `loss.svg` and `loss.png` if the runs have logs. */
  readonly files: readonly string[];
  /** The folders of the runs. */
  readonly runs: readonly string[];
}

/**
 * Trains generators on the same data, or takes finished runs; samples all of them from the same noise, measures their speed,
 * and writes one picture, one table and the loss curves to `out`.
 *
 * Throws `ImagefnError`: `invalid-option` without runs, `invalid-data` where the runs have different training sizes,
 * `invalid-config` where a generator has no network of 32, 64 or 128 pixels, and those of `trainInto` and `openTrained`.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { out, count = 10, seconds = 3, signal, onMessage } = options;
  const runs = await contestants(options);
  makeFolder(out);
  const all = await openAll(runs);
  refuseUnlike(all);
  const { config } = all[0].trained.run;
  const { engine, why } = await engineOf({
    engine: { name: options.engine ?? config.engine.name, threads: options.threads ?? config.engine.threads },
  });
  onMessage?.(`comparing ${all.map(({ label }) => label).join(", ")}; engine ${engine.name} (${why})`);

  const seed = options.seed ?? config.seed;
  const measured: Measured[] = [];
  for (const [step, contestant] of all.entries())
    measured.push(
      await measure(engine, contestant, {
        count,
        seed,
        seconds,
        signal,
        at: (what) =>
          report(options, {
            phase: `${contestant.label} ${what}`,
            step,
            total: all.length,
            unit: "generators",
          }),
      }),
    );
  const rows = measured.map(({ row }) => row);
  const { size } = config.data;
  const table = markdown(rows, size);
  const files: [string, string | Uint8Array][] = [
    ["samples.png", rasterize(figureOfRows(measured.map(({ picture }) => picture)))],
    ["table.md", `${table}\n`],
    ["table.json", `${JSON.stringify({ seed, size, engine: engine.name, rows }, null, 2)}\n`],
  ];
  const spec = curves(
    measured.map(({ row: { label }, log }) => ({ label, points: losses(log) })),
    { y: "loss", log: true },
  );
  if (spec) {
    const svg = await chart(spec);
    files.push(["loss.svg", svg], ["loss.png", rasterize(svg, 2)]);
  }
  for (const [name, content] of files) await writeAtomic(join(out, name), content);
  return { rows, table, files: files.map(([name]) => join(out, name)), runs };
}

/** The run folders to compare, trained first where configurations were given. */
async function contestants(options: CompareOptions): Promise<readonly string[]> {
  const { runs = [], train = [], out, onProgress, onMessage, signal } = options;
  if (runs.length > 0 === train.length > 0)
    throw new ImagefnError(
      "invalid-option",
      `runs: compare takes finished runs or configurations to train (got ${runs.length} runs and ${train.length} ` +
        "configurations, expected some of one kind)",
      { option: "runs" },
    );
  if (runs.length > 0) return runs;
  makeFolder(out);
  const folders = runFolders(out, train);
  for (const [i, config] of train.entries()) {
    signal?.throwIfAborted();
    await trainInto(folders[i], config, { onProgress, onMessage, signal });
  }
  return folders;
}

/** Rows of one picture need one size; a rate needs networks of the other sizes. */
function refuseUnlike(all: readonly Contestant[]): void {
  const [first, ...others] = all.map(({ trained }) => trained.run);
  const other = others.find(({ config }) => config.data.size !== first.config.data.size);
  if (other !== undefined)
    throw new ImagefnError(
      "invalid-data",
      `${quoted(first.path)} makes images of ${first.config.data.size} pixels and ${quoted(other.path)} of ${other.config.data.size}: ` +
        "they cannot start from the same noise. Compare runs of one size.",
      { paths: [first.path, other.path], sizes: [first.config.data.size, other.config.data.size] },
    );
  for (const { trained } of all)
    for (const side of SIZES) {
      const [problem] = checkConfig(atSize(trained.run.config, side));
      if (problem)
        throw new ImagefnError(
          "invalid-config",
          `${quoted(trained.run.path)} has no network of ${side} pixels to compare speeds with: ${problem.path} ${problem.message}.`,
          { path: trained.run.path, field: problem.path },
        );
    }
}
