// Turns the results of a benchmark run into Markdown: one table of twins, one of matrix products, and notes.

/** Markdown for `results`, the rows that run.mjs measured on `machine`. */
export function table(machine, results) {
  const twins = results.filter((row) => row.kind !== "matmul");
  const products = results.filter((row) => row.kind === "matmul");
  const parts = [heading(machine, results), twinTable(twins), matmulTable(products), notes(results)];
  return parts.filter(Boolean).join("\n\n");
}

function heading(machine, results) {
  const engines = new Set(results.flatMap((row) => row.sides.map((side) => side.engine)).filter(Boolean));
  const runs = machine.quick
    ? "a quick run, not a measurement"
    : `medians of ${machine.rounds} alternating runs`;
  const where = `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`;
  return `${[where, ...engines].join("; ")}; ${machine.date.slice(0, 10)}; ${runs}; load at the start ${machine.load}.`;
}

function twinTable(rows) {
  if (rows.length === 0) return "";
  const lines = rows.map((row) => {
    const [ours, theirs] = row.sides;
    const session = ours.sessionSeconds === undefined ? "-" : `${ours.sessionSeconds.toFixed(1)} s`;
    return [
      row.title,
      row.threads,
      amount(ours, row.unit),
      amount(theirs, row.unit),
      ratio(ours.medianMs, theirs.medianMs),
      share(ours.medianMs, ours.gflop, row.peak),
      share(theirs.medianMs, ours.gflop, row.peak),
      memory(ours),
      memory(theirs),
      ratio(ours.peakMiB, theirs.peakMiB),
      session,
    ];
  });
  const columns = [
    "",
    "threads",
    "imagefn",
    "PyTorch",
    "time ratio",
    "of the peak",
    "PyTorch",
    "imagefn peak",
    "PyTorch peak",
    "peak ratio",
  ];
  const peaks = [...new Map(rows.map((row) => [row.threads, row.peak]))].filter(([, peak]) => peak);
  const text =
    "Ratios are imagefn's over PyTorch's: below 1, imagefn takes less time or memory. The peak is the fastest product of " +
    `1024 x 1024 matrices of either side (${peaks.map(([n, peak]) => `${peak.toFixed(0)} GFLOP/s on ${n}`).join(", ")}); ` +
    "a share of it counts the arithmetic of products and convolutions alone.";
  return `${markdown([...columns, "session made in"], lines)}\n\n${text}`;
}

function matmulTable(rows) {
  if (rows.length === 0) return "";
  const names = [...new Set(rows.flatMap((row) => row.sides.map((side) => side.name)))];
  const lines = names.map((name) => [
    name,
    ...rows.map((row) => {
      const side = row.sides.find((s) => s.name === name);
      return side ? amount(side, "") : "-";
    }),
  ]);
  const columns = rows.map((row) => `${row.threads} thread${row.threads === 1 ? "" : "s"}`);
  return markdown([`${rows[0].title}, ${rows[0].unit}`, ...columns], lines);
}

/** Why sides are missing, each reason once and in one line (results.json has all of it). */
function notes(results) {
  const reasons = results.flatMap((row) =>
    row.sides
      .filter((side) => side.skipped || side.failed)
      .map(
        (side) =>
          `- ${side.name} ${side.skipped ? `skipped: ${side.skipped}` : `FAILED: ${errorLine(side.failed)}`}`,
      ),
  );
  return [...new Set(reasons)].join("\n");
}

function errorLine(text) {
  return /^\w*Error\b.*/m.exec(text)?.[0] ?? text.split("\n").at(-1);
}

function amount({ value, failed }, unit) {
  if (value === undefined) return failed ? "failed" : "-";
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

function memory({ peakMiB }) {
  return peakMiB === undefined ? "-" : `${peakMiB.toFixed(0)} MiB`;
}

function ratio(ours, theirs) {
  return ours === undefined || theirs === undefined ? "-" : (ours / theirs).toFixed(2);
}

/** How much of the machine's peak a step's products would take, in percent. */
function share(ms, gflop, peak) {
  if (ms === undefined || gflop === undefined || peak === undefined) return "-";
  return `${((100 * gflop) / (ms / 1000) / peak).toFixed(0)} %`;
}

/** A table of Markdown, the first column to the left. */
export function markdown(columns, lines) {
  const rule = columns.map((_, i) => (i === 0 ? "---" : "--:"));
  return [columns, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
