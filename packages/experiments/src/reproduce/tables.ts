// Tables of an experiment: rows of text and numbers, as Markdown and as they are.

export type Cell = string | number | undefined;

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Three digits; a dash where there is no number. */
export const three = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value)
    ? "-"
    : Math.abs(value) >= 1000
      ? Math.round(value).toLocaleString("en")
      : Number(value.toPrecision(3)).toString();

/** A cell as text. */
export const cellText = (cell: Cell): string => (typeof cell === "string" ? cell : three(cell));

/** Whether a column holds numbers, so that it is set to the right. Published ones are text, with the digits they have. */
export const isNumeric = ({ rows }: Table, column: number): boolean =>
  column > 0 && rows.some((row) => /^-?\d[\d.,]*$/.test(cellText(row[column])));

/** A table as Markdown, its caption above it. */
export function tableMarkdown(table: Table): string {
  const { caption, head, rows } = table;
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `${caption}\n`,
    line(head),
    line(head.map((_, i) => (isNumeric(table, i) ? "---:" : "---"))),
    ...rows.map((row) => line(head.map((_, i) => cellText(row[i])))),
  ].join("\n");
}
