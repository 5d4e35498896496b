// What an evaluation finds, as values, as text and as JSON.

/** One number with everything that it depends on. */
export interface Measure {
  /** What it is called; never the name of another metric. */
  readonly metric: string;
  readonly value: number;
  /** Standard deviation over splits or subsets. */
  readonly std?: number;
  /** Images that were measured, and those of the reference. */
  readonly n: number;
  readonly reference?: number;
  /** Network, resize rule, weights, constants. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A metric that could not be computed, and why. */
export interface Missing {
  readonly metric: string;
  readonly reason: string;
}

export type Finding = Measure | Missing;

export const isMissing = (finding: Finding): finding is Missing => "reason" in finding;

const digits = (value: number): string =>
  Number.isFinite(value)
    ? Math.abs(value) >= 1000
      ? value.toFixed(1)
      : value.toPrecision(5)
    : String(value);

/** Where weights were looked for, and how they are got, is for the JSON and for `imagefn weights`. */
const brief = (reason: string): string =>
  reason.includes("; looked in")
    ? `${reason.split("; looked in")[0].replace(/ or [^()]*\)/, " or another)")}; see \`imagefn weights\``
    : reason;

/** A line for each finding, the numbers first. */
export function findingsText(findings: readonly Finding[]): string {
  const measures = findings.filter((finding): finding is Measure => !isMissing(finding));
  const width = Math.max(0, ...measures.map(({ metric }) => metric.length));
  const lines = measures.map(({ metric, value, std, n, reference }) => {
    const spread = std === undefined ? "" : ` +- ${digits(std)}`;
    const counts = reference === undefined ? `${n} images` : `${n} images against ${reference}`;
    return `${metric.padEnd(width)}  ${digits(value)}${spread}  (${counts})`;
  });
  const missing = findings.filter(isMissing).map(({ metric, reason }) => `${metric}: ${brief(reason)}`);
  return [...lines, ...missing].join("\n");
}
