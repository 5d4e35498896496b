// Results as a document: the same blocks become Markdown and a page.

import { type Table, tableMarkdown } from "../tables.js";
import { verdictText } from "./judge.js";
import type { Scale } from "./names.js";
import type { Outcome } from "./outcome.js";
import { mapping } from "./tinyRecipe.js";

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string; readonly id?: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "table"; readonly table: Table }
  | {
      readonly kind: "figure";
      readonly caption: string;
      /** For Markdown: the file's address relative to the document. */
      readonly href: string;
      /** The file. */
      readonly png: string;
    };

/** The claims of some experiments, a line each. */
export function claimTable(outcomes: readonly Outcome[], by: "paper" | "ours", caption: string): Table {
  return {
    caption,
    head: ["experiment", "claim", "verdict", "judged by"],
    rows: outcomes.flatMap(({ experiment, claims }) =>
      claims
        .filter((claim) => claim.by === by)
        .map(({ text, verdict, numbers }) => [experiment.name, text, verdictText[verdict], numbers]),
    ),
  };
}

/** What the scale puts in place of the paper's data, if anything. */
export const standIns = (scale: Scale): Block[] =>
  scale === "tiny" ? [{ kind: "text", text: mapping }] : [];

/** One experiment. `pictures` is the path from the document to its folder. */
export function sectionOf(
  outcome: Outcome,
  { level, pictures }: { level: 1 | 2; pictures: string },
): Block[] {
  const { experiment, tables, figures } = outcome;
  const mine = claimTable([outcome], "paper", "Claims of the paper");
  const own = claimTable([outcome], "ours", "Questions of our own");
  return [
    { kind: "heading", level, text: experiment.title, id: experiment.name },
    { kind: "text", text: `${experiment.paper}. ${experiment.about}` },
    ...tables.filter(({ rows }) => rows.length > 0).map((table): Block => ({ kind: "table", table })),
    ...figures.map(
      ({ name, caption, png }): Block => ({ kind: "figure", caption, png, href: `${pictures}${name}.png` }),
    ),
    ...[mine, own]
      .filter(({ rows }) => rows.length > 0)
      .map(
        (table): Block => ({
          kind: "table",
          table: { ...table, head: table.head.slice(1), rows: table.rows.map((row) => row.slice(1)) },
        }),
      ),
  ];
}

/** A document as Markdown. */
export function markdownOf(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      switch (block.kind) {
        case "heading":
          return `${"#".repeat(block.level)} ${block.text}`;
        case "text":
          return block.text;
        case "table":
          return tableMarkdown(block.table);
        case "figure":
          return `![${block.caption.replace(/[[\]]/g, "")}](${block.href})\n\n${block.caption}`;
      }
    })
    .join("\n\n");
}
