// Tables of scores: a line for what was measured here, and under it the paper's.

import type { Cell, Table } from "../tables.js";
import { type Measured, ours, type Results, type Score } from "./measured.js";
import { isFirstSeed } from "./seeds.js";

/** A score as a cell, or a short reason why it is missing. */
export function scoreCell(score: Score | undefined): Cell {
  if (!score) return undefined;
  return "value" in score ? score.value : shortReason(score.missing);
}

/** The beginning of a reason, without the folders that were searched for weights. */
export const shortReason = (reason: string): string =>
  reason.includes("weights missing") ? "weights missing" : reason.split(/[(;:]/)[0].trim();

export interface ScoreTableOptions {
  readonly caption: string;
  /** The paper's scores, which are columns here too. */
  readonly scores: readonly string[];
  /** Whether the Fréchet distance, precision and recall over nsfwjs stand beside them. */
  readonly withOurs?: boolean;
  /** The paper's row for a contender, in the order of `scores`, with the name of its data. */
  published?(label: string): { readonly what: string; readonly values: readonly number[] } | undefined;
}

/** Two lines for a contender of the paper, one for any other. */
export function scoreTable(results: Results, options: ScoreTableOptions): Table {
  const { caption, scores, withOurs = true, published } = options;
  const own = withOurs ? Object.values(ours) : [];
  const rows = Object.entries(results).flatMap(([label, measured]): Cell[][] => {
    const paper = isFirstSeed(label) ? published?.(label) : undefined;
    return [
      [label, ...here(measured, [...scores, ...own])],
      ...(paper
        ? [
            [
              `${label}: the paper, ${paper.what}`,
              ...paper.values.map(String),
              ...own.map(() => undefined),
              undefined,
            ],
          ]
        : []),
    ];
  });
  return { caption, head: ["run", ...scores, ...own, "images"], rows };
}

function here({ missing, scores = {} }: Measured, names: readonly string[]): Cell[] {
  if (missing !== undefined) return [...names.map(() => shortReason(missing)), undefined];
  const counts = Object.values(scores).flatMap((score) => ("value" in score ? [score.n] : []));
  return [
    ...names.map((name) => scoreCell(scores[name])),
    counts.length > 0 ? Math.max(...counts) : undefined,
  ];
}
