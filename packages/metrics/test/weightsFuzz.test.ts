// Damaged and hostile weight files: an error that says what is wrong, soon and in bounded memory, and nothing is run.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import {
  type NpyArray,
  readNpy,
  readNpz,
  readPth,
  readSqueezenetNcnn,
  readTensorflowConstants,
  readWeightsBytes,
  writeNpz,
} from "@imagefn/metrics";
import { type HostArray, writeSafetensors } from "@imagefn/ops";
import t, { type Test } from "tap";
import {
  ascii,
  damaged,
  draws,
  global,
  int,
  joined,
  le,
  outcome,
  pickle,
  pth,
  STOP,
  tensor,
  text,
  tuple,
  unzip,
  zip,
} from "./weightsHostile.js";

const folder = new URL("../test/fixtures/weights/", import.meta.url).pathname;
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const TRIALS = 2000;
t.setTimeout(180_000); // on a busy machine: it takes about 15 seconds of one core

type Reader = (bytes: Uint8Array) => ReadonlyMap<string, HostArray | NpyArray>;
const one =
  (read: (bytes: Uint8Array) => NpyArray): Reader =>
  (bytes) =>
    new Map([["it", read(bytes)]]);

/** Reads damaged files; most must fail, and none other than clearly. */
function fuzz(t: Test, name: string, read: Reader, damage: (below: (n: number) => number) => Uint8Array) {
  const below = draws(name);
  let errors = 0;
  let slowest = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const bytes = damage(below);
    const { message, wrong, ms } = outcome(() => read(bytes));
    if (wrong) t.fail(`${name}, trial ${trial}: ${wrong}`);
    if (message !== undefined) errors++;
    slowest = Math.max(slowest, ms);
  }
  t.ok(
    errors > TRIALS / 20,
    `${name}: ${errors} errors of ${TRIALS}, the slowest after ${Math.round(slowest)} ms`,
  );
}

const pick = <T>(items: readonly T[], below: (n: number) => number): T => items[below(items.length)];

t.test("damaged .pth of consecutive pickles", async (t) => {
  const files = ["state_legacy.pth", "state_legacy_protocol3.pth", "mixed_legacy.pth"].map(bytesOf);
  fuzz(t, "legacy", readPth, (below) => damaged(pick(files, below), below));
  // Past the fixed beginning, in the pickle of the tensors.
  fuzz(t, "legacy, the tensors' pickle", readPth, (below) => damaged(pick(files, below), below, 180));
});

t.test("damaged .pth of the zip kind", async (t) => {
  const files = ["state_zip.pth", "state_protocol4.pth", "mixed_zip.pth", "script.pt"].map(bytesOf);
  fuzz(t, "zip", readPth, (below) => damaged(pick(files, below), below));
  const archives = files.map(unzip);
  fuzz(t, "zip, inside", readPth, (below) =>
    zip(
      pick(archives, below).map((entry) =>
        entry.name.endsWith("/data.pkl") || below(8) === 0
          ? { ...entry, data: damaged(entry.data, below) }
          : entry,
      ),
    ),
  );
});

t.test("damaged .npz and .npy", async (t) => {
  const some = [...readNpz(bytesOf("arrays.npz"))].filter(([name]) => /^(float64|uint8|scalar)$/.test(name));
  const files = [bytesOf("arrays.npz"), writeNpz(some), writeNpz(some, { compress: true })];
  fuzz(t, "npz", readNpz, (below) => damaged(pick(files, below), below));
  const npy = bytesOf("array.npy");
  fuzz(t, "npy", one(readNpy), (below) => damaged(npy, below));
  // Valid bytes up to the deflated data, and after it: the damage is in what unpacks.
  const deflated = deflateRawSync(
    joined(
      npy.subarray(0, 128),
      Uint8Array.from({ length: 4000 }, (_, i) => (i * i) % 251),
    ),
  );
  fuzz(t, "npz, deflated", readNpz, (below) =>
    zip([{ name: "a.npy", data: damaged(deflated, below), method: 8, size: 4128, crc: 0 }]),
  );
  const entry = (data: Uint8Array) => [{ name: "a.npy", data }];
  fuzz(t, "npz, inside", readNpz, (below) => zip(entry(damaged(npy, below))));
});

