// What a PyTorch pickle may name: tensors, their storages and ordered dicts, and TorchScript modules as plain records.
import { fail, quote, sizeOf } from "./_format.js";
import type { NumberType } from "./_numbers.js";
import type { Allowed, Pickled, PickleRules } from "./_unpickle.js";

/** A block of numbers outside the pickle. */
export interface StorageRef {
  readonly kind: "storage";
  readonly key: string;
  readonly type: NumberType;
  readonly count: number;
  /** Where a view of an older file begins; else 0. */
  readonly offset: number;
}

/** A strided view of a storage, whose every index has been checked. */
export interface TensorRef {
  readonly kind: "tensor";
  readonly storage: StorageRef;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly size: number;
}

/** A TorchScript module: its attributes by name. */
export interface ModuleRef {
  readonly kind: "module";
  attributes: ReadonlyMap<Pickled, Pickled>;
}

export const isKind = <K extends string>(value: Pickled, kind: K): value is { kind: K } =>
  (value as { kind?: unknown } | null)?.kind === kind;

const STORAGES: Readonly<Record<string, NumberType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

interface StorageType extends Allowed {
  readonly type: NumberType;
}

const whole = (value: Pickled): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** `_rebuild_tensor(storage, offset, size, strides)` and its v2, which adds what only training needs. */
function tensor([storage, offset, shape, strides]: readonly Pickled[]): TensorRef {
  if (!isKind(storage, "storage")) return fail("a tensor in its pickle has no storage");
  const block = storage as StorageRef;
  const what = `a tensor of storage ${quote(block.key)}`;
  if (!Array.isArray(shape) || !Array.isArray(strides) || shape.length !== strides.length)
    return fail(`${what} has no valid shape and strides`);
  const size = sizeOf(shape, what);
  if (!whole(offset) || !strides.every(whole)) return fail(`${what} has no valid offset and strides`);
  const start = offset + block.offset;
  const last = shape.reduce((at: number, d: number, i: number) => at + (d - 1) * strides[i], start);
  if (size > 0 && !(last < block.count))
    fail(`${what} reaches to number ${last} of the ${block.count} that are stored`);
  return { kind: "tensor", storage: block, offset: start, shape: [...shape], strides: [...strides], size };
}

const PAIRS = 1_000_000;

/** `OrderedDict()` and `OrderedDict([[key, value], ...])`, together of a bounded number of pairs. */
function orderedDicts(): (args: readonly Pickled[]) => Map<Pickled, Pickled> {
  let count = 0;
  return ([pairs = []]) => {
    if (!Array.isArray(pairs)) return fail("an ordered dict in its pickle is not made of pairs");
    count += pairs.length;
    if (count > PAIRS) fail(`its ordered dicts hold more than ${PAIRS} values`);
    if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
      return fail("an ordered dict in its pickle is not made of pairs");
    return new Map(pairs as [Pickled, Pickled][]);
  };
}

const first = ([value]: readonly Pickled[]) => value;

const CALLS: Readonly<Record<string, Allowed["call"]>> = {
  "torch._utils._rebuild_tensor": tensor,
  "torch._utils._rebuild_tensor_v2": tensor,
  "torch._utils._rebuild_parameter": first,
};

const SCRIPT_CALLS: Readonly<Record<string, Allowed["call"]>> = {
  "torch.jit._pickle.build_intlist": first,
  "torch.jit._pickle.build_doublelist": first,
  "torch.jit._pickle.build_boollist": first,
  "torch.jit._pickle.build_tensorlist": first,
  "torch.jit._pickle.restore_type_tag": first,
};

/**
 * The rules for PyTorch's pickles.
 * @param script also take TorchScript's modules, as records of their attributes
 */
export function torchRules(script: boolean): PickleRules {
  const orderedDict = orderedDicts();
  return {
    global(module, name) {
      const global = `${module}.${name}`;
      if (global === "collections.OrderedDict") return { global, call: orderedDict };
      if ((module === "torch" || module === "torch.cuda") && Object.hasOwn(STORAGES, name))
        return { global, type: STORAGES[name] } as StorageType;
      if (Object.hasOwn(CALLS, global)) return { global, call: CALLS[global] };
      if (script && Object.hasOwn(SCRIPT_CALLS, global)) return { global, call: SCRIPT_CALLS[global] };
      if (script && (module === "__torch__" || module.startsWith("__torch__.")))
        return { global, call: (): ModuleRef => ({ kind: "module", attributes: new Map() }) };
      return undefined;
    },
    persistent: storage,
    build(object, state) {
      // A state dict carries versions of its modules as an attribute, which weights do not need.
      if (object instanceof Map) return;
      if (!isKind(object, "module") || !(state instanceof Map))
        fail("its pickle uses the opcode BUILD on what is not a module or an ordered dict");
      // Not copied: one state may be given to a million modules.
      (object as ModuleRef).attributes = state as Map<Pickled, Pickled>;
    },
  };
}

/** ("storage", type, key, device, count) and, in older files, the view (key, offset, count) or None. */
function storage(id: Pickled): StorageRef {
  if (!Array.isArray(id)) return fail("a persistent id in its pickle is not a tuple");
  const [kind, storageType, key, , count, view] = id as Pickled[];
  if (kind === "module")
    return fail("it holds a whole model with its code, which is never run; save its state dict");
  const type = (storageType as StorageType | null)?.type;
  const named = typeof key === "string" || typeof key === "number";
  if (kind !== "storage" || !type || !named || !whole(count))
    return fail("a persistent id in its pickle is not a storage");
  const offset = Array.isArray(view) ? view[1] : 0;
  if (!whole(offset)) return fail(`the view of storage ${quote(key)} in its pickle is not valid`);
  return { kind: "storage", key: String(key), type, count, offset };
}
