// A read-only walker over LMDB files, the format of LSUN: format 1, 64-bit, little endian.
import { type FileHandle, open } from "node:fs/promises";
import { quoted } from "@imagefn/base";
import { readAt } from "./_file.js";
import { reasonOf } from "./_reason.js";
import { shownBytes } from "./dataset.js";

// A file is a row of pages of one size. Pages 0 and 1 are meta pages; the one with the larger
// transaction number is valid. From its root a tree of branch and leaf pages leads to the nodes, in the order of
// their keys; a value too large for a leaf fills a row of overflow pages.
// Every number is checked before it is used, so that a damaged file ends in an error and not in an endless walk.
//
// Page:  number u64, pad u16, flags u16, then lower u16 and upper u16, or for overflow the pages of the row u32;
//        branch and leaf: offsets of the nodes u16[], from byte 16 to `lower`.
// Node:  leaf: size of the value u32; branch: number of the child page, 48 bits. Flags u16 (in a branch, the top
//        bits of the number), size of the key u16, the key; in a leaf the value, or the number of its first
//        overflow page u64.
// Meta:  after the page's 16 bytes magic u32, version u32, address u64, map size u64, two trees (free pages, main),
//        last page u64, transaction u64.
// Tree:  page size (free pages) u32, flags u16, depth u16, pages of three kinds u64, entries u64, root u64.
// Source: mdb.c and the format notes of OpenLDAP's LMDB 0.9.
const HEADER = 16;
const NODE = 8;
const MAGIC = 0xbeefc0de;
const META_BYTES = HEADER + 24 + 2 * 48 + 16;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const META = 0x08;
/** The flags for the kind of a page; LMDB uses the others internally while it writes. */
const KIND = 0x6f;
/** A node whose value lies in overflow pages. */
const BIG = 0x01;
/** Trees with several values per key. */
const DUPLICATES = 0x04 | 0x10 | 0x20 | 0x40;
/** LMDB's own limit on the depth of a tree. */
const MAX_DEPTH = 32;

/** More than any photograph needs; a damaged size must not allocate more memory than this. */
const MAX_VALUE = 2 ** 26;

