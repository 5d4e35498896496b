// The command line of `imagefn animate`.
import { expandHome } from "@imagefn/base";
import type { Config, Size } from "@imagefn/runs";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { emaName, GUIDANCE, guidanceScale, seed, size, wholeNumber } from "./values.js";

/** What `imagefn animate` is asked to do. */
export interface AnimateOptions {
  run: string;
  /** Samples on the path. */
  count?: number;
  /** Of the whole loop. */
  frames?: number;
  fps?: number;
  size?: Size;
  seed?: number;
  /** Class by name or number. */
  class?: string;
  /** Scale of classifier-free guidance. */
  guidance?: number;
  ema?: "online" | number;
  /** The file. */
  out?: string;
  engine?: Config["engine"]["name"];
  threads?: number;
}

export const animateLine: CommandLine<AnimateOptions> = {
  define: (program) =>
    program
      .command("animate")
      .summary("animate a run's image functions along a path of noise, at any size")
      .description(
        "Goes from sample to sample along great circles of their noise and back to the first, and writes the loop as an " +
          "animated PNG, or as WebP or a video if --out ends so. Each frame is an image function.",
      )
      .argument("<run>", `${RUN}, of an image-function generator (func)`)
      .option("--count <number>", "samples on the path (default: 6)", wholeNumber(2, 10_000))
      .option(
        "--frames <number>",
        "frames of the loop (default: 12 for each sample)",
        wholeNumber(2, 100_000),
      )
      .option("--fps <number>", "frames in a second (default: 24)", wholeNumber(1, 100))
      .option("--size <size>", "WIDTHxHEIGHT, or one number for a square (default: 128)", size)
      .option("--seed <number>", "seed of the noise", seed)
      .option("--class <name>", "class of all frames by name or number, for class-conditional runs")
      .option("--guidance <scale>", GUIDANCE, guidanceScale)
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .option(
        "--out <file>",
        "the file, .png, .apng or .webp, or .mp4 or .webm with ffmpeg (default: a .png in the run's samples/)",
        expandHome,
      )
      .addOption(engineOption())
      .addOption(threadsOption())
      .addHelpText(
        "after",
        `
Examples:
  imagefn animate avatars                             # the model that comes with the command, into this folder
  imagefn animate runs/first --count 8 --frames 240 --size 512 --out loop.webp
  imagefn animate runs/first --size 512 --out loop.mp4`,
      ),
  options: ([run], flags) => ({ run, ...flags }),
  runs: ["run"],
};
