// Advice in terms of flags and commands, by the code of a library's error.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode, ErrorDetails } from "@imagefn/base";
import { type DataKindName, dataKind } from "@imagefn/runs/names";
import { commandText, distilText, shellWord } from "./commandText.js";

/** A path of an error's details as a word of a command. */
const word = (path: unknown) => shellWord(`${path}`);
const resume = (path: unknown) => commandText(["train", "--resume", `${path}`]);

type Hint = (details: ErrorDetails, flag: string) => string | undefined;

/** Values that fit many networks: the means and deviations are those of ImageNet. */
const networkExamples: Readonly<Record<string, string>> = {
  size: "224",
  mean: "0.485,0.456,0.406",
  std: "0.229,0.224,0.225",
  output: "NAME",
};

const hints: Partial<Record<ErrorCode, Hint>> = {
  "invalid-config": ({ unknownField, folder }) => {
    if (folder && !existsSync(join(`${folder}`, "config.yaml")))
      return `To train on the pictures in it: \`${commandText(["train", "folder64-tiny", "--data", `${folder}`])}\`.`;
    if (folder)
      return `To resume a run, use --resume ${word(folder)}; to train with its settings, ${word(`${folder}/config.yaml`)}.`;
    return unknownField ? "`imagefn config --fields` lists all fields." : undefined;
  },
  "unknown-preset": () => "`imagefn config PRESET > my.yaml` writes a file to start from.",
  "missing-data-path": ({ kind }) =>
    `Give ${dataKind(kind as DataKindName).path} as --data DIR, or as data.path in a configuration file.`,
  "idle-steps": () => "`--steps N` sets both.",
  "invalid-option": ({ advised, networkFields }, flag) => {
    if (Array.isArray(networkFields))
      return `For example, use ${networkFields.map((field) => `--network-set ${field}=${networkExamples[field]}`).join(" ")}.`;
    return flag && !advised ? `Leave ${flag} out.` : undefined;
  },
  "run-exists": ({ path }) => `Choose another --out, or resume that run: \`${resume(path)}\`.`,
  "folder-not-empty": () => "Choose another --out, or empty it.",
  "no-checkpoint": ({ path }) =>
    `\`${resume(path)}\` begins again a run that was killed before its first checkpoint; to train anew with its settings, ` +
    `\`imagefn train ${word(`${path}/config.yaml`)}\`.`,
  "only-pretrained": ({ path }) =>
    `Resume training with \`${resume(path)}\`, and sample after its first checkpoint.`,
  "changed-data": () => "`--changed-data` resumes with the images as they are now.",
  "changed-settings": () => "`--changed-settings` resumes with the new ones.",
  "diffusion-run": ({ path }) => `\`${distilText(`${path}`)}\` distils it.`,
  "no-functions": () => "Use a run of generator.kind func, or `imagefn sample` for this run.",
  "invalid-data": ({ batches, images }) =>
    Array.isArray(batches)
      ? `For example, use ${batches.map((field) => `--set ${field}=${images}`).join(" ")}.`
      : undefined,
  "missing-weights": ({ field }) =>
    field === "train.distance"
      ? "To train without weight files, use --set train.distance=pseudo-huber."
      : undefined,
  diverged: ({ checkpoint, path }) =>
    checkpoint === undefined ? undefined : `\`${resume(path)} --changed-settings\` continues from it.`,
  "training-failed": () => "Fix this and run the same command again.",
  "port-in-use": () => "Choose another --port, or leave it out to use any free port.",
};

/** Advice for an error; undefined if its message is enough. */
export const hint = (code: ErrorCode, details: ErrorDetails, flag: string): string | undefined =>
  hints[code]?.(details, flag);
