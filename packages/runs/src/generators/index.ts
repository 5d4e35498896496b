// Every generator that a configuration can train. A new one takes its own file and its place in this list.
import { dit } from "./dit.js";
import { func } from "./func.js";
import { unet } from "./unet.js";
import { uvit } from "./uvit.js";

/** The records, by the name that `generator.kind` and the section of its settings have. */
export const generators = { func, unet, dit, uvit } as const;

export type GeneratorKind = keyof typeof generators;

/** Names for `generator.kind`. */
export const generatorKinds = Object.keys(generators) as [GeneratorKind, ...GeneratorKind[]];

/** The name of a generator in the paper's tables, such as CM-Func. */
export const generatorTitle = (kind: GeneratorKind): string => generators[kind].title;
