// A pickle machine that can build only plain data and what its caller allows by name. It runs nothing.
import { fail, quote } from "./_format.js";
import { OP, opcodeName } from "./_pickleOpcodes.js";
import type { Cursor } from "./_source.js";

/** Lists and tuples are arrays, dicts are Maps, None is null; `Allowed` and its results come from the caller. */
export type Pickled = unknown;

/** A Python class or function that a file may name. */
export interface Allowed {
  readonly global: string;
  /** What calling it with a tuple of arguments gives; absent where it may only be mentioned. */
  readonly call?: (args: readonly Pickled[]) => Pickled;
}

export interface PickleRules {
  /** What `module.name` stands for; undefined refuses it. */
  global(module: string, name: string): Allowed | undefined;
  /** What a persistent id stands for. */
  persistent(id: Pickled): Pickled;
  /** Gives an object its state (opcode BUILD). */
  build(object: Pickled, state: Pickled): void;
}

/** Rules for pickles of numbers, strings, lists and dicts alone. */
export const plainData: PickleRules = {
  global: () => undefined,
  persistent: () => fail("its pickle refers to a storage where none can be"),
  build: () => fail("its pickle uses the opcode BUILD where there is nothing to build"),
};

const STEPS = 1_000_000;
const TEXT = 1 << 20;
const HIGHEST_PROTOCOL = 5;