/** An open LMDB file. */
export interface Lmdb {
  /** Number of entries found. */
  count: number;
  /** The value of entry i, in the order of the keys. Throws if its pages are damaged. */
  value(i: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A checked view of the file, and of its main tree. */
interface Tree {
  file: string;
  bytes: number;
  pageSize: number;
  depth: number;
  entries: number;
  root: number;
  readPage(page: number): DataView;
}

/** Where the values lie. */
interface Places {
  positions: number[];
  lengths: number[];
}

/**
 * Opens an LMDB file and finds its first `limit` values, or all. Throws, naming the file, if it is truncated,
 * damaged, or of another format; every value found is inside the file.
 */
export async function openLmdb(file: string, limit = Infinity): Promise<Lmdb> {
  const handle = await open(file, "r").catch((error: Error) => {
    throw new Error(`datasets: cannot open ${quoted(file)} (${reasonOf(error)}); check the path`);
  });
  try {
    const tree = readMeta(handle.fd, file, (await handle.stat()).size);
    const places: Places = { positions: [], lengths: [] };
    if (tree.entries > 0) walk(tree, tree.root, 1, new Set(), limit, places);
    const { positions, lengths } = places;
    const count = positions.length;
    if (count !== Math.min(limit, tree.entries)) throw damaged(file, `${count} entries`, `${tree.entries}`);
    const { pageSize } = tree;
    return {
      count,
      value: (i) => readValue(handle, file, pageSize, positions[i], lengths[i]),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The main tree of the newer meta page. */
function readMeta(fd: number, file: string, bytes: number): Tree {
  const read = (length: number, position: number) => {
    const array = new Uint8Array(length);
    if (position + length > bytes || !readAt(fd, array, position))
      throw damaged(file, shownBytes(bytes), `more than ${shownBytes(position + length)}`);
    return new DataView(array.buffer);
  };
  const first = read(META_BYTES, 0);
  checkFormat(file, first);
  const pageSize = first.getUint32(HEADER + 24, true);
  if (pageSize < 256 || pageSize > 32768 || (pageSize & (pageSize - 1)) !== 0)
    throw damaged(file, `a page size of ${pageSize}`, "a power of two from 256 to 32768");
  const second = read(META_BYTES, pageSize);
  checkFormat(file, second);
  const meta = transaction(second) > transaction(first) ? second : first;

  const main = HEADER + 24 + 48;
  const whole = (what: string, at: number, below: number) => {
    const value = meta.getBigUint64(at, true);
    if (value >= below) throw damaged(file, `${what} ${value}`, `a number below ${below}`);
    return Number(value);
  };
  const flags = meta.getUint16(main + 4, true);
  if ((flags & DUPLICATES) !== 0) {
    throw new Error(
      `datasets: ${quoted(file)} is not an image set (got several values per key, expected one image per key); use another file`,
    );
  }
  const entries = whole("a number of entries of", main + 32, Math.ceil(bytes / 10));
  const depth = meta.getUint16(main + 6, true);
  const pages = Math.floor(bytes / pageSize);
  if (entries > 0 && (depth < 1 || depth > MAX_DEPTH))
    throw damaged(file, `a depth of ${depth}`, `1 to ${MAX_DEPTH}`);
  const root = entries > 0 ? whole("root page", main + 40, pages) : 0;
  const readPage = (page: number) => {
    if (page < 2 || page >= pages)
      throw damaged(file, `page ${page}`, `2 to ${pages - 1}, as the file has ${shownBytes(bytes)}`);
    const view = read(pageSize, page * pageSize);
    if (view.getBigUint64(0, true) !== BigInt(page))
      throw damaged(file, `the number ${view.getBigUint64(0, true)} in page ${page}`, `${page}`);
    return view;
  };
  return { file, bytes, pageSize, depth, entries, root, readPage };
}

function checkFormat(file: string, meta: DataView): void {
  const magic = meta.getUint32(HEADER, true);
  const version = meta.getUint32(HEADER + 4, true);
  const other = (got: string) =>
    new Error(
      `datasets: ${quoted(file)} is not an LMDB file as LSUN has them (got ${got}, expected format 1 of LMDB, 64-bit and ` +
        "little endian); unpack the category again, or use another file",
    );
  if (meta.getUint32(HEADER, false) === MAGIC) throw other("a big-endian file");
  if (magic !== MAGIC) {
    // In files of 32-bit machines the header of a page has 12 bytes.
    throw other(
      meta.getUint32(12, true) === MAGIC ? "a 32-bit file" : "another kind of file, or a damaged one",
    );
  }
  if (version !== 1) throw other(`format ${version}`);
  if ((meta.getUint16(10, true) & META) === 0) throw damaged(file, "no meta page", "one at the start");
}

function transaction(meta: DataView): bigint {
  return meta.getBigUint64(META_BYTES - 8, true);
}

/** Adds the values below a page to `places`, in order, until there are `limit`. Levels count from 1, the root. */
function walk(
  tree: Tree,
  page: number,
  level: number,
  seen: Set<number>,
  limit: number,
  places: Places,
): void {
  const { file } = tree;
  if (seen.has(page)) throw damaged(file, `page ${page} twice in the tree`, "each page once");
  seen.add(page);
  const view = tree.readPage(page);
  const flags = view.getUint16(10, true) & KIND;
  const kind = level === tree.depth ? LEAF : BRANCH;
  if (flags !== kind)
    throw damaged(file, `flags ${flags} of page ${page}`, `${kind} at level ${level} of ${tree.depth}`);
  for (const node of nodes(tree, view, page)) {
    if (places.positions.length >= limit) return;
    if (kind === BRANCH) {
      const child = view.getUint16(node + 4, true) * 2 ** 32 + view.getUint32(node, true);
      walk(tree, child, level + 1, seen, limit, places);
    } else {
      addValue(tree, view, page, node, places);
    }
  }
}

/** Offsets of the nodes of a page, each with its key inside the page. */
function nodes({ file, pageSize }: Tree, view: DataView, page: number): number[] {
  const lower = view.getUint16(12, true);
  const upper = view.getUint16(14, true);
  if (lower <= HEADER || lower % 2 !== 0 || lower > upper || upper > pageSize)
    throw damaged(
      file,
      `bounds ${lower} and ${upper} of page ${page}`,
      `${HEADER} < lower <= upper <= ${pageSize}`,
    );
  return Array.from({ length: (lower - HEADER) / 2 }, (_, i) => {
    const node = view.getUint16(HEADER + 2 * i, true);
    if (node < upper || node + NODE > pageSize || node + NODE + view.getUint16(node + 6, true) > pageSize)
      throw damaged(file, `a node at ${node} of page ${page}`, `one inside ${upper} to ${pageSize}`);
    return node;
  });
}

function addValue(
  tree: Tree,
  view: DataView,
  page: number,
  node: number,
  { positions, lengths }: Places,
): void {
  const { file, pageSize, bytes, entries } = tree;
  const length = view.getUint32(node, true);
  const flags = view.getUint16(node + 4, true);
  const data = node + NODE + view.getUint16(node + 6, true);
  if (flags !== 0 && flags !== BIG) throw damaged(file, `node flags ${flags} in page ${page}`, `0 or ${BIG}`);
  if (length > MAX_VALUE)
    throw damaged(file, `a value of ${shownBytes(length)}`, `at most ${shownBytes(MAX_VALUE)}`);
  if (data + (flags === BIG ? 8 : length) > pageSize)
    throw damaged(file, `a value beyond the end of page ${page}`, "all of it in the page");
  let position = page * pageSize + data;
  if (flags === BIG) {
    const first = view.getBigUint64(data, true);
    if (first < 2 || first * BigInt(pageSize) + BigInt(HEADER + length) > bytes)
      throw damaged(file, `${shownBytes(bytes)}`, `a value of ${length} bytes at page ${first}`);
    position = Number(first) * pageSize + HEADER;
  }
  if (positions.length >= entries) throw damaged(file, "more entries", `${entries}`);
  positions.push(position);
  lengths.push(length);
}

async function readValue(
  handle: FileHandle,
  file: string,
  pageSize: number,
  position: number,
  length: number,
): Promise<Uint8Array> {
  // Only a value in overflow pages starts right after a page's header: in a leaf its node comes before it.
  const large = position % pageSize === HEADER;
  const before = large ? HEADER : 0;
  const all = new Uint8Array(before + length);
  for (let at = 0; at < all.length; ) {
    const { bytesRead } = await handle.read(all, at, all.length - at, position - before + at);
    if (bytesRead === 0) throw damaged(file, "its end", `a value of ${length} bytes`);
    at += bytesRead;
  }
  if (large) {
    const header = new DataView(all.buffer, 0, HEADER);
    const page = (position - HEADER) / pageSize;
    const room = header.getUint32(12, true) * pageSize;
    if (
      header.getBigUint64(0, true) !== BigInt(page) ||
      (header.getUint16(10, true) & KIND) !== OVERFLOW ||
      room < all.length
    )
      throw damaged(file, `another kind of page at ${page}`, `${length} bytes of value`);
  }
  return all.subarray(before);
}

function damaged(file: string, got: string, expected: string): Error {
  return new Error(
    `datasets: ${quoted(file)} is damaged or truncated (got ${got}, expected ${expected}); unpack or download it again`,
  );
}
