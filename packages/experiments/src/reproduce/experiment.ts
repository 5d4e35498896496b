// An experiment: a plain object with the runs to compare, their measurements, tables and figures, and the paper's claims.

import type { Table } from "../tables.js";
import type { Contender } from "./contender.js";
import type { Judgement } from "./judge.js";
import type { Lab, Subject } from "./lab.js";
import type { Measured, Results } from "./measured.js";
import type { Scale } from "./names.js";
import type { Recipes } from "./recipes.js";

/** A measurement of a run, whose values are kept in the run folder. */
export interface Measure {
  readonly name: string;
  /** Whether it is of contenders that are not trained, and of no others. */
  readonly untrained?: boolean;
  /** About how long it takes at the tiny scale on 2 cores, in seconds: for the time left. */
  seconds(lab: Pick<Lab, "count" | "seconds">, contender: Contender): number;
  measure(subject: Subject, lab: Lab): Promise<Partial<Measured>>;
}

/** The measurements that an experiment takes of one of its contenders. */
export const measuresOf = ({ measures }: Experiment, { untrained = false }: Contender): readonly Measure[] =>
  measures.filter((one) => (one.untrained ?? false) === untrained);

/** A drawing of an experiment. */
export interface Figure {
  /** Its file's name, without an ending. */
  readonly name: string;
  readonly caption: string;
  /** SVG, or undefined if there is nothing to draw. */
  draw(context: FigureContext): Promise<string | undefined>;
}

/** What a drawing is made from. */
export interface FigureContext {
  readonly lab: Lab;
  readonly results: Results;
  /** The contenders that have been trained. */
  readonly subjects: readonly Subject[];
}

/** A sentence, and how the measurements decide it. */
export interface Claim {
  /** `paper`, or `ours` for a question of our own. */
  readonly by: "paper" | "ours";
  readonly text: string;
  /** Whether the results at this scale support the claim, contradict it, or do not decide it. */
  judge(results: Results, scale: Scale): Judgement;
}

/** An experiment of the paper, or one of our own. */
export interface Experiment {
  /** Its name in calls, and of its folder. */
  readonly name: string;
  readonly title: string;
  /** The tables and figures of the paper that it reproduces. */
  readonly paper: string;
  /** What is done, and what replaces the paper's data at the tiny scale. */
  readonly about: string;
  /** The runs that it compares, in the order of its tables. */
  contenders(recipes: Recipes): readonly Contender[] | Promise<readonly Contender[]>;
  readonly measures: readonly Measure[];
  /** The tables of what was measured, with the paper's numbers beside it. */
  tables(results: Results, scale: Scale): readonly Table[];
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
}
