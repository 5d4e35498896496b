// What files of shards say of themselves, and whether files together are all shards of the same samples.
import { ImagefnError, type Machine, quoted, type Shard } from "@imagefn/base";

/** Which part of which samples, and what it was made with. */
export interface ShardNote extends Machine {
  /** What a report says of the samples, of which all shards are. */
  readonly samples: Readonly<Record<string, unknown>>;
  /** How many samples all shards have together. */
  readonly count: number;
  readonly shard: Shard;
  /** Of the samples; also that of the kernel distance's subsets. */
  readonly seed: number;
}

/** A file of a shard. */
export interface ShardFile {
  readonly path: string;
  readonly note: ShardNote;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A note as it was read, if it is one. */
export function shardNoteOf(value: unknown): ShardNote | undefined {
  if (!isObject(value) || !isObject(value.samples) || !isObject(value.shard)) return undefined;
  const { shard, count, seed, engine, threads, cpu } = value;
  const { index, of } = shard;
  const whole = [index, of, count].every((n) => Number.isSafeInteger(n) && Number(n) >= 1);
  const fits =
    whole && Number(index) <= Number(of) && typeof seed === "number" && typeof threads === "number";
  return fits && typeof engine === "string" && typeof cpu === "string"
    ? (value as unknown as ShardNote)
    : undefined;
}

const refused = (why: string, path: string): ImagefnError =>
  new ImagefnError("invalid-data", `metrics: ${why}`, { path });

/**
 * The files in the order of their shards.
 * @param same what else has to be equal in all of them, as `[what it is, its value]`
 * @throws ImagefnError `invalid-data` unless they are all shards of the same samples, each once
 */
export function allShards<File extends ShardFile>(
  files: readonly File[],
  same: (file: File) => readonly (readonly [what: string, value: unknown])[],
): readonly File[] {
  if (files.length === 0)
    throw new ImagefnError("invalid-option", "metrics: there are no files of shards (expected one or more)");
  const [first] = files;
  for (const file of files) {
    const other = compared(first, file, same).find(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b));
    if (!other) continue;
    const [what, a, b] = other;
    throw refused(
      `${quoted(first.path)} and ${quoted(file.path)} do not belong together: the ${what} differs ` +
        `(got ${shown(a)} and ${shown(b)}). Give the files of one set of samples`,
      file.path,
    );
  }
  const { of } = first.note.shard;
  const ordered: File[] = [];
  for (const file of files) {
    const { index } = file.note.shard;
    const twin = ordered[index - 1];
    if (twin)
      throw refused(
        `${quoted(twin.path)} and ${quoted(file.path)} are both shard ${index} of ${of}. Leave one out`,
        file.path,
      );
    ordered[index - 1] = file;
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !ordered[index - 1]);
  const [noun, verb, them] = missing.length === 1 ? ["shard", "is", "it"] : ["shards", "are", "them"];
  if (missing.length > 0)
    throw refused(
      `${noun} ${listed(missing)} of ${of} ${verb} missing (got ${files.length} of ${of} files). Make ${them} first`,
      first.path,
    );
  return ordered;
}

/** What has to be equal in two files. */
function compared<File extends ShardFile>(
  a: File,
  b: File,
  same: (file: File) => readonly (readonly [string, unknown])[],
): (readonly [what: string, a: unknown, b: unknown])[] {
  const samples = [identity(a.note), identity(b.note)];
  const keys = new Set(samples.flatMap((about) => Object.keys(about)));
  const others = same(b);
  return [
    ["number of shards", a.note.shard.of, b.note.shard.of],
    ["count of samples", a.note.count, b.note.count],
    ...[...keys].map((key) => [`${key} of the samples`, samples[0][key], samples[1][key]] as const),
    ["seed", a.note.seed, b.note.seed],
    ...same(a).map(([what, value], i) => [what, value, others[i]?.[1]] as const),
  ];
}

/** What tells weights apart: the name of their file does not. */
export const checksum = (weights: Readonly<Record<string, unknown>>): string =>
  typeof weights.sha256 === "string" ? weights.sha256 : JSON.stringify(weights);

/** What samples are of. The same run may lie at another path on another machine: its weights tell. */
function identity({ samples }: ShardNote): Readonly<Record<string, unknown>> {
  if (!("weights" in samples)) return samples;
  const { run: _, ...rest } = samples;
  return rest;
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? quoted(value) : quoted(JSON.stringify(value) ?? "none");
  return text.length > 200 ? `${text.slice(0, 200)}..` : text;
}

/** Numbers as text, the first ones of many. */
const listed = (numbers: readonly number[]): string =>
  numbers.length > 12
    ? `${numbers.slice(0, 10).join(", ")} and ${numbers.length - 10} more`
    : numbers.join(", ");

/** What a report says of samples that came in shards. */
export const aboutShards = (files: readonly ShardFile[]): Readonly<Record<string, unknown>> => ({
  ...files[0].note.samples,
  shards: files[0].note.shard.of,
  machines: machinesOf(files),
});

/** A warning where shards were made with different engines, threads or processors. */
export function warningsOf(files: readonly ShardFile[]): string[] {
  const machines = machinesOf(files);
  if (machines.length === 1) return [];
  const each = machines.map(
    ({ engine, threads, cpu, shards }) =>
      `${engine}, ${threads} threads, ${quoted(cpu)}: shards ${listed(shards)}`,
  );
  return [
    `the shards were made with different engines, threads or processors, so the last digits may differ (${each.join("; ")})`,
  ];
}

/** Each machine with its shards. */
function machinesOf(files: readonly ShardFile[]): (Machine & { readonly shards: number[] })[] {
  const machines = new Map<string, Machine & { readonly shards: number[] }>();
  for (const { note } of files) {
    const { engine, threads, cpu, shard } = note;
    const key = JSON.stringify([engine, threads, cpu]);
    const machine = machines.get(key) ?? { engine, threads, cpu, shards: [] };
    machines.set(key, machine);
    machine.shards.push(shard.index);
  }
  return [...machines.values()];
}
