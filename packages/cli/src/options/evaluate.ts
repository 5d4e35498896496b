// The command line of `imagefn evaluate`.
import { defaultMetrics, metricNames, pairMetrics, resizeNames } from "@imagefn/metrics/names";
import { Option } from "commander";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { checkFlags, type EvaluateOptions } from "./evaluateFlags.js";
import {
  commaList,
  emaName,
  fieldValue,
  GUIDANCE,
  guidanceScale,
  positiveInteger,
  repeated,
  seed,
  shard,
} from "./values.js";

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
      .argument("[samples]", `${RUN}; folder of images; or .npz file with arr_0 [count, height, width, 3]`)
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
      .option("--count <number>", "images to measure (default: 50000)", positiveInteger)
      .option("--reference-count <number>", "images of the reference (default: all)", positiveInteger)
      .option("--held-out", "compare with the images kept out of training (data.heldOut)")
      .option(
        "--skip-unmatched",
        `leave pictures without a partner of the same name out of ${pairMetrics.join(", ")}`,
      )
      .addOption(
        new Option(
          "--resize <rule>",
          "how images are resized for FID's network; numbers by different rules are not comparable " +
            "(default: legacy_tensorflow)",
        ).choices(resizeNames),
      )
      .option(
        "--network <file>",
        "ONNX file of an image network, such as DINOv2 or CLIP: measures distances over its features",
      )
      .option(
        "--network-set <field=value>",
        "what the file does not say of its input: size, mean, std, order, resize or output; may be repeated",
        fieldValue,
      )
      .option("--weights <folder>", "where to look for weight files first; may be repeated", repeated)
      .option("--data <folder>", "folder of the images of a preset named by --against")
      .option("--seed <number>", "seed of the samples", seed)
      .option("--guidance <scale>", GUIDANCE, guidanceScale)
      .option("--ema <rate>", "weights of the run: one of its averages, or online", emaName)
      .option(
        "--save-stats <file>",
        "save the reference's statistics as .npz, for the next evaluation; with --shard those of the samples, for --merge",
      )
      .option(
        "--shard <number/shares>",
        "only this share of the samples, such as 3/16; with --save-features or --save-stats",
        shard,
      )
      .option("--save-features <file>", "save what networks make of the samples as .npz, for --features")
      .option(
        "--features <files...>",
        "measure what --save-features saved, a file for each shard: paths, or patterns such as 'f*.npz'",
      )
      .option(
        "--merge <files...>",
        "measure Frechet distances by what --shard and --save-stats saved; paths or patterns",
      )
      .option(
        "--nearest <file>",
        "write each sample beside the training image most like it, the pairs most alike first, as a page (.html) or a " +
          "picture (.png); without --metrics nothing else is measured, and 1000 samples are looked at unless --count is given",
      )
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
  imagefn evaluate runs/first --network dinov2_vits14.onnx --metrics network
  imagefn evaluate runs/first --nearest pairs.html                     # does it copy its training images?
  imagefn evaluate real/ --save-stats real.npz
  imagefn evaluate runs/first --shard 3/16 --save-features f3.npz      # one of 16 processes
  imagefn evaluate --features 'f*.npz' --against runs/first            # all of them together`,
      ),
  options([samples], flags) {
    const options: EvaluateOptions = { ...flags, samples, weights: flags.weights ?? [] };
    checkFlags(options);
    return options;
  },
  runs: ["samples", "against"],
};
