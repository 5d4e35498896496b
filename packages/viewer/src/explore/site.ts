// All files of an explorer: the page, its scripts, the generator as .onnx. They are served, or written into a folder.
import { basename, resolve } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import {
  chosenLevels,
  drawsFunctions,
  functionsModel,
  pageLevels,
  parameterCount,
  refuseDiffusion,
  type Trained,
} from "@imagefn/runs";
import { builtFiles, type Site, text } from "../site.js";
import type { About } from "./about.js";
import { factsOf } from "./facts.js";
import { explorerPage } from "./page.js";
import { explorerStyle } from "./style.js";

/**
 * The explorer of a run as a site: a page in which the run's generator makes image functions and draws them as the
 * reader zooms and pans. It takes 15 MB and the size of the generator. The files refer to each other by relative
 * addresses, and to nothing else.
 * @param trained the run with the weights to use, as `openTrained` of @imagefn/runs gives it
 * @throws ImagefnError `diffusion-run` for a diffusion model, `no-functions` if the run's generator makes images of one size instead of image functions
 */
export async function explorerSite(trained: Trained): Promise<Site> {
  const { run, generator, classes, step } = trained;
  const { config } = run;
  if (!drawsFunctions(generator)) {
    const { kind } = config.generator;
    throw new ImagefnError(
      "no-functions",
      `the run ${quoted(run.path)} trains generator.kind ${kind}, which makes images of one size and no image functions to explore.`,
      { path: run.path, kind },
    );
  }
  refuseDiffusion(run, "the explorer");
  const about: About = {
    name: basename(resolve(run.path)),
    step,
    parameters: parameterCount(generator),
    size: config.data.size,
    shape: generator.shape,
    seed: config.seed,
    classes,
    architecture: generator.config.inr,
    parameterisation: config.train.parameterisation,
    levels: pageLevels(config, (steps) => chosenLevels(trained, steps).levels),
  };
  return new Map([
    ["index.html", text("text/html; charset=utf-8", explorerPage(about.name, factsOf(about)))],
    ["style.css", text("text/css; charset=utf-8", explorerStyle)],
    ["run.json", text("application/json", JSON.stringify(about))],
    ["generator.onnx", { type: "application/octet-stream", bytes: functionsModel(trained, generator) }],
    ...builtFiles("explorer"),
  ]);
}
