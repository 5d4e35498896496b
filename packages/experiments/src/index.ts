// Public names of @imagefn/experiments.
export { type CompareOptions, type Comparison, compare } from "./compare/compare.js";
export type { Rates } from "./compare/rates.js";
export type { Row } from "./compare/table.js";
export type { Listener } from "./listener.js";
export type { Claim, Experiment } from "./reproduce/experiment.js";
export { experiments } from "./reproduce/experiments/index.js";
export { type Judgement, type Verdict, verdictText } from "./reproduce/judge.js";
export type { Measured, Results, Score } from "./reproduce/measured.js";
export type { DataFolder, Scale } from "./reproduce/names.js";
export type { Drawn, Outcome } from "./reproduce/outcome.js";
export { type ReproduceOptions, type Reproduction, reproduce, scaleDefaults } from "./reproduce/reproduce.js";
export { type Cell, type Table, tableMarkdown } from "./tables.js";
export type { TrainingFigures } from "./trainingFigures.js";
