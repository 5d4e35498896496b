// The golden vectors of the ops as plain numbers, which can be handed to a browser.
import { golden } from "@imagefn/testing";
import { goldenCases } from "./cases.js";
import type { Results, Vectors } from "./parityErrors.js";

const cases = golden("ops");

export const goldenVectors: Vectors[] = [...cases].map(([name, c]) => {
  const { inputs } = goldenCases[name];
  const plain = (array: string) => ({ shape: c.get(array).shape, data: [...c.get(array).data] });
  return {
    name,
    rtol: c.rtol,
    atol: c.atol,
    inputs: inputs.map(plain),
    g: plain("g"),
    value: plain("out").data,
    gradients: inputs.map((i) => plain(`d_${i}`).data),
  };
});

/** What PyTorch computed, as an engine's results are. */
export const goldenExpected: Results = Object.fromEntries(
  goldenVectors.flatMap(({ name, value, gradients }) => [
    [`${name}: value`, value],
    ...gradients.map((d, i) => [`${name}: gradient ${i}`, d] as const),
  ]),
);
