// Reads PyTorch's files of weights: the legacy layout of consecutive pickles, and the zip archive since 1.6.
import type { HostArray } from "@imagefn/ops";
import { budgetFor, fail, quote, reading } from "./_format.js";
import { decode, WIDTH } from "./_numbers.js";
import { type ByteSource, bytesSource, cursorOf } from "./_source.js";
import { type StorageRef, type TensorRef, torchRules } from "./_torchObjects.js";
import { loadTensors, nameTensors } from "./_torchTensors.js";
import { type PickleRules, plainData, unpickle } from "./_unpickle.js";
import { openEntry, readEntry, type ZipEntry, zipEntries } from "./_zip.js";

/** Which tensors to read. */
export interface ReadOptions {
  /** Which tensors to read, by name; the data of the others is passed over. All by default. */
  readonly keep?: (name: string) => boolean;
}

/**
 * Tensors of a .pth or .pt file, as torch.save of a state dict (or of any dicts, lists and tuples of tensors)
 * writes it, or a TorchScript archive's parameters and buffers by attribute path. Nested names are joined by dots,
 * list items are named by their index, a tensor alone is "tensor". All number types (16-bit floats and integers
 * such as `num_batches_tracked` too) become float32, strided views row-major. What is no tensor is passed over.
 *
 * Nothing in the file is run: only tensors, storages, ordered dicts and plain data can be built.
 *
 * @throws with what is wrong, where the file is damaged, or names or does anything else
 */
export function readPth(bytes: Uint8Array, options: ReadOptions = {}): Map<string, HostArray> {
  return reading("PyTorch file (.pth)", () => parsePth(bytesSource(bytes), options));
}

/** torch.save begins a legacy file with a pickle of this number. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

export function parsePth(source: ByteSource, options: ReadOptions): Map<string, HostArray> {
  if (source.size < 4) fail(`it has ${source.size} bytes`);
  const [a, b] = source.view(0, 2);
  return a === 0x50 && b === 0x4b ? parseZip(source, options) : parseLegacy(source, options);
}

function kept(named: Map<string, TensorRef>, { keep }: ReadOptions): Map<string, TensorRef> {
  return keep ? new Map([...named].filter(([name]) => keep(name))) : named;
}

function parseLegacy(source: ByteSource, options: ReadOptions): Map<string, HostArray> {
  const cursor = cursorOf(source);
  if (unpickle(cursor, plainData) !== MAGIC)
    fail("it is a pickle, but does not begin as torch.save begins one");
  const protocol = unpickle(cursor, plainData);
  if (protocol !== PROTOCOL) fail(`it is of protocol ${quote(protocol)} (expected ${PROTOCOL})`);
  const system = unpickle(cursor, plainData);
  if (!(system instanceof Map) || system.get("little_endian") !== true)
    fail("it was not written as little-endian");

  const storages = new Map<string, StorageRef>();
  const torch = torchRules(false);
  const rules: PickleRules = {
    ...torch,
    persistent(id) {
      const storage = torch.persistent(id) as StorageRef;
      storages.set(storage.key, storage);
      return storage;
    },
  };
  const named = nameTensors(unpickle(cursor, rules));
  const keys = unpickle(cursor, plainData);
  if (!Array.isArray(keys)) return fail("its list of storages is missing");
  const budget = budgetFor(source.size, 16);

  // Behind the pickles, for each key: a 64-bit count, then that many numbers.
  const places = new Map<string, number>();
  let at = cursor.position;
  for (const key of keys) {
    const storage =
      storages.get(key) ?? fail(`its list of storages names ${quote(key)}, which no tensor uses`);
    const head = source.view(at, 8);
    const count = Number(new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true));
    if (count !== storage.count)
      fail(`storage ${quote(key)} has ${count} numbers, and its tensors expect ${storage.count}`);
    places.set(key, at + 8);
    at += 8 + count * WIDTH[storage.type];
    if (at > source.size) fail(`storage ${quote(key)} ends at byte ${at} of ${source.size} (truncated?)`);
  }
  const readStorage = ({ key, type, count }: StorageRef) => {
    const place = places.get(key) ?? fail(`storage ${quote(key)} is missing`);
    budget.take(count * WIDTH[type], `storage ${quote(key)}`);
    return decode(type, source.copy(place, count * WIDTH[type]));
  };
  return loadTensors(kept(named, options), readStorage, budget);
}

const PICKLE_LIMIT = 64 * 1024 * 1024;

function parseZip(source: ByteSource, options: ReadOptions): Map<string, HostArray> {
  const entries = zipEntries(source);
  const pickle = [...entries.values()].find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (!pickle) return fail(`it is a zip archive without data.pkl (it has ${listed(entries)})`);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const budget = budgetFor(source.size, 16);
  const entry = (name: string): ZipEntry =>
    entries.get(folder + name) ?? fail(`${quote(folder + name)} is missing`);

  if (pickle.size > PICKLE_LIMIT)
    fail(`its data.pkl has ${pickle.size} bytes (expected at most ${PICKLE_LIMIT})`);
  const script = entries.has(`${folder}constants.pkl`);
  const data = readEntry(source, pickle, budget);
  const root = unpickle(cursorOf(bytesSource(data)), torchRules(script));

  const order = entries.get(`${folder}byteorder`);
  const bigEndian =
    order !== undefined && order.size < 16
      ? new TextDecoder().decode(readEntry(source, order, budget)) === "big"
      : false;
  const readStorage = ({ key, type, count }: StorageRef) => {
    const stored = entry(`data/${key}`);
    const length = count * WIDTH[type];
    if (stored.size !== length)
      fail(
        `storage ${quote(key)} has ${stored.size} bytes (expected ${length} for ${count} numbers of ${type})`,
      );
    budget.take(length, `storage ${quote(key)}`);
    return decode(type, openEntry(source, stored).read(length), bigEndian);
  };
  return loadTensors(kept(nameTensors(root), options), readStorage, budget);
}

/** The first names in an archive, for messages. */
export const listed = (entries: ReadonlyMap<string, ZipEntry>): string => {
  const names = [...entries.keys()].slice(0, 3).map(quote);
  return names.length === 0 ? "no entries" : `${names.join(", ")}${entries.size > 3 ? " and others" : ""}`;
};
