// The commands of imagefn: each line joins a command line to the module that does the work.
import { animateLine } from "./options/animate.js";
import { type WiredCommand, wire } from "./options/commandLine.js";
import { compareLine } from "./options/compare.js";
import { completionLine } from "./options/completion.js";
import { configLine } from "./options/config.js";
import { doctorLine } from "./options/doctor.js";
import { editLine } from "./options/edit.js";
import { evaluateLine } from "./options/evaluate.js";
import { exploreLine } from "./options/explore.js";
import { exportLine } from "./options/export.js";
import { initLine } from "./options/init.js";
import { presetsLine } from "./options/presets.js";
import { reportLine } from "./options/report.js";
import { reproduceLine } from "./options/reproduce.js";
import { sampleLine } from "./options/sample.js";
import { studioLine } from "./options/studio.js";
import { trainLine } from "./options/train.js";
import { weightsLine } from "./options/weights.js";

/** In the order of --help. Modules load on use, so that --help does not wait for the engines. */
export const commands: readonly WiredCommand[] = [
  wire(trainLine, () => import("./commands/train.js")),
  wire(sampleLine, () => import("./commands/sample.js")),
  wire(animateLine, () => import("./commands/animate.js")),
  wire(editLine, () => import("./commands/edit.js")),
  wire(compareLine, () => import("./commands/compare.js")),
  wire(evaluateLine, () => import("./commands/evaluate.js")),
  wire(reproduceLine, () => import("./commands/reproduce.js")),
  wire(reportLine, () => import("./commands/report.js")),
  wire(exploreLine, () => import("./commands/explore.js")),
  wire(studioLine, () => import("./commands/studio.js")),
  wire(exportLine, () => import("./commands/export.js")),
  wire(weightsLine, () => import("./commands/weights.js")),
  wire(initLine, () => import("./commands/init.js")),
  wire(presetsLine, () => import("./commands/presets.js")),
  wire(configLine, () => import("./commands/config.js")),
  wire(doctorLine, () => import("./commands/doctor.js")),
  wire(completionLine, () => import("./commands/completion.js")),
];
