// The numbers that the paper prints, by table.
import type { GeneratorKind } from "@imagefn/runs";
import type { DataName } from "./names.js";

/** The paper's generators, in the order of most of its tables. */
export const paperKinds = ["unet", "uvit", "dit", "func"] as const satisfies readonly GeneratorKind[];
export type PaperKind = (typeof paperKinds)[number];

/** The scores that the paper reports of generated images, in its order. */
export const qualityScores = ["FID", "sFID", "IS", "precision", "recall"] as const;

type FiveScores = readonly [fid: number, sfid: number, is: number, precision: number, recall: number];

/** Tables 1 and 5. */
export const quality: Readonly<Record<DataName, Partial<Record<PaperKind, FiveScores>>>> = {
  cifar10: { unet: [32.87, 20.94, 6.16, 0.595, 0.23], func: [28.87, 19.81, 6.92, 0.52, 0.3] },
  celeba64: {
    unet: [54.41, 72.86, 1.77, 0.43, 0.021],
    uvit: [40.14, 41.47, 1.9, 0.68, 0.02],
    dit: [25.52, 37.27, 2.0, 0.81, 0.1],
    func: [29.49, 45.1, 2.08, 0.78, 0.094],
  },
  celeba128: { unet: [89.46, 158.64, 1.4, 0.46, 0], func: [69.3, 124.22, 1.66, 0.46, 0.002] },
  church: { unet: [58.33, 88.33, 1.82, 0.31, 0.007], func: [34.94, 86.28, 2.42, 0.33, 0.053] },
  classroom: { unet: [65.18, 84.69, 2.54, 0.41, 0.026], func: [57.96, 76.31, 2.83, 0.5, 0.033] },
};

/** Table 2: images per second over 32, 64 and 128 pixels. */
export const multiResolutionRate: Readonly<Record<PaperKind, number>> = {
  unet: 83.64,
  uvit: 83.58,
  dit: 96.61,
  func: 447.02,
};

/** Table 3: GPU hours on CelebA-64. */
export const trainingHours: Readonly<Record<PaperKind, number>> = {
  unet: 302.5,
  dit: 207.5,
  uvit: 212.5,
  func: 223.75,
};
export const pretrainingHours = 12.9;

/** The scores of Tables 4 and 6, in their order. */
export const iqaScores = ["NIQE", "CLIPIQA", "MUSIQ", "MANIQA"] as const;

type FourScores = readonly [niqe: number, clipiqa: number, musiq: number, maniqa: number];

/** Tables 4 and 6. */
export const iqa: Readonly<Partial<Record<DataName, Partial<Record<PaperKind, FourScores>>>>> = {
  cifar10: { unet: [23.003, 0.516, 17.043, 0.105], func: [22.264, 0.52, 17.143, 0.107] },
  celeba64: {
    unet: [6.81, 0.465, 21.198, 0.21],
    uvit: [6.564, 0.516, 22.805, 0.194],
    dit: [6.666, 0.561, 22.139, 0.234],
    func: [6.503, 0.549, 22.23, 0.22],
  },
};

/** Table 7, all at 128 pixels; the precision of the second differs from Table 1's in the paper itself. */
export const crossResolution = {
  unet128: [89.46, 158.64, 1.4, 0.46, 0],
  func128: [69.3, 124.22, 1.66, 0.43, 0.002],
  func64: [76.93, 105.9, 1.98, 0.18, 0.0011],
} as const satisfies Record<string, FiveScores>;

/** Parameters of the paper's networks by their size in pixels, counted from the definitions (the paper plots them). */
export const parameters: Readonly<Record<"unet" | "func", Readonly<Record<32 | 64 | 128, number>>>> = {
  unet: { 32: 367_552_771, 64: 387_236_611, 128: 381_978_371 },
  func: { 32: 143_999_491, 64: 143_991_811, 128: 144_102_403 },
};
