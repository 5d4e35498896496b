// The command line of `imagefn edit`.
import { expandHome } from "@imagefn/base";
import type { Config, Size } from "@imagefn/runs";
import { InvalidArgumentError } from "commander";
import { UsageError } from "../errors.js";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { emaName, GUIDANCE, guidanceScale, positiveInteger, positiveNumber, seed, sizes } from "./values.js";

/** What `imagefn edit` is asked to do; omitted options come from the run's configuration. */
export interface EditOptions {
  run: string;
  inpaint?: string;
  mask?: string;
  colorize?: string;
  superres?: string;
  strokes?: string;
  /** Noise level from which strokes are redrawn. */
  noise?: number;
  /** Numbers of two samples. */
  interpolate?: [number, number];
  count?: number;
  sizes?: Size[];
  seed?: number;
  /** Class by name or number. */
  class?: string;
  steps?: number;
  /** Scale of classifier-free guidance. */
  guidance?: number;
  ema?: "online" | number;
  out?: string;
  /** A file for each picture, in place of a grid. */
  separate: boolean;
  /** Begin the grid with the picture given. */
  showInput: boolean;
  engine?: Config["engine"]["name"];
  threads?: number;
}

const KINDS = ["inpaint", "colorize", "superres", "strokes", "interpolate"] as const;

export const editLine: CommandLine<EditOptions> = {
  define: (program) =>
    program
      .command("edit")
      .summary("fill in, colour, refine or redraw a picture with a run, without more training")
      .description(
        "Edits a picture with a run's last checkpoint: fills in the part under a mask, colours it, makes details for a " +
          "small one, or redraws strokes. What is known of the picture is kept exactly at its own size. The picture must be " +
          "square, and of the run's training size or larger.",
      )
      .argument("<run>", RUN)
      .option("--inpaint <picture>", "make the part of a picture anew that is white in --mask", expandHome)
      .option("--mask <picture>", "with --inpaint: white where the picture is made anew", expandHome)
      .option("--colorize <picture>", "keep the luminance of a picture and make its colours anew", expandHome)
      .option("--superres <picture>", "make a small picture larger, with details", expandHome)
      .option("--strokes <picture>", "make a picture that looks like these strokes or areas", expandHome)
      .option(
        "--noise <level>",
        "with --strokes: noise level to redraw from; more changes more",
        positiveNumber,
      )
      .option("--interpolate <numbers>", "pictures from one sample to another, such as 0,7", sampleNumbers)
      .option("--count <number>", "different results (default: 4; 8 with --interpolate)", positiveInteger)
      .option("--size <list>", "WIDTHxHEIGHT, or one number for a square; comma list; may be repeated", sizes)
      .option("--seed <number>", "seed of the noise", seed)
      .option("--class <name>", "class by name or number, for class-conditional runs")
      .option(
        "--steps <number>",
        "noise levels (default: 8; 1 or 2 with --strokes and --interpolate)",
        positiveInteger,
      )
      .option("--guidance <scale>", GUIDANCE, guidanceScale)
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .option("--out <folder>", "folder of the pictures (default: the run's samples/)", expandHome)
      .option("--separate", "write a file for each picture instead of a grid")
      .option("--show-input", "begin the grid with the picture and with what is known of it")
      .addOption(engineOption())
      .addOption(threadsOption())
      .addHelpText(
        "after",
        `
Examples:
  imagefn edit runs/first --inpaint face.png --mask mask.png --size 32,256
  imagefn edit avatars --colorize grey.png --count 8     # the model that comes with the command, into this folder
  imagefn edit avatars --superres small.png --show-input
  imagefn edit avatars --strokes strokes.png --noise 2
  imagefn edit avatars --interpolate 0,7 --count 10 --size 64`,
      ),
  options([run], { size, separate, showInput, ...flags }) {
    const given = KINDS.filter((kind) => flags[kind] !== undefined).map((kind) => `--${kind}`);
    if (given.length === 0)
      throw new UsageError(`nothing to edit: give one of ${KINDS.map((kind) => `--${kind}`).join(", ")}.`);
    if (given.length > 1) throw new UsageError(`${given.join(" and ")} cannot be used together.`);
    return {
      run,
      ...flags,
      sizes: size,
      separate: separate === true,
      showInput: showInput === true,
    };
  },
  runs: ["run"],
};

/** `0,7`: the numbers of two samples. */
function sampleNumbers(text: string): [number, number] {
  const [, a, b] = /^(\d{1,15}),(\d{1,15})$/.exec(text.replace(/\s/g, "")) ?? [];
  if (a === undefined) throw new InvalidArgumentError("Expected the numbers of two samples, such as 0,7.");
  return [Number(a), Number(b)];
}
