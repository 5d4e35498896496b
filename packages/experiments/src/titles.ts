// Names of generators in tables and figures.
import type { GeneratorKind } from "@imagefn/runs";

const titles: Readonly<Partial<Record<GeneratorKind, string>>> = {
  func: "CM-Func",
  unet: "CM-UNet",
  dit: "CM-DiT",
  uvit: "CM-UViT",
};

/** The paper's name of a generator, such as `CM-Func`. */
export const generatorTitle = (kind: GeneratorKind): string => titles[kind] ?? kind;
