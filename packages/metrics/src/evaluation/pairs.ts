// Which picture of the samples belongs to which of the reference: by name where they have names, otherwise by number.
import { ImagefnError } from "@imagefn/base";
import type { ImageBatch } from "../networks/images.js";
import { quote } from "../weights/_format.js";
import type { Unavailable } from "./finding.js";
import { matchNames } from "./matchNames.js";
import type { ImageSource, PairBatch } from "./source.js";

/** What may happen to pictures without a partner. */
export const unmatchedNames = ["refuse", "ignore"] as const;

/** What happens to pictures without a partner: their metric is refused, or they are left out. */
export type Unmatched = (typeof unmatchedNames)[number];

/** Two sets of pictures. */
export interface PairRequest {
  readonly samples: ImageSource;
  /** How many of the samples. */
  readonly count: number;
  readonly partner: ImageSource;
  /** How many images of the partner at most, for pairs by number. */
  readonly partnerCount?: number;
  readonly unmatched?: Unmatched;
}

/** How two sets are paired. */
export interface Pairing {
  readonly by: "by name" | "by number";
  /** How many pairs. */
  readonly count: number;
  /** What was left out. */
  readonly note?: string;
  /** The pairs, in batches of one size. @throws where the pictures of a pair have different sizes */
  batches(): AsyncGenerator<PairBatch>;
}

/**
 * Pairs pictures by name, as `matchNames` does, where both sets have names, and by number where neither has.
 * @returns the reason where pictures lack a partner, or which belong together cannot be told
 */
export function pairing(request: PairRequest): Pairing | Unavailable {
  const { samples, partner } = request;
  if (samples.named && partner.named) return byName(request);
  if (!samples.named && !partner.named) return byNumber(request);
  const [has, lacks] = samples.named ? [samples, partner] : [partner, samples];
  return refused(
    `the pictures of a pair are found by name, and only one side has names: ${has.name} have them, ` +
      `${lacks.name} do not`,
    "unfit-reference",
  );
}

const refused = (why: string, code: "unmatched" | "unfit-reference" = "unmatched"): Unavailable => ({
  code,
  reason: `could not be measured, because ${why}`,
});

function byName({ samples, count, partner, unmatched }: PairRequest): Pairing | Unavailable {
  const [names, others] = [samples.named!, partner.named!];
  const match = matchNames(names.names, others.names);
  // Samples beyond the count are not looked at, but their partners have a place.
  const pairs = match.pairs.filter(([i]) => i < count);
  const alone = [
    [samples.name, match.alone.filter((i) => i < count).map((i) => names.names[i])],
    [partner.name, match.others.map((i) => others.names[i])],
  ] as const;
  if (pairs.length === 0)
    return refused(
      `no picture of ${samples.name} (${listed(names.names)}) has the name of one of ${partner.name} ` +
        `(${listed(others.names)})`,
      "unfit-reference",
    );
  const lists = alone.flatMap(([name, list]) => (list.length > 0 ? `${listed(list)} of ${name}` : []));
  const total = alone[0][1].length + alone[1][1].length;
  const without = `${total} ${total === 1 ? "picture has" : "pictures have"} no partner: ${lists.join("; ")}`;
  if (total > 0 && unmatched !== "ignore") return refused(without);
  return {
    by: "by name",
    count: pairs.length,
    ...(total > 0 ? { note: `left out, since ${without}` } : {}),
    batches: () =>
      paired(
        names.pick(pairs.map(([i]) => i)),
        others.pick(pairs.map(([, j]) => j)),
        (k) => `${quote(names.names[pairs[k][0]])} and ${quote(others.names[pairs[k][1]])}`,
      ),
  };
}

function byNumber({
  samples,
  count,
  partner,
  partnerCount = partner.count,
  unmatched,
}: PairRequest): Pairing | Unavailable {
  const [n, others] = [Math.min(count, samples.count), Math.min(partnerCount, partner.count)];
  // A run makes as many samples as are asked for; of other sets, one that lacks a picture moves all that follow it.
  const endless = !Number.isFinite(samples.count) || !Number.isFinite(partner.count);
  const fits = samples.count === partner.count || n === others || (endless && others >= n);
  const both = `${n} on one side (${samples.name}) and ${others} on the other (${partner.name})`;
  if (!fits && unmatched !== "ignore")
    return refused(`pictures without names are paired by number, and there are ${both}`);
  const pairs = Math.min(n, others);
  return {
    by: "by number",
    count: pairs,
    ...(fits ? {} : { note: `paired by number as far as both reach: there are ${both}` }),
    batches: () =>
      paired(samples.batches(pairs), partner.batches(pairs), (k) => `number ${k + 1} of both sets`),
  };
}

/** The first names, quoted, and how many more there are. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(quote).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** The batches of `a`, each with the partners of its pictures: `b` has batches of its own. */
async function* paired(
  a: AsyncIterable<ImageBatch>,
  b: AsyncIterable<ImageBatch>,
  which: (pair: number) => string,
): AsyncGenerator<PairBatch> {
  const others = singles(b);
  let pair = 0;
  try {
    for await (const batch of a) {
      const partners: ImageBatch[] = [];
      for (let i = 0; i < batch.shape[0]; i++, pair++) {
        const { value: other, done } = await others.next();
        if (done)
          throw new ImagefnError("invalid-data", `metrics: there is no second picture of ${which(pair)}`);
        if (size(batch) !== size(other))
          throw new ImagefnError(
            "invalid-data",
            `metrics: the pictures of a pair have different sizes: ${which(pair)} (got ${size(batch)} and ${size(other)})`,
          );
        partners.push(other);
      }
      yield { batch, other: joined(partners) };
    }
  } finally {
    await others.return(undefined);
  }
}

const size = ({ shape: [, , height, width] }: ImageBatch) => `${width} x ${height}`;

/** The pictures of batches one by one, in memory of their own: a source may use its own again. */
async function* singles(batches: AsyncIterable<ImageBatch>): AsyncGenerator<ImageBatch, undefined> {
  for await (const { shape, data } of batches) {
    const each = shape[1] * shape[2] * shape[3];
    for (let i = 0; i < shape[0]; i++)
      yield { shape: [1, ...shape.slice(1)], data: data.slice(i * each, (i + 1) * each) };
  }
}

function joined(parts: readonly ImageBatch[]): ImageBatch {
  const each = parts[0].data.length;
  const floats = parts.some(({ data }) => data instanceof Float32Array);
  const data = new (floats ? Float32Array : Uint8Array)(parts.length * each);
  for (const [i, part] of parts.entries()) data.set(part.data, i * each);
  return { shape: [parts.length, ...parts[0].shape.slice(1)], data };
}
