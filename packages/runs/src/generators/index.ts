// Every generator that a configuration can train. A new one needs a file of its own and an entry in this list.
import { dit } from "./dit.js";
import { func } from "./func.js";
import { unet } from "./unet.js";
import { uvit } from "./uvit.js";

/** The records, by the name used in `generator.kind` and for the section of settings. */
export const generators = { func, unet, dit, uvit } as const;

/** A name for `generator.kind`. */
export type GeneratorKind = keyof typeof generators;

/** Names for `generator.kind`. */
export const generatorKinds = Object.keys(generators) as [GeneratorKind, ...GeneratorKind[]];

/** The name of a generator in the paper's tables, such as CM-Func. */
export const generatorTitle = (kind: GeneratorKind): string => generators[kind].title;
