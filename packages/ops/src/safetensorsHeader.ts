// The header of a .safetensors file, with everything that the format asks of it checked before a number is read.
import { escaped, short } from "./inOneLine.js";
import { numberTypes } from "./safetensorsTypes.js";

/** A file that is read in places: `length` bytes, and those from `start` up to `end`. */
export interface ByteSource {
  readonly length: number;
  /** The bytes from `start` up to `end`; [start, end) lies within `length`. */
  subarray(start: number, end: number): Uint8Array;
}

/** Where a tensor lies. */
export interface Entry {
  readonly name: string;
  /** One of `numberTypes`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The first byte in the file, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** What a file says of itself. */
export interface Header {
  /** In the order of the header. Their ranges cover the data exactly, each byte once. */
  readonly entries: readonly Entry[];
  readonly metadata: Record<string, string>;
}

/** As in the reference implementation. */
const HEADER_LIMIT = 100_000_000;

/** Metadata's place in the header. */
export const METADATA = "__metadata__";

export const bad = (what: string) => new Error(`ops: not a readable .safetensors file: ${escaped(what)}`);

/** Reads and checks the header. @throws with the tensor, what it says and what was expected */
export function readHeader(file: ByteSource): Header {
  if (file.length < 8) throw bad(`it has ${file.length} bytes (expected a header of at least 8)`);
  const start = file.subarray(0, 8);
  const declared = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(file.length - 8))
    throw bad(
      `the header should be ${declared} bytes long, and the file has ${file.length - 8} (truncated?)`,
    );
  if (declared > BigInt(HEADER_LIMIT))
    throw bad(`the header is ${declared} bytes long (expected at most ${HEADER_LIMIT})`);
  const base = 8 + Number(declared);
  const header = parsed(file.subarray(8, base));
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header))
    if (name !== METADATA) entries.push(entry(name, value, base));
  checkRanges(entries, base, file.length);
  return { entries, metadata: metadataOf(header) };
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    checkNames(text);
    header = JSON.parse(text);
  } catch (error) {
    throw error instanceof SyntaxError || error instanceof TypeError ? bad("the header is not JSON") : error;
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw bad("the header is not an object");
  if (text[0] !== "{") throw bad(`the header begins with ${JSON.stringify(text[0])} (expected "{")`);
  return header as Record<string, unknown>;
}

/** The header, its tensors, and their lists: brackets within brackets multiply memory. */
const DEPTH = 3;

/**
 * Refuses what JSON.parse takes without a word: a name given twice, of which it keeps the last; `__proto__`, which is a
 * name of every object; and brackets within brackets.
 */
function checkNames(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "{" || c === "[") open.push(c === "{" ? new Set() : undefined);
    else if (c === "}" || c === "]") open.pop();
    if (open.length > DEPTH)
      throw bad(`the header is nested ${open.length} deep (expected at most ${DEPTH})`);
    if (c !== '"') continue;
    const start = at++;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    const names = open.at(-1);
    if (!names || !isName(text, at + 1)) continue;
    const name: string = JSON.parse(text.slice(start, at + 1));
    if (names.has(name)) throw bad(`the header names ${brief(name)} twice (expected each name once)`);
    if (name === "__proto__") throw bad('the header names "__proto__" (expected any other name)');
    names.add(name);
  }
}

/** Whether what ended before `at` is the name of something. */
function isName(text: string, at: number): boolean {
  let next = at;
  while (next < text.length && " \t\n\r".includes(text[next])) next++;
  return text[next] === ":";
}

function metadataOf(header: Record<string, unknown>): Record<string, string> {
  const metadata = header[METADATA] ?? (METADATA in header ? null : {});
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw bad(`its metadata is not an object of strings (got ${kind(metadata)})`);
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string")
      throw bad(`its metadata is not an object of strings (got ${kind(value)} for ${brief(key)})`);
  return metadata as Record<string, string>;
}

const kind = (x: unknown) =>
  x === null ? "null" : Array.isArray(x) ? "an array" : `a value of type ${typeof x}`;

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
const isCounts = (x: unknown): x is number[] => Array.isArray(x) && x.every(isCount);

function entry(name: string, value: unknown, base: number): Entry {
  const called = `"${short(name)}"`;
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw bad(
      `${called} has no valid shape and offsets (got ${brief(shape)} and ${brief(offsets)}, expected whole numbers)`,
    );
  const type = numberTypes.get(String(dtype));
  if (type === undefined)
    throw bad(
      `${called} is of type ${short(String(dtype))} (expected ${[...numberTypes.keys()].join(", ")})`,
    );
  const [from, to] = offsets;
  let bytes = type.bytes;
  for (const d of shape) {
    bytes *= d;
    if (!Number.isSafeInteger(bytes))
      throw bad(`${called} has more numbers than a file can hold: [${short(String(shape))}]`);
  }
  if (to - from !== bytes)
    throw bad(
      `${called} has ${to - from} bytes for shape [${short(String(shape))}] of ${dtype} (expected ${bytes})`,
    );
  return { name, dtype: String(dtype), shape, from: base + from, to: base + to };
}

function brief(x: unknown): string {
  return short(JSON.stringify(x) ?? "nothing");
}

/** The ranges must cover the data: bytes that two tensors share multiply memory, and bytes of none hide something. */
function checkRanges(entries: readonly Entry[], base: number, length: number): void {
  let end = base;
  let before = "the header";
  for (const { name, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (to > length) throw bad(`"${short(name)}" ends at byte ${to} of ${length} (truncated?)`);
    if (from !== end)
      throw bad(
        `"${short(name)}" begins at byte ${from}, ${from < end ? "inside" : "with a gap after"} ${before} ` +
          `(expected ${end}: tensors lie one after another)`,
      );
    end = to;
    before = `"${short(name)}"`;
  }
  if (end !== length)
    throw bad(
      `${length - end} bytes after ${before} belong to no tensor (expected the file to end at byte ${end})`,
    );
}
