// What the weights of a checkpoint depend on, and how two of those differ.

import { isValues, type Values } from "../config/layers.js";
import type { Config } from "../config/schema.js";
import { hasNullClass } from "../generators/nullClass.js";
import { shownValue } from "../show.js";
import { jsonOf } from "./position.js";

/** The network and its image size, as JSON. */
export function architecture(config: Config, classes: number): string {
  const { kind, ...all } = config.generator;
  return JSON.stringify({
    kind,
    ...all[kind],
    variationalCoordinates: undefined,
    size: config.data.size,
    classes,
    // Left out where there is none, as before there was one.
    nullClass: hasNullClass(config, classes) || undefined,
  });
}

/**
 * The groups of a U-Net whose architecture was written before they were a setting: a quarter of each width, at most 32.
 * For widths from 128 up that is 32.
 */
function groupsThen({ kind, channels }: Values): Values {
  if (kind !== "unet") return {};
  const wide = Number(channels) >= 128 && Number(channels) % 32 === 0;
  return { groups: wide ? 32 : "a quarter of the channels of each layer" };
}

/** The fields of an architecture, one level deep. */
function flat(text: string | undefined): Values {
  const value = jsonOf("architecture", text);
  if (!isValues(value)) throw new Error("the architecture in its metadata is not an object");
  const { inr, ...rest } = value;
  const inner = Object.entries(isValues(inr) ? inr : {});
  return { ...groupsThen(rest), ...rest, ...Object.fromEntries(inner.map(([k, v]) => [`inr.${k}`, v])) };
}

/**
 * Which fields of two architectures differ, as "dim 128, now 192"; empty where none does.
 * @throws an Error if the one of the file is missing or is not an architecture
 */
export function differences(then: string | undefined, now: string): string {
  const [a, b] = [flat(then), flat(now)];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => shownValue(a[name]) !== shownValue(b[name]))
    .map((name) => `${shownValue(name)} ${shownValue(a[name])}, now ${shownValue(b[name])}`)
    .join("; ");
}