t.test("damaged .pb, .safetensors and .bin", async (t) => {
  const graph = bytesOf("graph.pb");
  fuzz(t, "pb", readTensorflowConstants, (below) => damaged(graph, below));
  const safetensors = writeSafetensors(readWeightsBytes(bytesOf("state_zip.pth")));
  // The kind is told by content: damage at the beginning makes it another.
  fuzz(t, "safetensors", readWeightsBytes, (below) => damaged(safetensors, below));
  // All but the tags are numbers, which may have any value: a file of zeros but for the first tag.
  const squeezenet = new Uint8Array(2_478_984);
  squeezenet.set([0x47, 0x6b, 0x30, 0x01]);
  fuzz(t, "ncnn", readSqueezenetNcnn, (below) => {
    if (below(2)) return damaged(squeezenet.subarray(0, below(6000)), below);
    const last = squeezenet.subarray(0, 3700);
    last.fill(below(256), 4 + below(3600));
    return last;
  });
});

t.test("bytes that begin as some format", async (t) => {
  const heads = [
    "PK\x03\x04",
    "PK\x05\x06",
    "\x93NUMPY",
    "\x80\x02",
    "Gk0\x01",
    "\n",
    "\x40\0\0\0\0\0\0\0{",
    "",
  ].map(ascii);
  fuzz(t, "any", readWeightsBytes, (below) =>
    joined(
      pick(heads, below),
      Uint8Array.from({ length: below(300) }, () => below(256)),
    ),
  );
});

const read = (bytes: Uint8Array) => outcome(() => readPth(bytes));
const refuses = (t: Test, bytes: Uint8Array, message: RegExp, reader: Reader = readPth) => {
  const { message: got, wrong } = outcome(() => reader(bytes));
  if (wrong) t.fail(wrong);
  t.match(got ?? "nothing was refused", message);
};

t.test("pickles that name what is no tensor", async (t) => {
  const call = joined(ascii("("), text("touch imagefn-was-here"), ascii("tR"));
  const names = [
    ["posix", "system"],
    ["nt", "system"],
    ["os", "system"],
    ["builtins", "eval"],
    ["builtins", "getattr"],
    ["__builtin__", "exec"],
    ["subprocess", "Popen"],
    ["torch", "load"],
    ["torch", "FloatStorage.__init__"],
    ["torch", "constructor"],
    ["torch._utils", "__proto__"],
    ["torch._utils", "_rebuild_qtensor"],
    ["torch.storage", "_load_from_bytes"],
    ["torch.jit._pickle", "build_intlist"],
    ["__torch__.m", "Module"],
    ["numpy.core.multiarray", "_reconstruct"],
    ["collections", "OrderedDict.fromkeys"],
  ];
  for (const [module, name] of names) {
    const refused = new RegExp(`names "${`${module}.${name}`.replaceAll(".", "\\.")}"`);
    refuses(t, pth(pickle(global(module, name), call)), refused);
    refuses(t, pth(pickle(text(module), text(name), [0x93], call)), refused);
  }
  t.notOk(existsSync("imagefn-was-here"), "nothing was run");
  refuses(t, pth(pickle(global("a\x1b[2J", "b".repeat(500)))), /names "a\\u001b\[2J\.b{1,80}\.\.\."/);
});

