// Every generator that a configuration can train. A new one needs a file of its own, an entry here and its name in names.ts.
import { dit } from "./dit.js";
import { func } from "./func.js";
import type { GeneratorKind } from "./names.js";
import { unet } from "./unet.js";
import { uvit } from "./uvit.js";

/** The records, by the name used in `generator.kind` and for the section of settings. */
export const generators = { func, unet, dit, uvit } as const satisfies Record<GeneratorKind, unknown>;

/** The name of a generator in the paper's tables, such as CM-Func. */
export const generatorTitle = (kind: GeneratorKind): string => generators[kind].title;
