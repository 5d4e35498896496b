// The command line of `imagefn export`.
import { Option } from "commander";
import type { CommandLine } from "./commandLine.js";
import { emaName, type Size, seed, size } from "./values.js";

/** What `imagefn export` is asked to do. */
export interface ExportOptions {
  run: string;
  /** The whole generator (noise to image), or one sampled image function (coordinates to colours). */
  what: "generator" | "function";
  /** The .onnx file. */
  out?: string;
  /** Seed of the function's noise. */
  seed?: number;
  /** Size that the exported generator renders at. */
  size?: Size;
  ema?: "online" | number;
}

export const exportLine: CommandLine<ExportOptions> = {
  define: (program) =>
    program
      .command("export")
      .summary("write a run's generator, or an image function, as .onnx")
      .description("Writes the generator of a run, or one image function sampled from it, as an .onnx file.")
      .argument("<run>", "run folder")
      .addOption(
        new Option("--what <kind>", "what to export").choices(["generator", "function"]).default("generator"),
      )
      .option("--out <file>", "the .onnx file")
      .option("--seed <number>", "seed of the image function's noise", seed)
      .option("--size <size>", "WIDTHxHEIGHT that it renders at, or one number for a square", size)
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .addHelpText(
        "after",
        `
Examples:
  imagefn export runs/first --out generator.onnx
  imagefn export runs/first --what function --seed 3 --size 256 --out face.onnx`,
      ),
  options([run], { what, out, seed, size, ema }) {
    return { run, what, out, seed, size, ema };
  },
};
