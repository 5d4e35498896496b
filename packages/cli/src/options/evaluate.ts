// The command line of `imagefn evaluate`.
import {
  defaultMetrics,
  type MetricName,
  metricNames,
  pairMetrics,
  resizeNames,
} from "@imagefn/metrics/names";
import type { Config } from "@imagefn/runs";
import { Option } from "commander";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { commaList, emaName, positiveInteger, repeated, seed } from "./values.js";

/** What `imagefn evaluate` is asked to do. */
export interface EvaluateOptions {
  /** A run folder, a folder of images, or a .npz file. */
  samples: string;
  /** The same, a preset or YAML file for its data, or a .npz file of statistics; the run's own data if left out. */
  against?: string;
  metrics?: MetricName[];
  count: number;
  referenceCount?: number;
  /** The images that were kept out of training, in place of the training images. */
  heldOut?: boolean;
  /** Pictures without a partner are left out of metrics of pairs. */
  skipUnmatched?: boolean;
  resize: (typeof resizeNames)[number];
  weights: string[];
  seed?: number;
  data?: string;
  ema?: "online" | number;
  saveStats?: string;
  /** The file of the report. */
  report?: string;
  engine?: Config["engine"]["name"];
  threads?: number;
}

const onRequest = metricNames.filter((name) => !defaultMetrics.includes(name));

export const evaluateLine: CommandLine<EvaluateOptions> = {
  define: (program) =>
    program
      .command("evaluate")
      .summary("measure samples: FID and others, where their weights are installed")
      .description(
        "Measures the samples of a run, or any images, against a reference set. A metric whose weights are missing is " +
          "reported as unavailable, with no substitute; `imagefn weights` lists the missing files. random-conv needs none: it " +
          "shows gross differences, such as wrong colours or missing texture, and cannot rank good models. Where no metric " +
          "could be measured, the exit code is 1.",
      )
      .argument("<samples>", `${RUN}; folder of images; or .npz file with arr_0 [count, height, width, 3]`)
      .option(
        "--against <reference>",
        "folder, .npz (images or statistics), or a preset, YAML file or run for its training images " +
          "(default: the training images of the run)",
      )
      .option(
        "--metrics <list>",
        `comma list of ${metricNames.join(", ")} (default: all but ${onRequest.join(", ")})`,
        commaList(metricNames),
      )
      .option("--count <number>", "images to measure", positiveInteger, 50_000)
      .option("--reference-count <number>", "images of the reference (default: all)", positiveInteger)
      .option("--held-out", "compare with the images kept out of training (data.heldOut)")
      .option(
        "--skip-unmatched",
        `leave pictures without a partner of the same name out of ${pairMetrics.join(", ")}`,
      )
      .addOption(
        new Option(
          "--resize <rule>",
          "how images are resized for FID's network; numbers by different rules are not comparable",
        )
          .choices(resizeNames)
          .default("legacy_tensorflow"),
      )
      .option("--weights <folder>", "where to look for weight files first; may be repeated", repeated)
      .option("--data <folder>", "folder of the images of a preset named by --against")
      .option("--seed <number>", "seed of the samples", seed)
      .option("--ema <rate>", "weights of the run: one of its averages, or online", emaName)
      .option("--save-stats <file>", "save the reference's statistics as .npz, for the next evaluation")
      .option(
        "--report <file>",
        "file of the report (default: metrics.json in the run folder; none for other images)",
      )
      .addOption(engineOption())
      .addOption(threadsOption())
      .addHelpText(
        "after",
        `
Examples:
  imagefn evaluate runs/first --count 2000
  imagefn evaluate generated/ --against real/ --metrics nsfwjs,niqe
  imagefn evaluate restored/ --against originals/ --metrics psnr,ssim
  imagefn evaluate samples.npz --against reference.npz --weights ~/weights
  imagefn evaluate real/ --save-stats real.npz`,
      ),
  options([samples], flags) {
    return { ...flags, samples, weights: flags.weights ?? [] };
  },
  runs: ["samples", "against"],
};
