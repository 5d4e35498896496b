// From what a PyTorch pickle holds to named arrays: nested dicts flattened, storages read, strided views gathered.
import type { HostArray } from "@imagefn/ops";
import { type Budget, fail, quote } from "./_format.js";
import { gather, toFloat32 } from "./_numbers.js";
import { isKind, type ModuleRef, type StorageRef, type TensorRef } from "./_torchObjects.js";
import type { Pickled } from "./_unpickle.js";

const VISITS = 1_000_000;
const DEPTH = 64;
const NAME = 1000;

/** Tensors by path: "layers.0.weight". Numbers, strings and None are passed over. */
export function nameTensors(root: Pickled): Map<string, TensorRef> {
  const out = new Map<string, TensorRef>();
  let visits = 0;
  const visit = (value: Pickled, name: string, depth: number) => {
    // Memoised lists of lists make a small file of unbounded extent, and lists may hold themselves.
    if (++visits > VISITS) fail(`its pickle holds more than ${VISITS} values`);
    if (depth > DEPTH) fail(`its pickle is nested deeper than ${DEPTH}`);
    if (name.length > NAME) fail(`a name in its pickle is longer than ${NAME}: ${quote(name)}`);
    if (isKind(value, "tensor")) {
      if (out.has(name)) fail(`it has two tensors named ${quote(name)}`);
      out.set(name, value as TensorRef);
      return;
    }
    const children: Iterable<[Pickled, Pickled]> | undefined = Array.isArray(value)
      ? value.entries()
      : value instanceof Map
        ? value
        : isKind(value, "module")
          ? (value as ModuleRef).attributes
          : undefined;
    for (const [key, child] of children ?? []) {
      if (typeof child !== "object" || child === null) continue;
      const part = typeof key === "string" || typeof key === "number" ? String(key) : "?";
      visit(child, depth === 0 ? part : `${name}.${part}`, depth + 1);
    }
  };
  visit(root, "tensor", 0);
  if (out.size === 0) fail("its pickle holds no tensors");
  return out;
}

/** Reads the tensors' numbers as float32. Each storage is read once. */
export function loadTensors(
  named: ReadonlyMap<string, TensorRef>,
  readStorage: (storage: StorageRef) => Parameters<typeof toFloat32>[0],
  budget: Budget,
): Map<string, HostArray> {
  const users = new Map<string, string[]>();
  for (const [name, { storage, size }] of named) {
    budget.take(4 * size + 2 * name.length + 256, `the tensor ${quote(name)}`);
    const names = users.get(storage.key);
    if (names) names.push(name);
    else users.set(storage.key, [name]);
  }
  const read = new Map<string, HostArray>();
  for (const names of users.values()) {
    const { storage } = named.get(names[0])!;
    let data: Float32Array | undefined = toFloat32(readStorage(storage));
    for (const name of names) {
      const { storage: own, offset, shape, strides, size } = named.get(name)!;
      if (own.type !== storage.type || own.count !== storage.count)
        fail(`storage ${quote(own.key)} is described in two ways`);
      // The usual case, one tensor to a storage, takes the numbers as they are.
      if (names.length === 1 && size === data.length && isContiguous(shape, strides))
        read.set(name, { shape, data });
      else read.set(name, { shape, data: gather(data, shape, strides, offset) });
    }
    data = undefined;
  }
  return new Map([...named.keys()].map((name) => [name, read.get(name)!]));
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}
