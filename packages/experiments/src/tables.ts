// Tables: rows of text and numbers, and the same as Markdown.

/** Text, or a number that is shown with three digits; undefined is shown as a dash. */
export type Cell = string | number | undefined;

/** A table. */
export interface Table {
  readonly caption?: string;
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

/** Whether a column holds numbers and is set flush right. Published numbers are text, with the digits as printed. */
export const isNumeric = ({ rows }: Table, column: number): boolean =>
  column > 0 && rows.some((row) => /^-?\d[\d.,]*$/.test(cellText(row[column])));

/** A table as Markdown, under its caption. */
export function tableMarkdown(table: Table): string {
  const { caption, head, rows } = table;
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    ...(caption === undefined ? [] : [`${caption}\n`]),
    line(head),
    line(head.map((_, i) => (isNumeric(table, i) ? "---:" : "---"))),
    ...rows.map((row) => line(head.map((_, i) => cellText(row[i])))),
  ].join("\n");
}