/** Runs one pickle, from its first opcode to STOP, and returns what it builds. */
export function unpickle(cursor: Cursor, rules: PickleRules): Pickled {
  const stack: Pickled[] = [];
  const marks: number[] = [];
  const memo = new Map<number, Pickled>();
  const utf8 = new TextDecoder();

  const u16 = () => cursor.byte() | (cursor.byte() << 8);
  const i32 = () => u16() | (u16() << 16);
  const u32 = () => i32() >>> 0;
  const text = (length: number) => {
    if (length < 0 || length > TEXT)
      fail(`a string in its pickle is ${length} bytes long (expected at most ${TEXT})`);
    return utf8.decode(cursor.bytes(length));
  };
  const line = () => {
    const bytes: number[] = [];
    for (let b = cursor.byte(); b !== 10; b = cursor.byte()) {
      if (bytes.push(b) > 1000) fail("a name in its pickle does not end");
    }
    return utf8.decode(Uint8Array.from(bytes));
  };
  const pop = (): Pickled => {
    if (stack.length === (marks.at(-1) ?? 0)) fail("its pickle takes more from the stack than there is");
    return stack.pop();
  };
  const top = (): Pickled => {
    const value = pop();
    stack.push(value);
    return value;
  };
  const toMark = (): Pickled[] =>
    stack.splice(marks.pop() ?? fail("its pickle has no mark where one is needed"));
  const get = (key: number) => {
    if (!memo.has(key)) fail(`its pickle refers to item ${key}, which was never stored`);
    stack.push(memo.get(key));
  };
  const list = (value: Pickled): Pickled[] =>
    Array.isArray(value) ? value : fail("its pickle appends to a value that is not a list");
  const set = (value: Pickled, items: readonly Pickled[]) => {
    if (!(value instanceof Map) || items.length % 2)
      fail("its pickle sets items of a value that is not a dict");
    else for (let i = 0; i < items.length; i += 2) value.set(items[i], items[i + 1]);
  };
  const allowed = (module: string, name: string) =>
    rules.global(module, name) ??
    fail(
      `its pickle names ${quote(`${module}.${name}`)}, and only tensors, their storages and plain data are read ` +
        "(nothing in the file was run); save its state dict alone, or as .safetensors",
    );
  const call = (callable: Pickled, args: Pickled, opcode: number): Pickled => {
    const made = (callable as Allowed | null)?.call;
    if (typeof made !== "function" || !Array.isArray(args))
      return fail(`its pickle uses ${opcodeName(opcode)} on what is not a tensor or an ordered dict`);
    return made(args);
  };

  for (let step = 0; step < STEPS; step++) {
    const code = cursor.byte();
    switch (code) {
      case OP.PROTO: {
        const protocol = cursor.byte();
        if (protocol > HIGHEST_PROTOCOL) fail(`its pickle is of protocol ${protocol} (expected 2 to 5)`);
        break;
      }
      case OP.FRAME:
        cursor.bytes(8);
        break;
      case OP.STOP: {
        if (stack.length !== 1 || marks.length > 0) fail("its pickle ends unfinished");
        return stack[0];
      }
      case OP.MARK:
        marks.push(stack.length);
        break;
      case OP.NONE:
        stack.push(null);
        break;
      case OP.NEWTRUE:
        stack.push(true);
        break;
      case OP.NEWFALSE:
        stack.push(false);
        break;
      case OP.BININT:
        stack.push(i32());
        break;
      case OP.BININT1:
        stack.push(cursor.byte());
        break;
      case OP.BININT2:
        stack.push(u16());
        break;
      case OP.LONG1:
        stack.push(longOf(cursor.bytes(cursor.byte())));
        break;
      case OP.BINFLOAT: {
        const bytes = cursor.bytes(8);
        stack.push(new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, false));
        break;
      }
      case OP.SHORT_BINSTRING:
      case OP.SHORT_BINUNICODE:
        stack.push(text(cursor.byte()));
        break;
      case OP.BINSTRING:
        stack.push(text(i32()));
        break;
      case OP.BINUNICODE:
        stack.push(text(u32()));
        break;
      case OP.EMPTY_TUPLE:
      case OP.EMPTY_LIST:
        stack.push([]);
        break;
      case OP.EMPTY_DICT:
        stack.push(new Map());
        break;
      case OP.TUPLE1:
        stack.push([pop()]);
        break;
      case OP.TUPLE2: {
        const b = pop();
        stack.push([pop(), b]);
        break;
      }
      case OP.TUPLE3: {
        const c = pop();
        const b = pop();
        stack.push([pop(), b, c]);
        break;
      }
      case OP.TUPLE:
        stack.push(toMark());
        break;
      case OP.APPEND: {
        const item = pop();
        list(top()).push(item);
        break;
      }
      case OP.APPENDS: {
        const items = toMark();
        const to = list(top());
        for (const item of items) to.push(item);
        break;
      }
      case OP.SETITEM: {
        const value = pop();
        const key = pop();
        set(top(), [key, value]);
        break;
      }
      case OP.SETITEMS: {
        const items = toMark();
        set(top(), items);
        break;
      }
      case OP.BINGET:
        get(cursor.byte());
        break;
      case OP.LONG_BINGET:
        get(u32());
        break;
      case OP.BINPUT:
        memo.set(cursor.byte(), top());
        break;
      case OP.LONG_BINPUT:
        memo.set(u32(), top());
        break;
      case OP.MEMOIZE:
        memo.set(memo.size, top());
        break;
      case OP.GLOBAL:
        stack.push(allowed(line(), line()));
        break;
      case OP.STACK_GLOBAL: {
        const name = pop();
        const module = pop();
        if (typeof module !== "string" || typeof name !== "string")
          fail("its pickle names a global by a value that is not a string");
        else stack.push(allowed(module, name));
        break;
      }
      case OP.REDUCE:
      case OP.NEWOBJ: {
        const args = pop();
        stack.push(call(pop(), args, code));
        break;
      }
      case OP.BUILD: {
        const state = pop();
        rules.build(top(), state);
        break;
      }
      case OP.BINPERSID:
        stack.push(rules.persistent(pop()));
        break;
      default:
        fail(
          `its pickle uses the opcode ${opcodeName(code)} at byte ${cursor.position - 1}, which no state dict needs`,
        );
    }
  }
  return fail(`its pickle has more than ${STEPS} opcodes`);
}

/** A little-endian integer of two's complement: a number where it is exact, else a bigint. */
function longOf(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  value = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