t.test("other opcodes, by name", async (t) => {
  const refused =
    "0POP 1POP_MARK 2DUP BBINBYTES CSHORT_BINBYTES FFLOAT IINT LLONG PPERSID SSTRING VUNICODE dDICT gGET iINST " +
    "lLIST oOBJ pPUT \x82EXT1 \x83EXT2 \x84EXT4 \x8bLONG4 \x8dBINUNICODE8 \x8eBINBYTES8 \x8fEMPTY_SET " +
    "\x90ADDITEMS \x91FROZENSET \x92NEWOBJ_EX \x96BYTEARRAY8 \x97NEXT_BUFFER \x98READONLY_BUFFER";
  for (const item of refused.split(" "))
    refuses(t, pth(pickle(ascii(item[0]))), new RegExp(`the opcode ${item.slice(1)} at byte 2, `));
  refuses(t, pth(pickle([0xff])), /the opcode byte 0xff/);
  // Every other byte is an opcode that is followed, or none.
  for (let code = 0; code < 256; code++) {
    const { wrong } = read(pth(pickle([code])));
    if (wrong) t.fail(`opcode ${code}: ${wrong}`);
  }
  const torchTensor = global("torch._utils", "_rebuild_tensor_v2");
  const cases: [Uint8Array, RegExp][] = [
    [pickle(global("torch", "FloatStorage"), ascii(")R")), /uses REDUCE on what is not a tensor/],
    [pickle(ascii("N)R")), /uses REDUCE on what is not/],
    [pickle(torchTensor, ascii("NR")), /uses REDUCE on what is not/],
    [pickle(torchTensor, ascii(")R")), /has no storage/],
    [pickle(ascii("](Nb")), /takes more from the stack/],
    [pickle(ascii("]}b")), /the opcode BUILD on what is not a module/],
    [pickle(ascii("Na")), /takes more from the stack/],
    [pickle(ascii("NNa")), /appends to a value that is not a list/],
    [pickle(ascii("NNNs")), /sets items of a value that is not a dict/],
    [pickle(ascii("}(Nu")), /sets items of a value that is not a dict/],
    [pickle(ascii("t")), /has no mark/],
    [pickle(ascii("h\x07")), /refers to item 7, which was never stored/],
    [pickle(ascii("(")), /ends unfinished/],
    [pickle(ascii("NQ")), /persistent id in its pickle is not a tuple/],
    [pickle(ascii("(NNtQ")), /is not a storage/],
    [pickle(ascii("("), text("module"), ascii("NNNtQ")), /a whole model with its code/],
    [joined([0x80, 9], STOP), /of protocol 9 \(expected 2 to 5\)/],
    [pickle([0x58], le(2 ** 31, 4)), /a string in its pickle is 2147483648 bytes long/],
    [pickle([0x54], le(-1, 4)), /a string in its pickle is -1 bytes long/],
    [pickle(ascii("]\x93")), /takes more from the stack/],
    [pickle(ascii("]]\x93")), /names a global by a value that is not a string/],
    [pickle(ascii("c"), ascii("a".repeat(2000))), /a name in its pickle does not end/],
    [pickle(text("only text")), /holds no tensors/],
  ];
  for (const [data, message] of cases) refuses(t, pth(data), message);
  for (const [data] of cases) {
    // The same where a legacy file has its magic number.
    const { wrong } = read(data);
    if (wrong) t.fail(wrong);
  }
});

