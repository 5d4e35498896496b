// The findings of an evaluation as lines for a terminal, with hints about flags and commands.
import {
  type Finding,
  isMissing,
  type Measure,
  type Missing,
  type MissingCode,
  weightFiles,
} from "@imagefn/metrics";

/** The findings as the report stores them: reasons name the flag that helps, and codes are left out. */
export const withFlags = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) =>
    isMissing(finding) ? { metric: finding.metric, reason: finding.reason + flagOf(finding) } : finding,
  );

/** The findings as --json prints them: every one has a value, which is null where `because` tells why there is none. */
export const documentOf = (findings: readonly Finding[]): object[] =>
  findings.map((finding) => {
    if (!isMissing(finding)) {
      const because = Number.isFinite(finding.value) ? {} : { because: `it is ${finding.value}` };
      return { ...finding, ...because };
    }
    const { metric, code = null, reason } = finding;
    return { metric, value: null, because: reason + flagOf(finding), code };
  });

const flags: Partial<Record<MissingCode, string>> = {
  "no-reference": " (--against)",
  "missing-network": " (--network)",
  unmatched: " (--skip-unmatched leaves them out)",
};
const flagOf = ({ code }: Missing): string => (code && flags[code]) ?? "";

/** A line for each finding, the numbers first. */
export function findingsText(findings: readonly Finding[]): string {
  const measures = findings.filter((finding): finding is Measure => !isMissing(finding));
  const width = Math.max(0, ...measures.map(({ metric }) => metric.length));
  const lines = measures.map((measure) => {
    const { metric, value, std, note } = measure;
    const spread = std === undefined ? "" : ` +- ${digits(std)}`;
    const beside = note === undefined ? counts(measure) : `${counts(measure)}; ${note}`;
    return `${metric.padEnd(width)}  ${digits(value)}${spread}  (${beside})`;
  });
  const missing = findings.filter(isMissing).map((finding) => `${finding.metric}: ${reason(finding)}`);
  return [...lines, ...missing].join("\n");
}

function counts({ n, reference, settings }: Measure): string {
  const pairs = settings?.pairs;
  if (pairs !== undefined) return `${n} ${n === 1 ? "pair" : "pairs"} ${pairs}`;
  const images = `${n} ${n === 1 ? "image" : "images"}`;
  return reference === undefined ? images : `${images} against ${reference}`;
}

const digits = (value: number): string =>
  Number.isFinite(value)
    ? Math.abs(value) >= 1000
      ? value.toFixed(1)
      : value.toPrecision(5)
    : String(value);

/** The report and `imagefn weights` say where weights are looked for and how to get them. */
function reason(finding: Missing): string {
  if (finding.weights === undefined) return finding.reason + flagOf(finding);
  const { what, files } = weightFiles[finding.weights];
  const others = files.length > 1 ? " or another" : "";
  return `unavailable: weights missing: ${what} (${files[0].names[0]}${others}); see \`imagefn weights\``;
}
