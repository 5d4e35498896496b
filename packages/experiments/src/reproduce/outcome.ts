// The results of an experiment.
import type { Table } from "../tables.js";
import type { Claim, Experiment } from "./experiment.js";
import type { Judgement } from "./judge.js";
import type { Results } from "./measured.js";

/** A figure that was written. */
export interface Drawn {
  readonly name: string;
  readonly caption: string;
  /** PNG file. The same figure as SVG is beside it. */
  readonly png: string;
}

/** The measurements of an experiment, its tables and figures, and the verdict on each claim. */
export interface Outcome {
  readonly experiment: Experiment;
  /** By the label of the contender. */
  readonly results: Results;
  readonly tables: readonly Table[];
  readonly claims: readonly (Pick<Claim, "by" | "text"> & Judgement)[];
  readonly figures: readonly Drawn[];
  /** The run of each contender: the name of its folder in `runs`. */
  readonly runs: readonly { readonly label: string; readonly run: string }[];
}
