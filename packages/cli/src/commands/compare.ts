// `imagefn compare`: several generators on the same data and from the same noise, as one picture and one table.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cleanInterrupt, makeFolder, pngBytes, sheet, writeAtomic } from "@imagefn/base";
import {
  atSize,
  type Contestant,
  chart,
  type FigureRow,
  figureOfRows,
  lossCurves,
  markdown,
  openAll,
  type Row,
  rasterize,
  rates,
  trainingFigures,
} from "@imagefn/experiments";
import {
  checkConfig,
  defaultPreset,
  drawn,
  engineOf,
  enlargement,
  type GeneratorKind,
  generatorKinds,
  labelsOf,
  parameterCount,
  readLog,
  resolveConfig,
  sampler,
  trainInto,
} from "@imagefn/runs";
import { UsageError, UserError } from "../errors.js";
import type { CompareOptions } from "../options/compare.js";
import { requestLayers } from "../options/configOptions.js";
import { createProgress } from "../progress.js";

export async function run(options: CompareOptions): Promise<void> {
  const { paths, out } = await contestants(options);
  cleanInterrupt();
  makeFolder(out);
  const all = await openAll(paths);
  refuseUnlike(all);
  const progress = createProgress();
  const { config } = all[0].trained.run;
  const { engine, why } = await engineOf({
    engine: { name: options.engine ?? config.engine.name, threads: options.threads ?? config.engine.threads },
  });
  progress.message(`comparing ${all.map(({ label }) => label).join(", ")}; engine ${engine.name} (${why})`);

  const { size } = config.data;
  const seed = options.seed ?? config.seed;
  const figure: FigureRow[] = [];
  const table: Row[] = [];
  const logs: { label: string; log: ReturnType<typeof readLog> }[] = [];
  for (const [i, { label, trained }] of all.entries()) {
    const at = (what: string) =>
      progress.update({ phase: `${label} ${what}`, step: i, total: all.length, unit: "generators" });
    at("samples");
    const own = await sampler(engine, trained.generator, trained.weights);
    const labels = labelsOf(trained.classes, options.count);
    const samples = await own.samples({ count: options.count, seed, labels });
    await own.dispose();
    const parameters = parameterCount(trained.generator);
    const whole = sheet(
      samples.map((one) => drawn(engine, one, [size, size])),
      { width: size, height: size, columns: options.count, scale: enlargement(size) },
    );
    figure.push({
      label,
      note: `${(parameters / 1e6).toPrecision(3)} M`,
      png: await pngBytes(whole, whole.rows),
      width: whole.width,
      height: whole.height,
    });
    const log = existsSync(trained.run.log) ? readLog(trained.run.log) : [];
    logs.push({ label, log });
    table.push({
      label,
      parameters,
      batch: trained.run.config.train.batch,
      ...trainingFigures(log),
      ...(await rates(engine, trained.run.config, trained.classes.length, {
        seconds: options.seconds,
        onProgress: at,
      })),
    });
  }
  progress.done();

  const text = markdown(table, size);
  const files: [string, string | Uint8Array][] = [
    ["samples.png", rasterize(figureOfRows(figure))],
    ["table.md", `${text}\n`],
    ["table.json", `${JSON.stringify({ seed, size, engine: engine.name, rows: table }, null, 2)}\n`],
  ];
  if (logs.some(({ log }) => log.length > 0)) {
    const curves = await chart(lossCurves(logs));
    files.push(["loss.svg", curves], ["loss.png", rasterize(curves, 2)]);
  }
  for (const [name, content] of files)
    await writeAtomic(join(out, name), typeof content === "string" ? Buffer.from(content) : content);
  process.stdout.write(`${text}\n\n`);
  for (const [name] of files) process.stdout.write(`${join(out, name)}\n`);
}

/** The run folders to compare, trained first where a configuration was named, and where the results go. */
async function contestants(options: CompareOptions): Promise<{ paths: string[]; out: string }> {
  const { what, generators = [...generatorKinds], out, count: _, seconds: __, ...request } = options;
  const runs = what.filter((path) => existsSync(join(path, "config.yaml")));
  if (runs.length > 0) {
    if (runs.length < what.length)
      throw new UserError(
        `${what.find((path) => !runs.includes(path))} is not a run folder, and ${runs[0]} is one: ` +
          "compare run folders, or give one preset or YAML file to train.",
      );
    const idle = (["minutes", "steps", "quick", "data", "set", "generators"] as const).find(
      (name) => options[name] !== undefined,
    );
    if (idle !== undefined)
      throw new UsageError(
        `--${idle} is of use when runs are trained, and ${runs[0]} has been. Leave it out.`,
      );
    return { paths: runs, out: out ?? join("compare", "runs") };
  }
  if (what.length > 1)
    throw new UsageError(
      `${what.join(" and ")}: expected run folders, or a single preset or YAML file that the generators train with.`,
    );
  const config = what[0] ?? defaultPreset;
  const configs = generators.map((generator) =>
    resolveConfig(config, requestLayers({ ...request, generator })),
  );
  const folder = out ?? join("compare", configs[0].name);
  makeFolder(folder);
  const place = (kind: GeneratorKind) => join(folder, kind);
  for (const one of configs) await trainInto(place(one.generator.kind), one);
  return { paths: generators.map(place), out: folder };
}

/** Rows of one picture need one size; a rate needs networks of the other sizes. */
function refuseUnlike(all: readonly Contestant[]): void {
  const [first, ...others] = all.map(({ trained }) => trained.run);
  const other = others.find(({ config }) => config.data.size !== first.config.data.size);
  if (other !== undefined)
    throw new UserError(
      `${first.path} makes images of ${first.config.data.size} pixels and ${other.path} of ${other.config.data.size}: ` +
        "the same noise cannot be given to both. Compare runs of one size.",
    );
  for (const { trained } of all)
    for (const side of [32, 64, 128]) {
      const [problem] = checkConfig(atSize(trained.run.config, side));
      if (problem)
        throw new UserError(
          `${trained.run.path} has no network of ${side} pixels to compare speeds with: ${problem.path} ${problem.message}.`,
        );
    }
}
