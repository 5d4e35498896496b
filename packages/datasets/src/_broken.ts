// What becomes of a set some of whose images cannot be used: an error that lists them, or the set without them.
import { quoted } from "@imagefn/base";
import { partDigest } from "./_digest.js";
import type { Source } from "./_source.js";
import type { UnusableImage } from "./_unusable.js";

/** Images that are named one by one in a message. */
const NAMED = 10;

/** The images that cannot be used, by their index. */
export type Faults = ReadonlyMap<number, UnusableImage>;

/**
 * The source without the images that cannot be used, and with a warning that counts them, if it has `skipBroken`.
 * Throws an error that lists them otherwise, and if no image would be left.
 */
export function withoutBroken(source: Source, faults: Faults): Source {
  const kept = keptIndices(source.count, faults);
  if (!source.skipBroken || kept.length === 0) throw allFaults(source, faults, kept.length);
  const { labels, groups, classes } = source;
  const part: Source = {
    ...source,
    count: kept.length,
    warnings: [...source.warnings, leftOut(source, faults)],
    image: (i) => source.image(kept[i]),
  };
  const digest = source.digestOf?.(kept) ?? partDigest(source.digest, kept);
  if (digest) part.digest = digest;
  if (groups) part.groups = Int32Array.from(kept, (i) => groups[i]);
  if (!labels) return part;
  const used = new Set(Array.from(kept, (i) => labels[i]));
  const gone = classes.filter((_, label) => !used.has(label));
  part.classes = classes.filter((_, label) => used.has(label));
  part.labels = Int32Array.from(kept, (i) => part.classes.indexOf(classes[labels[i]]));
  const warnings = gone.map(
    (name) => `datasets: no image of class ${quoted(name)} can be used, so it is not a class`,
  );
  return { ...part, warnings: [...part.warnings, ...warnings] };
}

/** The indices of the images that can be used, in order. */
export function keptIndices(count: number, faults: Faults): number[] {
  return Array.from({ length: count }, (_, i) => i).filter((i) => !faults.has(i));
}

function inOrder(faults: Faults): UnusableImage[] {
  return [...faults].sort(([a], [b]) => a - b).map(([, fault]) => fault);
}

function allFaults({ name, count, skipBroken }: Source, faults: Faults, left: number): Error {
  const list = inOrder(faults);
  const others = left === 0 ? "none is left" : `${left} can`;
  const skip = skipBroken === false && left > 0 ? "set skipBroken to go on without them" : "";
  if (list.length === 1) {
    const rest = skip && `; or set skipBroken to go on with the other ${left}`;
    return new Error(`${list[0].message}${rest}`, { cause: list[0] });
  }
  const lines = list.slice(0, NAMED).map(({ fault }) => `\n  ${fault}`);
  if (list.length > NAMED) lines.push(`\n  and ${list.length - NAMED} more`);
  return new Error(
    `datasets: ${list.length} of ${count} images of ${quoted(name)} cannot be used, ${others}:${lines.join("")}\n` +
      `replace or remove them${skip && `, or ${skip}`}`,
    { cause: list[0] },
  );
}

function leftOut({ name, count }: Source, faults: Faults): string {
  const named = inOrder(faults)
    .slice(0, NAMED)
    .map(({ fault }) => fault);
  const more = faults.size > NAMED ? `, and ${faults.size - NAMED} more` : "";
  return `datasets: left out ${faults.size} of ${count} images of ${quoted(name)} that cannot be used: ${named.join(", ")}${more}`;
}
