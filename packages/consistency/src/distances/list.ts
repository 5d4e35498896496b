// The distances of this package. A new one takes its own file and its place in this list.
import type { Distance } from "./distance.js";
import { l1Record } from "./l1.js";
import { l2Record } from "./l2.js";
import { pseudoHuberRecord } from "./pseudoHuber.js";

/** The records of all distances that need no files. */
export const distances = [l1Record, l2Record, pseudoHuberRecord] as const;

/** The name of one of `distances`. */
export type DistanceName = (typeof distances)[number]["name"];

/** The distance of that name. @throws if there is none, with the names there are */
export function distanceNamed(name: DistanceName): Distance {
  const record = distances.find((one) => one.name === name);
  if (!record)
    throw new Error(
      `consistency: unknown distance (got "${name}", expected ${distances.map((one) => one.name).join(", ")}, or a function)`,
    );
  return record.make();
}
