// The report of all experiments: one page that opens anywhere, and the same as Markdown beside its pictures.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "@imagefn/base";
import { processor, version } from "@imagefn/runs";
import { hashOf, html, type Markup, pageMarkup, style } from "@imagefn/viewer";
import { cellText, isNumeric, type Table } from "../tables.js";
import { rules } from "./closer.js";
import { type Block, claimTable, markdownOf, sectionOf, standIns } from "./document.js";
import type { Verdict } from "./judge.js";
import type { Lab } from "./lab.js";
import type { Outcome } from "./outcome.js";

/** How the report was made. */
export interface About {
  /** The command or call that made it. */
  readonly madeBy: string;
  readonly minutes: number;
}

/** What of a lab it mentions. */
type Site = Pick<Lab, "scale" | "out"> & { readonly engine: { readonly name: string } };

/** Writes report.html and report.md and returns their paths. */
export async function writeReproduction(
  lab: Site,
  outcomes: readonly Outcome[],
  about: About,
): Promise<string[]> {
  const blocks = documentOf(lab, outcomes, about);
  const paths = ["report.html", "report.md"].map((name) => join(lab.out, name));
  await writeAtomic(paths[0], pageOf(blocks));
  await writeAtomic(paths[1], `${markdownOf(blocks)}\n`);
  return paths;
}

function documentOf(lab: Site, outcomes: readonly Outcome[], { madeBy, minutes }: About): Block[] {
  const count = (verdict: Verdict) =>
    outcomes
      .flatMap(({ claims }) => claims)
      .filter((claim) => claim.by === "paper" && claim.verdict === verdict).length;
  const { cpu, cores } = processor();
  const others = claimTable(outcomes, "ours", "Questions of our own");
  return [
    { kind: "heading", level: 1, text: `The paper's experiments at the ${lab.scale} scale` },
    {
      kind: "text",
      text:
        `Made by \`${madeBy}\` with imagefn ${version}, engine ${lab.engine.name}, on ${cores} cores (${cpu}). The ` +
        `last call took ${minutes.toFixed(0)} minutes; what calls before it had finished was kept. Of the paper's claims ${count("holds")} hold ` +
        `here, ${count("fails")} do not, and ${count("undecided")} cannot be decided at this scale. Below each of our rows is the ` +
        "paper's own, where it has one.",
    },
    { kind: "text", text: rules },
    ...standIns(lab.scale),
    { kind: "heading", level: 2, text: "The claims" },
    { kind: "table", table: claimTable(outcomes, "paper", "Each claim of the paper") },
    ...(others.rows.length > 0 ? [{ kind: "table", table: others } as const] : []),
    ...outcomes.flatMap((outcome) =>
      sectionOf(outcome, { level: 2, pictures: `${outcome.experiment.name}/` }),
    ),
    { kind: "heading", level: 2, text: "Runs" },
    { kind: "table", table: runTable(outcomes) },
  ];
}

/** Every run once, with the experiments that use it. */
function runTable(outcomes: readonly Outcome[]): Table {
  const runs = new Map<string, { label: string; outcome: Outcome; experiments: Set<string> }>();
  for (const outcome of outcomes)
    for (const { label, run } of outcome.runs) {
      const known = runs.get(run);
      // The one whose training was measured.
      const better = known?.outcome.results[known.label]?.training ? known : { label, outcome };
      runs.set(run, {
        label: better.label,
        outcome: better.outcome,
        experiments: new Set([...(known?.experiments ?? []), outcome.experiment.name]),
      });
    }
  return {
    caption: "Each run was trained once, however many experiments use it",
    head: ["run", "parameters", "batch", "pre-training steps", "steps", "minutes", "experiments"],
    rows: [...runs].map(([run, { label, outcome, experiments }]) => {
      const { training, parameters, batch } = outcome.results[label] ?? {};
      return [
        run,
        parameters,
        batch,
        training?.pretrainSteps,
        training?.steps,
        training?.minutes,
        [...experiments].join(", "),
      ];
    }),
  };
}

const extra = `
table { margin: 0 0 8px; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding: 16px 0 4px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 20px 0; }
td.holds { color: #2a8a4a; font-weight: 600; }
td.fails { color: #c0392b; font-weight: 600; }
nav { margin: 12px 0 0; display: flex; flex-wrap: wrap; gap: 4px 16px; }
`;

/** The page. Its pictures and its style are in it, and its policy admits nothing else. */
function pageOf(blocks: readonly Block[]): string {
  const styles = `${style}${extra}`;
  const policy = `default-src 'none'; style-src ${hashOf(styles)}; img-src data:; base-uri 'none'; form-action 'none'`;
  const title = blocks.find((block) => block.kind === "heading");
  const links = blocks.flatMap((block) => (block.kind === "heading" && block.id ? [block] : []));
  const raw = (markup: string): Markup => ({ markup });
  const body = html`<main>
${blocks.map((block) => [
  blockMarkup(block),
  block === title && html`<nav>${links.map(({ id, text }) => html`<a href="#${id}">${text}</a> `)}</nav>`,
])}</main>
<footer>imagefn ${version}</footer>
`;
  const head = html`<style>${raw(styles)}</style>`;
  return pageMarkup({ title: String(title?.text), policy, head, body });
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case "heading": {
      const { level, text, id } = block;
      const attributes = id && html` id="${id}"`;
      if (level === 1) return html`<h1${attributes}>${text}</h1>\n`;
      return level === 2 ? html`<h2${attributes}>${text}</h2>\n` : html`<h3${attributes}>${text}</h3>\n`;
    }
    case "text":
      return html`<p>${block.text}</p>\n`;
    case "figure": {
      const source = `data:image/png;base64,${readFileSync(block.png).toString("base64")}`;
      return html`<figure><img src="${source}" alt="${block.caption}"><figcaption>${block.caption}</figcaption></figure>\n`;
    }
    case "table":
      return tableMarkup(block.table);
  }
}

/** Classes of the cells that hold a verdict. */
const verdictClass: Readonly<Record<string, string>> = { "holds here": "holds", "does not hold": "fails" };

function tableMarkup(table: Table): Markup {
  const numeric = table.head.map((_, column) => isNumeric(table, column));
  const cells = (row: Table["rows"][number]) =>
    table.head.map((_, column) => {
      const text = cellText(row[column]);
      const of = verdictClass[text] ?? (numeric[column] ? "number" : undefined);
      return html`<td${of && html` class="${of}"`}>${text}</td>`;
    });
  return html`<div class="scroll"><table><caption>${table.caption}</caption>
<thead><tr>${table.head.map((text, column) => html`<th${numeric[column] && html` class="number"`}>${text}</th>`)}</tr></thead>
<tbody>${table.rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody></table></div>\n`;
}
