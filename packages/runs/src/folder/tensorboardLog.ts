// The log as an event file, which TensorBoard draws: `tensorboard --logdir runs` shows all runs.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "@imagefn/base";
import { fileVersion, record, scalars } from "./events.js";
import type { LogEntry } from "./log.js";
import { type OtherLog, writing } from "./otherLog.js";

/** Numbers as curves of their phase: `train/loss`. */
function eventOf({ phase, step, ...rest }: LogEntry, time: number): Buffer {
  const values = Object.entries(rest).flatMap(([name, value]): [string, number][] =>
    typeof value === "number" ? [[`${phase}/${name}`, value]] : [],
  );
  return record(scalars(time, Number(step), values));
}

const now = () => Date.now() / 1000;

/** The event file of a run folder. */
export function tensorboardLog(folder: string): OtherLog {
  const inside = join(folder, "tensorboard");
  // TensorBoard takes every file with such a name; one that grows is read on.
  const path = join(inside, "events.out.tfevents.0.imagefn");
  const start = (events: readonly Buffer[]) => {
    makeFolder(inside);
    writing(path, () => writeFileSync(path, Buffer.concat([record(fileVersion(now())), ...events])));
  };
  return {
    begin(entries) {
      // The log has seconds of training, and no times of day: as if it had gone on until now without a pause.
      let seconds = 0;
      const all = entries.map((entry) => {
        if (typeof entry.seconds === "number") seconds = entry.seconds;
        return { entry, seconds };
      });
      const origin = now() - seconds;
      start(all.map(({ entry, seconds: at }) => eventOf(entry, origin + at)));
    },
    append(entry) {
      if (entry.step === undefined) return;
      if (!existsSync(path)) start([]);
      writing(path, () => appendFileSync(path, eventOf(entry, now())));
    },
  };
}
