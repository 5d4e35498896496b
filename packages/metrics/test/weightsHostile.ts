// Shared by the fuzz tests of the weight readers: damage to files, hostile pickles and zips, and what may come of them.
import { crc32 } from "node:zlib";
import { type Random, random } from "@imagefn/ops";

/** Whole numbers below `n`, in a fixed sequence. */
export function draws(name: string): (n: number) => number {
  const stream: Random = random(23).stream(name);
  let at = 0;
  let ready: Uint32Array = new Uint32Array(0);
  return (n) => {
    if (at % 4096 === 0) ready = Uint32Array.from(stream.integers(4096, 2 ** 31, at));
    return ready[at++ % 4096] % n;
  };
}

const ABSURD = [
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0, 0, 0, 0, 0, 0, 0, 0x40],
  [0, 0, 0, 0x80],
  [0, 0, 0, 0],
];

/** A damaged copy: cut, with bits flipped, bytes changed, absurd lengths, or pieces taken out, doubled or moved. */
export function damaged(file: Uint8Array, below: (n: number) => number, from = 0): Uint8Array {
  const out = file.slice();
  const place = () => from + below(Math.max(1, file.length - from));
  switch (below(7)) {
    case 0:
      return out.subarray(0, place());
    case 1:
      for (let i = below(4); i >= 0; i--) out[place()] ^= 1 << below(8);
      return out;
    case 2:
      for (let i = below(8); i >= 0; i--) out[place()] = below(256);
      return out;
    case 3: {
      const at = place();
      out.set(Uint8Array.from(ABSURD[below(ABSURD.length)]).subarray(0, out.length - at), at);
      return out;
    }
    case 4: {
      const at = place();
      return joined(out.subarray(0, at), out.subarray(at + 1 + below(16)));
    }
    case 5: {
      const at = place();
      const piece = out.subarray(at, at + 1 + below(64));
      return joined(
        out.subarray(0, at),
        ...Array.from({ length: 1 + below(4) }, () => piece),
        out.subarray(at),
      );
    }
    default: {
      const [to, at] = [place(), place()];
      out.copyWithin(to, at, at + 1 + below(32));
      return out;
    }
  }
}

export const joined = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

/** n as `width` bytes, little-endian. */
export const le = (n: number | bigint, width: number): number[] =>
  Array.from({ length: width }, (_, i) => Number((BigInt(n) >> BigInt(8 * i)) & 255n));

export interface HostileEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  /** What the headers claim, where not the truth. */
  readonly size?: number;
  readonly crc?: number;
  /** Where the directory says that the entry is. */
  readonly offset?: number;
}

/** A zip archive with true checksums, so that damage inside its entries reaches their readers. */
export function zip(entries: readonly HostileEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data, method = 0, size = data.length, crc = crc32(data), offset = at } of entries) {
    const fields = [
      le(method, 2),
      le(0, 4),
      le(crc, 4),
      le(data.length, 4),
      le(size, 4),
      le(name.length, 2),
    ].flat();
    const local = joined(ascii("PK\x03\x04"), le(20, 2), le(0, 2), fields, le(0, 2), ascii(name), data);
    directory.push(
      joined(
        ascii("PK\x01\x02"),
        le(20, 2),
        le(20, 2),
        le(0, 2),
        fields,
        le(0, 12),
        le(offset, 4),
        ascii(name),
      ),
    );
    parts.push(local);
    at += local.length;
  }
  const list = joined(...directory);
  const counts = [...le(entries.length, 2), ...le(entries.length, 2)];
  const end = joined(ascii("PK\x05\x06"), le(0, 4), counts, le(list.length, 4), le(at, 4), le(0, 2));
  return joined(...parts, list, end);
}

/** The stored entries of a zip that `zip` or PyTorch wrote, by walking its directory. */
export function unzip(file: Uint8Array): HostileEntry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const end = file.length - 22;
  const out: HostileEntry[] = [];
  for (let i = 0, at = view.getUint32(end + 16, true); i < view.getUint16(end + 10, true); i++) {
    const nameLength = view.getUint16(at + 28, true);
    const name = String.fromCharCode(...file.subarray(at + 46, at + 46 + nameLength));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    out.push({ name, data: file.slice(start, start + view.getUint32(at + 20, true)) });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return out;
}

// ---- pickles, opcode by opcode

export const PROTO2 = [0x80, 2];
export const STOP = ascii(".");
export const global = (module: string, name: string) => ascii(`c${module}\n${name}\n`);
export const text = (value: string) => joined([0x58], le(value.length, 4), ascii(value));
export const int = (n: number | bigint) => joined([0x8a, 8], le(n, 8));
export const pickle = (...parts: (Uint8Array | readonly number[])[]) => joined(PROTO2, ...parts, STOP);

/** A .pth of the zip kind around a pickle and its storages. */
export const pth = (data: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array =>
  zip([
    { name: "archive/data.pkl", data },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, data: bytes })),
  ]);

/** Opcodes of a tensor of `count` float32 in storage "0", with any opcodes for offset, shape and strides. */
export const tensor = (count: number | bigint, offset: Uint8Array, shape: Uint8Array, strides: Uint8Array) =>
  joined(
    global("torch._utils", "_rebuild_tensor_v2"),
    ascii("(("),
    text("storage"),
    global("torch", "FloatStorage"),
    text("0"),
    text("cpu"),
    int(count),
    ascii("tQ"),
    offset,
    shape,
    strides,
    [0x89],
    ascii("NtR"),
  );
export const tuple = (...items: Uint8Array[]) => joined(ascii("("), ...items, ascii("t"));

// ---- what may come of it

export interface Outcome {
  readonly message: string | undefined;
  /** What is wrong with the outcome, if anything: neither sound tensors nor a clear error. */
  readonly wrong: string | undefined;
  readonly ms: number;
}

const CLEAR = /^metrics: (not a readable [^:]+|cannot read the weights): [^\n]+$/;

/** Runs a reader: it must give tensors that hold what their shapes say, or throw one clear line, within a second. */
export function outcome(read: Read): Outcome {
  const start = performance.now();
  let message: string | undefined;
  let wrong: string | undefined;
  try {
    for (const [name, { shape, data }] of read())
      if (data.length !== shape.reduce((n, d) => n * d, 1))
        wrong = `${name} holds ${data.length} for [${shape}]`;
  } catch (error) {
    message = (error as Error).message;
    if (!CLEAR.test(message) || message.length > 700) wrong = `unclear: ${(error as Error).stack}`;
  }
  let ms = performance.now() - start;
  // On a busy machine the time may have gone to others.
  if (ms > 1000) ms = processorTime(read);
  if (ms > 1000) wrong = `${Math.round(ms)} ms`;
  return { message, wrong, ms };
}

type Read = () => ReadonlyMap<string, { shape: readonly number[]; data: { length: number } }>;

/** Milliseconds of the processor that a reader takes, whether it throws or not. */
function processorTime(read: Read): number {
  const start = process.cpuUsage();
  try {
    read();
  } catch {
    // What it throws has been looked at.
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
