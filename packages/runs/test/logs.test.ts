// The log in other formats: CSV, and event files as TensorBoard reads them.
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openRun, type PartialConfig, type RunFolder, readLog, train } from "@imagefn/runs";
import t from "tap";
import { crc32c, record, scalars } from "../dist/folder/events.js";
import { openLogs } from "../dist/folder/logs.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (...path: string[]) => join(home, ...path);
const config = { ...tiny, logs: ["csv", "tensorboard"] } satisfies PartialConfig;
const eventsOf = (run: string) => join(run, "tensorboard", "events.out.tfevents.0.imagefn");

interface Event {
  time?: number;
  step?: number;
  version?: string;
  values: [string, number][];
}

/** The fields of a message of protocol buffers: [number, varint or bytes]. */
function fieldsOf(bytes: Buffer): [number, number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let i = 0;
  const varint = () => {
    let [value, place] = [0, 1];
    for (; bytes[i] > 127; place *= 128) value += (bytes[i++] - 128) * place;
    return value + bytes[i++] * place;
  };
  const take = (length: number) => {
    i += length;
    return bytes.subarray(i - length, i);
  };
  while (i < bytes.length) {
    const key = varint();
    const kind = key % 8;
    const value =
      kind === 0
        ? varint()
        : kind === 2
          ? take(varint())
          : take(({ 1: 8, 5: 4 } as Record<number, number>)[kind]);
    fields.push([Math.floor(key / 8), value]);
  }
  return fields;
}

/** The events of a file, every checksum checked. */
function readEvents(path: string): Event[] {
  const bytes = readFileSync(path);
  const sound = (data: Buffer, stored: number) => {
    const crc = crc32c(data);
    const mask = (BigInt(crc >>> 15) + (BigInt(crc) << 17n) + 0xa282ead8n) & 0xffffffffn;
    if (BigInt(stored) !== mask) throw new Error(`checksum ${stored} of ${data.length} bytes`);
  };
  const events: Event[] = [];
  for (let i = 0; i < bytes.length; ) {
    sound(bytes.subarray(i, i + 8), bytes.readUInt32LE(i + 8));
    const length = Number(bytes.readBigUInt64LE(i));
    const data = bytes.subarray(i + 12, i + 12 + length);
    sound(data, bytes.readUInt32LE(i + 12 + length));
    i += 16 + length;
    const event: Event = { values: [] };
    for (const [number, value] of fieldsOf(data)) {
      if (number === 1) event.time = (value as Buffer).readDoubleLE();
      if (number === 2) event.step = value as number;
      if (number === 3) event.version = String(value);
      if (number !== 5) continue;
      for (const [, one] of fieldsOf(value as Buffer)) {
        const [[, tag], [, simple]] = fieldsOf(one as Buffer) as [number, Buffer][];
        event.values.push([String(tag), simple.readFloatLE()]);
      }
    }
    events.push(event);
  }
  return events;
}

/** Rows of log.csv as objects, without empty cells. */
function readCsv(run: string): Record<string, string | number>[] {
  const [head, ...lines] = readFileSync(join(run, "log.csv"), "utf8").trimEnd().split("\n");
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",").map((cell, i) => [names[i], i === 0 ? cell : Number(cell), cell !== ""]);
    return Object.fromEntries(cells.filter(([, , is]) => is));
  });
}

const numbersOf = (entry: object) =>
  Object.entries(entry).filter(([name, value]) => name !== "step" && typeof value === "number");

