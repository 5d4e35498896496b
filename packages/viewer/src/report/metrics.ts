// metrics.json as the rows of a table. It may come from another version or have been edited, so nothing about it is assumed.
import { isValues } from "@imagefn/runs";
import { decimal } from "./numbers.js";

/** A row: a number, or why there is none. */
export interface MetricRow {
  readonly metric: string;
  readonly value?: string;
  /** Images that were measured, and those of the reference. */
  readonly images?: string;
  /** What the number depends on, or why it is missing. */
  readonly depends: string;
  /** What else is to be known of the number, such as images that were left out. */
  readonly note?: string;
}

export interface Metrics {
  readonly rows: readonly MetricRow[];
  /** What was measured, in words. */
  readonly about: readonly (readonly [name: string, value: string])[];
}

/** The table of a metrics.json; undefined for anything else. */
export function metricsOf(file: unknown): Metrics | undefined {
  if (!isValues(file) || !Array.isArray(file.findings)) return undefined;
  const { findings, ...about } = file;
  return {
    rows: file.findings.filter(isValues).map(row),
    about: Object.entries(about).map(([name, value]) => [name, words(value)]),
  };
}

function row({
  metric,
  value,
  std,
  n,
  reference,
  settings,
  reason,
  note,
}: Record<string, unknown>): MetricRow {
  const name = words(metric);
  if (reason !== undefined) return { metric: name, depends: words(reason) };
  return {
    metric: name,
    value: words(value) + (std === undefined ? "" : ` ± ${words(std)}`),
    images: words(n) + (reference === undefined ? "" : ` against ${words(reference)}`),
    depends: words(settings),
    ...(note === undefined ? {} : { note: words(note) }),
  };
}

/** Anything as text: lists with commas, fields as `name value`; long hashes shortened. */
function words(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return decimal(value);
  if (Array.isArray(value)) return value.map(words).join(", ");
  if (isValues(value))
    return Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([name, inner]) => `${name} ${isValues(inner) ? `(${words(inner)})` : words(inner)}`)
      .join(", ");
  return String(value).replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}
