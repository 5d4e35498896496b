// What an experiment is: a plain object that says what varies, what is measured of it, how it is drawn, and what the
// paper says of it.

import type { Table } from "../tables.js";
import type { Contender } from "./contender.js";
import type { Judgement } from "./judge.js";
import type { Lab, Subject } from "./lab.js";
import type { Measured, Results } from "./measured.js";
import type { Scale } from "./names.js";
import type { Recipes } from "./recipes.js";

/** Something that can be measured of a run, and is kept beside it. */
export interface Measure {
  readonly name: string;
  /** About how long it takes at the tiny scale on 2 cores, in seconds: for the time left. */
  seconds(lab: Pick<Lab, "count" | "seconds">, contender: Contender): number;
  measure(subject: Subject, lab: Lab): Promise<Partial<Measured>>;
}

/** A drawing of an experiment. */
export interface Figure {
  /** Its file's name, without an ending. */
  readonly name: string;
  readonly caption: string;
  /** SVG, or undefined where there is nothing to draw. */
  draw(context: FigureContext): Promise<string | undefined>;
}

export interface FigureContext {
  readonly lab: Lab;
  readonly results: Results;
  /** Those that have been trained. */
  readonly subjects: readonly Subject[];
}

/** A sentence, and what the measurements make of it. */
export interface Claim {
  /** Of the paper; `ours` for a question of our own. */
  readonly by: "paper" | "ours";
  readonly text: string;
  judge(results: Results, scale: Scale): Judgement;
}

export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** Tables and figures of the paper that it stands for. */
  readonly paper: string;
  /** What is done, and what stands for what at the tiny scale. */
  readonly about: string;
  contenders(recipes: Recipes): readonly Contender[] | Promise<readonly Contender[]>;
  readonly measures: readonly Measure[];
  tables(results: Results, scale: Scale): readonly Table[];
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
}