t.test("pickles made to exhaust memory or time", async (t) => {
  const many = (n: number, ...parts: (Uint8Array | readonly number[])[]) => {
    const part = joined(...parts);
    return new Uint8Array(Buffer.alloc(n * part.length, part));
  };
  // Ten times the list before, forty times over: 10^40 empty dicts.
  const laughs = joined(
    ascii("(}q\x00"),
    ...Array.from({ length: 40 }, (_, i) => joined(ascii("]("), many(10, [0x68, i]), ascii("eq"), [i + 1])),
    ascii("t"),
  );
  refuses(t, pth(pickle(laughs)), /holds more than 1000000 values|nested deeper/);
  refuses(t, pth(pickle(ascii("]q\x00h\x00a"))), /nested deeper than 64/);
  refuses(t, pth(pickle(ascii("N"), many(200_000, [0x85]))), /nested deeper than 64/);
  refuses(t, pth(pickle(many(1_100_000, ascii("N")))), /more than 1000000 opcodes/);
  refuses(t, pth(pickle(many(600_000, ascii("]\x94")))), /more than 1000000 opcodes/);
  // One list of 100,000 pairs, made an ordered dict 100,000 times.
  const pairs = joined(ascii("]("), many(100_000, ascii("NN\x86")), ascii("eq\x00"));
  const dicts = joined(
    global("collections", "OrderedDict"),
    ascii("q\x01"),
    many(100_000, ascii("h\x01h\x00\x85R")),
  );
  refuses(t, pth(pickle(pairs, dicts)), /ordered dicts hold more than 1000000 values|opcodes/);
  const longName = "x".repeat(1 << 20);
  refuses(
    t,
    pth(pickle(ascii("}"), text(longName), ascii("}s"))),
    /a name in its pickle is longer than 1000|no tensors/,
  );
  refuses(t, pth(pickle(ascii("}"), text(longName), ascii("]q\x00s"), ascii("h\x00"), ascii("0"))), /POP/);

  const zero = int(0);
  const empty = ascii(")");
  const numbers = { 0: new Uint8Array(16) };
  const shaped = (shape: Uint8Array, strides: Uint8Array, count: number | bigint = 4, offset = zero) =>
    pth(pickle(tensor(count, offset, shape, strides)), numbers);
  t.equal(read(shaped(tuple(int(2), int(2)), tuple(int(2), int(1)))).message, undefined, "a good one");
  const two = tuple(int(1), int(1));
  refuses(t, shaped(tuple(int(2 ** 31), int(2 ** 31)), tuple(zero, zero)), /which is too large/);
  refuses(t, shaped(tuple(int(100_000), int(100_000)), tuple(zero, zero)), /too much for a file of \d+/);
  refuses(t, shaped(tuple(int(5)), tuple(int(1))), /reaches to number 4 of the 4 that are stored/);
  refuses(t, shaped(tuple(int(2)), tuple(int(2 ** 52))), /reaches to number 4503599627370496 of the 4/);
  refuses(t, shaped(tuple(int(4)), tuple(int(1)), 4, int(1)), /reaches to number 4 of the 4/);
  refuses(t, shaped(tuple(int(4)), tuple(int(1)), 4, int(-1)), /no valid offset and strides/);
  refuses(t, shaped(tuple(int(2)), tuple(int(-1))), /no valid offset and strides/);
  refuses(t, shaped(tuple(int(-2)), tuple(int(1))), /a shape that is not of whole numbers/);
  refuses(t, shaped(tuple(text("2")), tuple(int(1))), /a shape that is not of whole numbers/);
  refuses(t, shaped(tuple(int(2)), two), /no valid shape and strides/);
  refuses(t, shaped(ascii("N"), empty), /no valid shape and strides/);
  refuses(t, shaped(many(33, int(1)), empty), /\S/);
  refuses(
    t,
    shaped(
      tuple(...Array.from({ length: 33 }, () => int(1))),
      tuple(...Array.from({ length: 33 }, () => zero)),
    ),
    /has 33 axes/,
  );
  refuses(t, shaped(laughs, tuple(zero)), /no valid shape|not of whole numbers/);
  refuses(t, shaped(tuple(int(2)), tuple(int(1)), 2n ** 62n), /is not a storage/);
  refuses(t, shaped(tuple(int(2)), tuple(int(1)), 2 ** 50), /has 16 bytes \(expected 4503599627370496 for/);
  refuses(t, pth(pickle(tensor(4, zero, tuple(int(2)), tuple(int(1))))), /"archive\/data\/0" is missing/);
  // A hundred thousand tensors that all see one storage.
  const viewed = joined(tensor(250_000, zero, tuple(int(250_000)), tuple(int(1))), ascii("q\x01"));
  const all = pickle(ascii("]("), viewed, many(100_000, ascii("h\x01")), ascii("e"));
  refuses(t, pth(all, { 0: new Uint8Array(1_000_000) }), /too much for a file of/);
});

t.test("zips made to exhaust memory or time", async (t) => {
  const zeros = new Uint8Array(80_000_000);
  const packed = new Uint8Array(deflateRawSync(zeros));
  t.ok(packed.length < 100_000, "a bomb");
  const npyOf = (dims: string, descr = "|u1") => {
    const head = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }\n`;
    return joined(ascii("\x93NUMPY\x01\x00"), le(head.length, 2), ascii(head));
  };
  const bomb = { method: 8, data: packed };
  refuses(t, zip([{ ...bomb, name: "a.npy", size: zeros.length }]), /too much for a file of/, readNpz);
  refuses(t, zip([{ ...bomb, name: "a.npy", size: 1000 }]), /does not begin as a \.npy|checksum/, readNpz);
  refuses(t, zip([{ ...bomb, name: "m/data.pkl", size: zeros.length }]), /data\.pkl has 80000000 bytes/);
  refuses(t, zip([{ ...bomb, name: "m/data.pkl", size: 5000 }]), /checksum|opcode byte 0x00/);
  refuses(t, zip([{ ...bomb, name: "a.npy", size: 2 ** 32 - 2 }]), /too much for a file|cannot be/, readNpz);
  // Five thousand entries that are one megabyte.
  const shared = joined(npyOf("1000000"), new Uint8Array(1_000_000));
  const overlapping = Array.from({ length: 5000 }, (_, i) => ({
    name: `a${String(i).padStart(4, "0")}.npy`,
    data: i === 0 ? shared : shared.subarray(0, 0),
    size: shared.length,
    offset: 0,
  }));
  refuses(t, zip(overlapping), /too much for a file|cannot be|checksum/, readNpz);

  const npy: [Uint8Array, RegExp][] = [
    [npyOf("10000000000000000"), /no valid shape/],
    [npyOf("4294967296, 4294967296"), /which is too large/],
    [
      npyOf("1000000000"),
      /it has 0 bytes of numbers \(expected 1000000000 for \[1000000000\] of uint8; truncated\?\)/,
    ],
    [npyOf("-1"), /no valid shape/],
    [npyOf("1,".repeat(33)), /has 33 axes/],
    [npyOf("1", "|O"), /Python objects/],
    [npyOf("1", "<c8"), /of type "<c8"/],
    [npyOf("1", "<V8"), /of type "<V8"/],
    [npyOf("1", "constructor"), /of type "constructor"/],
    [npyOf("1".padEnd(60_000, " ")), /expected 1 for \[1\]/],
    [npyOf(" ".repeat(60_000)), /expected 1 for \[\]/],
    [npyOf("1,".repeat(30_000)), /axes/],
    [joined(ascii("\x93NUMPY\x02\x00"), le(2 ** 32 - 1, 4)), /header would be 4294967295 bytes long/],
    [ascii("\x93NUMPY\x09\x00\x00\x00"), /of version 9/],
    [joined(ascii("\x93NUMPY\x01\x00"), le(3, 2), ascii("{}\n")), /of type ""|no fortran_order/],
  ];
  for (const [bytes, message] of npy) refuses(t, bytes, message, one(readNpy));

  const good = zip([{ name: "a.npy", data: bytesOf("array.npy") }]);
  t.equal(outcome(() => readNpz(good)).message, undefined, "a good one");
  const changed = (at: number, bytes: readonly number[]) =>
    joined(good.subarray(0, good.length + at), bytes, good.subarray(good.length + at + bytes.length));
  refuses(t, changed(-12, le(0xffff, 2)), /cannot list 65535 entries/, readNpz);
  refuses(t, changed(-6, le(0xfffffff0, 4)), /directory should end at byte/, readNpz);
  refuses(t, changed(-6, le(0, 4)), /entry 0 of its directory is damaged/, readNpz);
  refuses(t, changed(-10, le(0xffffffff, 4)), /directory/, readNpz);
  refuses(
    t,
    zip([
      { name: "a.npy", data: ascii("x") },
      { name: "a.npy", data: ascii("y") },
    ]),
    /two entries named "a\.npy"/,
    readNpz,
  );
  refuses(t, zip([{ name: "a.npy", data: ascii("x"), method: 12 }]), /packed by method 12/, readNpz);
  refuses(
    t,
    zip([{ name: "a.npy", data: ascii("x"), crc: 1 }]),
    /it ends 7 bytes too soon|checksum/,
    readNpz,
  );
  refuses(
    t,
    zip([{ name: "a.npy", data: bytesOf("array.npy"), crc: 1 }]),
    /"a\.npy" in it does not match its checksum/,
    readNpz,
  );
  refuses(t, zip([{ name: "a.txt", data: ascii("x") }]), /holds no arrays/, readNpz);
});

t.test("graphs made to exhaust memory", async (t) => {
  const field = (number: number, bytes: Uint8Array) =>
    joined(
      [number * 8 + 2],
      le(bytes.length, 1).map((n) => n | 128),
      [bytes.length >> 7],
      bytes,
    );
  const bytes = (n: number, value: Uint8Array) => field(n, value);
  const node = (tensorProto: Uint8Array) =>
    bytes(
      1,
      joined(
        bytes(1, ascii("a")),
        bytes(2, ascii("Const")),
        bytes(5, joined(bytes(1, ascii("value")), bytes(2, bytes(8, tensorProto)))),
      ),
    );
  const dim = (size: readonly number[]) => bytes(2, bytes(2, joined([8], size)));
  const float = joined([8, 1]);
  const filled = (size: readonly number[]) =>
    node(joined(float, dim(size), bytes(5, Uint8Array.of(0, 0, 128, 63))));
  const reader = readTensorflowConstants;
  t.same([...reader(filled([3])).get("a")!.data], [1, 1, 1], "a good one");
  refuses(t, filled([128, 148, 235, 220, 3]), /too much for a file of/, reader);
  refuses(t, filled([255, 255, 255, 255, 255, 255, 255, 255, 255, 1]), /not of whole numbers/, reader);
  refuses(t, filled([255, 255, 255, 255, 255, 255, 255, 255, 127]), /not of whole numbers|too large/, reader);
  refuses(t, Uint8Array.of(10, 255, 255, 255, 255, 255, 255, 255, 255, 127), /cut off/, reader);
  refuses(
    t,
    Uint8Array.of(10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
    /longer than 64 bits/,
    reader,
  );
  refuses(t, Uint8Array.of(11, 0), /of the unknown kind 3/, reader);
  refuses(t, Uint8Array.of(0, 0), /no valid number/, reader);
  refuses(t, joined(filled([3]), filled([3])), /two nodes named "a"/, reader);
  refuses(
    t,
    node(joined(float, dim([3]), bytes(4, new Uint8Array(8)))),
    /has 8 bytes \(expected 12 for \[3\] of float32\)/,
    reader,
  );
});

t.test("after all that", async (t) => {
  const peak = process.resourceUsage().maxRSS / 1024;
  t.ok(peak < 900, `at most ${Math.round(peak)} MiB were ever held, Node included`);
});
