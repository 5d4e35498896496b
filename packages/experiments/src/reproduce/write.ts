// The folder of one experiment: its tables as Markdown and JSON, its figures as PNG and SVG.
import { join } from "node:path";
import { makeFolder, writeAtomic } from "@imagefn/base";
import { version } from "@imagefn/runs";
import { rasterize } from "../figure/raster.js";
import { markdownOf, sectionOf, standIns } from "./document.js";
import type { Lab, Subject } from "./lab.js";
import type { Drawn, Outcome } from "./outcome.js";

/** Draws the figures of an experiment, writes everything, and returns it with the figures. */
export async function writeExperiment(
  lab: Lab,
  subjects: readonly Subject[],
  found: Omit<Outcome, "figures">,
): Promise<Outcome> {
  const { experiment, results, tables, claims, runs } = found;
  const folder = join(lab.out, experiment.name);
  makeFolder(folder);
  const figures: Drawn[] = [];
  for (const { name, caption, draw } of experiment.figures) {
    lab.throwIfAborted();
    const svg = await draw({ lab, results, subjects });
    if (svg === undefined) continue;
    const path = (ending: string) => join(folder, `${name}.${ending}`);
    await writeAtomic(path("svg"), svg);
    // Pictures have the pixels they have; lines and letters are drawn finer.
    await writeAtomic(path("png"), rasterize(svg, svg.includes("<image") ? 1 : 2));
    figures.push({ name, caption, png: path("png") });
  }
  const outcome: Outcome = { ...found, figures };
  const json = {
    imagefn: version,
    experiment: experiment.name,
    paper: experiment.paper,
    scale: lab.scale,
    engine: lab.engine.name,
    images: lab.count,
    runs,
    tables,
    claims,
    results,
  };
  await writeAtomic(join(folder, "table.json"), `${JSON.stringify(json, null, 2)}\n`);
  await writeAtomic(
    join(folder, "table.md"),
    `${markdownOf([...sectionOf(outcome, { level: 1, pictures: "" }), ...standIns(lab.scale)])}\n`,
  );
  return outcome;
}
