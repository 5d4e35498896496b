// Image functions at sizes that they were not trained at: whether the pictures agree, and how sharp they are.
import { readBytes } from "@imagefn/datasets";
import { drawsFunctions, isFunction, type Size } from "@imagefn/runs";
import { mean } from "../../numbers.js";
import type { Measure } from "../experiment.js";
import { type Lab, measurements, type Subject } from "../lab.js";
import { averagedDown, bilinear, grey, meanGradient, type Plane, peakSignalToNoise } from "../planes.js";
import { drawnBytes, firstSamples } from "../samples.js";

/** Functions that are measured. */
const COUNT = 16;

const makesFunctions = async (subject: Subject) => drawsFunctions((await subject.trained()).generator);

const functions = async (lab: Lab, subject: Subject) =>
  (await firstSamples(lab.engine, subject, COUNT)).filter(isFunction);

/** Pictures of whole multiples of the training size, averaged down to it, against the picture of the training size. */
export const agreementMeasure = (multiples: readonly Size[]): Measure => ({
  name: "agreement",
  seconds: () => 5,
  async measure(subject, lab) {
    const { size } = subject.config.data;
    if (!(await makesFunctions(subject))) return {};
    const agreement = await lab.cached(measurements(subject), "agreement", { multiples, COUNT }, async () => {
      const samples = await functions(lab, subject);
      const draw = async (width: number, height: number) =>
        Promise.all(
          samples.map(async (one) => grey(await drawnBytes(lab.engine, one, [width, height]), width)),
        );
      const native = await draw(size, size);
      const found = [];
      for (const [across, down] of multiples) {
        const large = await draw(across * size, down * size);
        const psnr = mean(
          large.map((plane, i) => peakSignalToNoise(averagedDown(plane, [across, down]), native[i])),
        );
        found.push({ width: across * size, height: down * size, psnr });
      }
      return found;
    });
    return { agreement };
  },
});

/** Drawing at `side` against drawing at half of it and enlarging bilinearly, and against real images. */
export const sharpnessMeasure = (side: number): Measure => ({
  name: "sharpness",
  seconds: () => 5,
  async measure(subject, lab) {
    const { config } = subject;
    if (!(await makesFunctions(subject))) return {};
    const sharpness = await lab.cached(measurements(subject), "sharpness", { side, COUNT }, async () => {
      const direct: number[] = [];
      const enlarged: number[] = [];
      for (const one of await functions(lab, subject)) {
        direct.push(meanGradient(grey(await drawnBytes(lab.engine, one, [side, side]), side)));
        const small = grey(await drawnBytes(lab.engine, one, [side / 2, side / 2]), side / 2);
        enlarged.push(meanGradient(bilinear(small, 2)));
      }
      const { train } = await lab.data({ ...config, data: { ...config.data, size: side } });
      const n = Math.min(train.count, 16 * COUNT);
      const bytes = readBytes(
        train,
        Array.from({ length: n }, (_, i) => i),
      );
      const real = Array.from({ length: n }, (_, i): Plane => {
        const at = i * 3 * side * side;
        const [r, g, b] = [0, 1, 2].map((c) =>
          bytes.subarray(at + c * side * side, at + (c + 1) * side * side),
        );
        return { width: side, height: side, data: Float64Array.from(r, (v, p) => (v + g[p] + b[p]) / 3) };
      });
      return {
        side,
        direct: mean(direct),
        bilinear: mean(enlarged),
        real: mean(real.map(meanGradient)),
        n: COUNT,
      };
    });
    return { sharpness };
  },
});
