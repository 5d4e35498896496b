// Writes LMDB files as the library itself lays them out, to have something to read, whole and broken.

export interface LmdbOptions {
  pageSize?: number;
  /** Nodes to a page, at most: small numbers make deep trees of few entries. */
  fanout?: number;
  /** Which meta page is the newer one, and so holds the tree; the other says that the file is empty. */
  newer?: 0 | 1;
}

const HEADER = 16;
const NODE = 8;
const BIG = 1;
const flags = { branch: 1, leaf: 2, overflow: 4, meta: 8 };

/** A node: its key, its first six bytes (size or child page, and flags), and what follows the key. */
interface Node {
  key: Buffer;
  head: Buffer;
  data: Buffer;
}

/** An LMDB file, format 1, 64-bit, little endian, of string keys and their values. Entries come sorted by key. */
export function lmdbFile(
  entries: Iterable<readonly [string, Uint8Array]>,
  { pageSize = 4096, fanout = 4, newer = 1 }: LmdbOptions = {},
): Buffer {
  const parts: Buffer[] = [];
  let next = 2;
  const counts = { branch: 0, leaf: 0, overflow: 0 };
  const take = (kind: keyof typeof counts, bytes: number) => {
    const page = next;
    const pages = Math.ceil(bytes / pageSize);
    next += pages;
    counts[kind] += pages;
    const part = Buffer.alloc(pages * pageSize);
    part.writeBigUInt64LE(BigInt(page), 0);
    part.writeUInt16LE(flags[kind], 10);
    parts.push(part);
    return { page, part };
  };

  /** What goes into the leaf for one entry. Of values too large for half a page only the page they start at. */
  const leafNode = ([key, value]: readonly [string, Uint8Array]): Node => {
    const head = Buffer.alloc(6);
    head.writeUInt32LE(value.length, 0);
    const node = { key: Buffer.from(key), head, data: Buffer.from(value) };
    if (NODE + key.length + value.length <= (pageSize - HEADER) / 2 - 2) return node;
    const { page, part } = take("overflow", HEADER + value.length);
    part.writeUInt32LE(part.length / pageSize, 12);
    part.set(value, HEADER);
    head.writeUInt16LE(BIG, 4);
    const data = Buffer.alloc(8);
    data.writeBigUInt64LE(BigInt(page), 0);
    return { ...node, data };
  };

  /** Pages full of nodes; returned as the nodes of the level above. */
  const level = (kind: "branch" | "leaf", nodes: Node[]): Node[] => {
    const above: Node[] = [];
    for (let i = 0; i < nodes.length; ) {
      const { page, part } = take(kind, pageSize);
      const first = nodes[i].key;
      let lower = HEADER;
      let upper = pageSize;
      for (let n = 0; n < fanout && i < nodes.length; n++, i++) {
        const { key, head, data } = nodes[i];
        // The first child of a branch is for everything below the second; its key is not stored.
        const stored = kind === "branch" && n === 0 ? Buffer.alloc(0) : key;
        const size = NODE + stored.length + data.length;
        if (upper - size - (size % 2) < lower + 2) break;
        upper -= size + (size % 2);
        part.set(head, upper);
        part.writeUInt16LE(stored.length, upper + 6);
        part.set(stored, upper + NODE);
        part.set(data, upper + NODE + stored.length);
        part.writeUInt16LE(upper, lower);
        lower += 2;
      }
      part.writeUInt16LE(lower, 12);
      part.writeUInt16LE(upper, 14);
      const head = Buffer.alloc(6);
      head.writeUIntLE(page, 0, 6);
      above.push({ key: first, head, data: Buffer.alloc(0) });
    }
    return above;
  };

  const sorted = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  let depth = 0;
  let nodes = sorted.map(leafNode);
  do {
    nodes = level(depth === 0 ? "leaf" : "branch", nodes);
    depth++;
  } while (nodes.length > 1);
  const root = nodes.length > 0 ? nodes[0].head.readUIntLE(0, 6) : undefined;

  const meta = (number: 0 | 1) => {
    const holds = number === newer;
    const page = Buffer.alloc(pageSize);
    page.writeBigUInt64LE(BigInt(number), 0);
    page.writeUInt16LE(flags.meta, 10);
    page.writeUInt32LE(0xbeefc0de, 16);
    page.writeUInt32LE(1, 20);
    page.writeBigUInt64LE(2n ** 30n, 32);
    page.writeUInt32LE(pageSize, 40);
    page.writeBigUInt64LE(2n ** 64n - 1n, 40 + 40);
    const main = 88;
    const filled = holds && root !== undefined;
    page.writeUInt16LE(filled ? depth : 0, main + 6);
    if (filled) {
      [counts.branch, counts.leaf, counts.overflow, sorted.length].forEach((n, i) => {
        page.writeBigUInt64LE(BigInt(n), main + 8 + 8 * i);
      });
    }
    page.writeBigUInt64LE(filled ? BigInt(root) : 2n ** 64n - 1n, main + 40);
    page.writeBigUInt64LE(BigInt(holds ? next - 1 : 1), main + 48);
    page.writeBigUInt64LE(holds ? 7n : 6n, main + 56);
    return page;
  };
  return Buffer.concat([meta(0), meta(1), ...parts]);
}
