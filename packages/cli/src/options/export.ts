// The command line of `imagefn export`.
import { expandHome, quoted } from "@imagefn/base";
import type { Size } from "@imagefn/runs";
import { type ExportFormat, exportFormats, precisions } from "@imagefn/runs/names";
import { Option } from "commander";
import { UsageError } from "../errors.js";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { emaName, GUIDANCE, guidanceScale, positiveInteger, seed, size, wholeNumber } from "./values.js";

/** What `imagefn export` is asked to do. */
export interface ExportOptions {
  /** A run folder, or the file of an image function; undefined for the studio, which shows no run. */
  run?: string;
  /** The whole generator (noise to image), or one sampled image function (coordinates to colours). */
  what: "generator" | "function";
  /** By the end of `out` if left out, else onnx. */
  format?: ExportFormat;
  /** Of a .safetensors file. */
  precision?: (typeof precisions)[number];
  /** Of a shader's weights. */
  bits?: number;
  /** The file. */
  out?: string;
  /** Seed of the function's noise. */
  seed?: number;
  /** Class of the function, by name or number. */
  class?: string;
  /** Size to render at. */
  size?: Size;
  /** Images per call of the generator. */
  batch?: number;
  /** Scale of classifier-free guidance. */
  guidance?: number;
  /** Network evaluations per sample. */
  steps?: number;
  /** Use the usual levels of these steps, even if others were found. */
  plainLevels?: boolean;
  ema?: "online" | number;
  /** Write the explorer's page into this folder instead. */
  web?: string;
  /** Write the studio's page into this folder instead. */
  studio?: string;
}

/** Options that folders do without. */
const OF_FILES = [
  ...["what", "format", "precision", "bits", "out", "seed", "class", "size", "batch", "steps", "plainLevels"],
  "guidance",
] as const;

export const exportLine: CommandLine<ExportOptions> = {
  define: (program) =>
    program
      .command("export")
      .summary(
        "write a generator as .onnx, an image function as .onnx or a shader, or the explorer or studio as files",
      )
      .description(
        "Writes the generator of a run (noise to image), or one image function sampled from it (coordinates to " +
          "colours), as an .onnx file of standard operators. Sizes are fixed in the file. An image function is also written " +
          "as a smaller .safetensors file, or as a shader that draws it at any size.",
      )
      .argument("[run]", `${RUN}; or the .safetensors file of an image function`)
      .addOption(
        new Option("--what <kind>", "what to export").choices(["generator", "function"]).default("generator"),
      )
      .addOption(
        new Option(
          "--format <name>",
          "format of the file (default: as --out ends, else onnx); all but onnx are for image functions",
        ).choices(exportFormats),
      )
      .addOption(
        new Option("--precision <type>", "how a .safetensors file stores numbers").choices(precisions),
      )
      .option("--bits <number>", "bits of each weight of a shader, 2 to 8 (default: 8)", wholeNumber(2, 8))
      .option("--out <file>", "the file", expandHome)
      .option("--seed <number>", "seed of the image function's noise", seed)
      .option("--class <name>", "class of the image function by name or number, for class-conditional runs")
      .option("--size <size>", "size to render at: WIDTHxHEIGHT, or one number for a square", size)
      .option("--batch <number>", "images per call of the generator (default: 1)", positiveInteger)
      .option("--guidance <scale>", GUIDANCE, guidanceScale)
      .option(
        "--steps <number>",
        "noise levels of each sample (default: 1); a generator takes noise for each",
        positiveInteger,
      )
      .option("--plain-levels", "use the usual levels, not those that a search found")
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .addOption(
        new Option(
          "--web <folder>",
          "write the page of `imagefn explore`, generator included, as files for any static host",
        ).conflicts([...OF_FILES]),
      )
      .addOption(
        new Option(
          "--studio <folder>",
          "write the page of `imagefn studio` as files for any static host; takes no run",
        ).conflicts([...OF_FILES, "ema", "web"]),
      )
      .addHelpText(
        "after",
        `
Examples:
  imagefn export runs/first --out generator.onnx
  imagefn export avatars                              # the model that comes with the command, into this folder
  imagefn export runs/first --size 128 --batch 16 --steps 2
  imagefn export runs/first --what function --seed 3 --size 256 --out face.onnx
  imagefn export runs/first/functions/sample-0003.safetensors
  imagefn export face.safetensors --format safetensors --precision int8
  imagefn export avatars --what function --seed 3 --bits 5 --out face.glsl     # a shader for WebGL 2
  imagefn export runs/first --web ./site
  imagefn export --studio ./site`,
      ),
  options([run], flags) {
    const { studio } = flags;
    if (run === undefined && studio === undefined)
      throw new UsageError(`missing required argument 'run': ${RUN}. See \`imagefn export --help\`.`);
    if (run !== undefined && studio !== undefined)
      throw new UsageError(`--studio takes no run, and ${quoted(run)} was given. Leave one of them out.`);
    return { run, ...flags };
  },
  runs: ["run"],
};
