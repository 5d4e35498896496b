// The names of the generators, in a module that loads none of them.

/** Names for `generator.kind`, and for the sections of their settings. */
export const generatorKinds = ["func", "unet", "dit", "uvit"] as const;

/** A name for `generator.kind`. */
export type GeneratorKind = (typeof generatorKinds)[number];