/** Compares the other formats with entries of the log. */
function compare(t: Tap, run: RunFolder, entries = readLog(run.log)) {
  const rows = entries.map((entry) => ({
    phase: entry.phase,
    step: entry.step,
    ...Object.fromEntries(numbersOf(entry)),
  }));
  t.same(readCsv(run.path), rows, "every number is in log.csv");
  const [first, ...events] = readEvents(eventsOf(run.path));
  t.same(first, { time: first.time, version: "brain.Event:2", values: [] });
  t.same(
    events.map(({ step, values }) => [step, values]),
    entries.map(({ phase, step, ...rest }) => [
      step,
      numbersOf(rest).map(([name, value]) => [`${phase}/${name}`, Math.fround(value)]),
    ]),
    "every number is an event",
  );
  for (const { time = 0 } of events) t.ok(Math.abs(time - Date.now() / 1000) < 600, "with a time of now");
}
type Tap = { same: typeof t.same; ok: typeof t.ok };

t.test("checksums, records and messages are those of the formats", async (t) => {
  // RFC 3720, B.4, and the check value of CRC-32C.
  t.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  t.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd794e);
  // Event { wall_time: 1, step: 300, summary { value { tag: "a", simple_value: 0.5 } } }
  const message = scalars(1, 300, [["a", 0.5]]);
  t.equal(
    message.toString("hex"),
    "09000000000000f03f" + "10ac02" + "2a0a" + "0a08" + "0a0161" + "150000003f",
  );
  t.equal(record(message).length, 8 + 4 + message.length + 4);
});

t.test("a run writes them beside its log", async (t) => {
  const run = await train(config, { out: at("whole") });
  t.ok(readLog(run.log).some(({ phase }) => phase === "pretrain"));
  compare(t, run);
  const none = await train(tiny, { out: at("none"), steps: 1 });
  t.notOk(existsSync(join(none.path, "log.csv")) || existsSync(join(none.path, "tensorboard")));
});

t.test("a resumed run has each step once", async (t) => {
  const stop = abortAt(({ phase, step }) => phase === "train" && step === 3);
  const stopped = await train(config, { out: at("stopped"), ...stop, isolate: false });
  t.equal(stopped.finished, false);
  const before = readLog(stopped.log);
  // As a killed session leaves it: steps after the checkpoint, and a line that was cut off.
  appendFileSync(stopped.log, '{"phase":"train","step":6,"loss":7,"seconds":9}\n{"phase":"tr');
  const resumed = await (await openRun(stopped.path)).resume();
  t.ok(resumed.finished);
  const all = readLog(resumed.log);
  t.same(all.slice(0, before.length), before);
  const steps = all.filter((entry) => entry.loss !== 7);
  t.equal(steps.length, all.length - 1);
  compare(t, resumed, steps);
  // Deleted files are made again from the log, as are those of a run that did not ask for them before.
  rmSync(join(resumed.path, "log.csv"));
  rmSync(join(resumed.path, "tensorboard"), { recursive: true });
  compare(t, await resumed.resume(), steps);
});

t.test("what a session repeats replaces what was logged before", async (t) => {
  const run = { path: home, log: at("log.jsonl"), config: { ...(await openRun(at("whole"))).config } };
  const log = (phase: string, step: number, more: object) =>
    appendFileSync(run.log, `${JSON.stringify({ phase, step, ...more })}\n`);
  log("pretrain", 4, { loss: 1 });
  log("pretrain", 4, { heldOutPsnr: 1 });
  log("pretrain", 4, { heldOutPsnr: 2 });
  appendFileSync(run.log, '{"changedData":"abc"}\n');
  log("train", 10, { loss: 2 });
  log("train", 20, { loss: 3 });
  log("train", 15, { loss: 4 });
  log("train", 15, { denoisingDistance: 5 });
  log("train", 30, { loss: 6 });
  const { append } = openLogs(run, { phase: "train", step: 15 });
  append({ changedData: "def" });
  append({ phase: "train", step: 16, loss: 7 });
  t.same(readCsv(home), [
    { phase: "pretrain", step: 4, loss: 1 },
    { phase: "pretrain", step: 4, heldOutPsnr: 2 },
    { phase: "train", step: 10, loss: 2 },
    { phase: "train", step: 15, loss: 4 },
    { phase: "train", step: 15, denoisingDistance: 5 },
    { phase: "train", step: 16, loss: 7 },
  ]);
});
