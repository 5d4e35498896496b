// The GPU.js kernel that computes pixels with all layers, as text, since its variables depend on the widths.
import type { HostArray } from "@imagefn/ops";
import type { InrLayer } from "./generate.js";

// Kernels have no local arrays, so that each neuron is a variable. Two layers are one loop over the neurons between
// them: one neuron is computed from all variables before the pair, and added to all variables after it. The text grows
// with the width and not with its square, nothing leaves the registers, and some pixels share each weight that is read.

/** Products in one statement. */
const TERMS = 8;

/** Sizes of a layer after the first. */
interface Size {
  readonly inputs: number;
  readonly outputs: number;
}

export interface PixelKernelOptions {
  /** Outputs of the first layer, and from one of its rows to the next in its tables. */
  readonly first: { readonly outputs: number; readonly stride: number };
  /** The other layers; the last has three outputs, with outBias and scale worked in. */
  readonly rest: readonly Size[];
  /** A thread gives so many pixels, neighbours in a row, as bytes r + 256 g + 65536 b in one number each: 2 to 4. */
  readonly pixels: number;
}

/**
 * The kernel (rows, columns, weights): the first layer's tables [height, stride] and [width, stride], the width a
 * multiple of `pixels`, and weights as `packPixelWeights` writes them.
 */
export function pixelSource({ first: { outputs, stride }, rest, pixels: count }: PixelKernelOptions): string {
  const pixels = Array.from({ length: count }, (_, p) => p);
  const lines = [`const row = this.thread.y * ${stride};`];
  for (const p of pixels) lines.push(`const column${p} = (this.thread.x * ${count} + ${p}) * ${stride};`);
  for (let k = 0; k < outputs; k++)
    for (const p of pixels) {
      const sum = `rows[row + ${k}] + columns[column${p} + ${k}]`;
      lines.push(`let h0n${k}p${p} = ${rest.length > 0 ? `Math.max(0, ${sum})` : sum};`);
    }
  lines.push(...layers(rest, pixels));
  const results = pixels.map((p) => {
    // As `toByte`. Math.round would leave halves to the shading language.
    const byte = (c: number) =>
      `Math.floor(Math.min(Math.max((h${rest.length}n${c}p${p} + 1) * 127.5, 0), 255) + 0.5)`;
    return `${byte(0)} + 256 * ${byte(1)} + 65536 * ${byte(2)}`;
  });
  return `function pixels(rows, columns, weights) {\n${lines.join("\n")}\nreturn [${results.join(", ")}];\n}`;
}

/** The layers after the first: h0n0p0 .. are neurons 0 .. before them, h2n0p0 .. those after two. */
function layers(rest: readonly Size[], pixels: readonly number[]): string[] {
  const lines: string[] = [];
  /** A weight, read once for all pixels. */
  const read = (at: string) => {
    const name = `w${lines.length}`;
    lines.push(`const ${name} = weights[${at}];`);
    return name;
  };
  let at = 0;
  for (let l = 0; l < rest.length; l += 2) {
    const pair = l + 1 < rest.length;
    const { inputs, outputs: between } = rest[l];
    const after = pair ? rest[l + 1].outputs : between;
    const next = pair ? l + 2 : l + 1;
    const own = (n: number, p: number) => `h${next}n${n}p${p}`;
    /** Adds the products of all neurons before with weights from `from` on. */
    const products = (name: (p: number) => string, from: (i: number) => string) => {
      for (let i = 0; i < inputs; i += TERMS) {
        const terms = Array.from({ length: Math.min(TERMS, inputs - i) }, (_, k) => [
          i + k,
          read(from(i + k)),
        ]);
        for (const p of pixels)
          lines.push(
            `${name(p)} = ${name(p)} + ${terms.map(([k, w]) => `h${l}n${k}p${p} * ${w}`).join(" + ")};`,
          );
      }
    };
    for (let o = 0; o < after; o++) {
      const bias = read(`${at + o}`);
      for (const p of pixels) lines.push(`let ${own(o, p)} = ${bias};`);
    }
    at += after;
    if (pair) {
      const record = 1 + inputs + after;
      const neuron = (p: number) => `neuron${l}p${p}`;
      lines.push(`for (let j = 0; j < ${between}; j++) {`, `const at = ${at} + j * ${record};`);
      const bias = read("at");
      for (const p of pixels) lines.push(`let ${neuron(p)} = ${bias};`);
      products(neuron, (i) => `at + ${1 + i}`);
      for (const p of pixels) lines.push(`${neuron(p)} = Math.max(0, ${neuron(p)});`);
      for (let o = 0; o < after; o++) {
        const w = read(`at + ${1 + inputs + o}`);
        for (const p of pixels) lines.push(`${own(o, p)} = ${own(o, p)} + ${neuron(p)} * ${w};`);
      }
      lines.push("}");
      at += between * record;
    } else {
      for (let o = 0; o < after; o++, at += inputs) {
        const from = at;
        products(
          (p) => own(o, p),
          (i) => `${from + i}`,
        );
      }
    }
    if (next < rest.length)
      for (let o = 0; o < after; o++)
        for (const p of pixels) lines.push(`${own(o, p)} = Math.max(0, ${own(o, p)});`);
  }
  return lines;
}

/** Weights and biases of the layers after the first in the order in which the kernel reads them. */
export function packPixelWeights(rest: readonly InrLayer<HostArray>[]): Float32Array {
  const out: number[] = [];
  const column = ({ weight: { shape, data } }: InrLayer<HostArray>, j: number) => {
    const [inputs, outputs] = shape;
    for (let i = 0; i < inputs; i++) out.push(data[i * outputs + j]);
  };
  for (let l = 0; l < rest.length; l += 2) {
    const [one, other] = [rest[l], rest[l + 1]];
    out.push(...(other ?? one).bias.data);
    const [, outputs] = one.weight.shape;
    for (let j = 0; j < outputs; j++) {
      if (other) out.push(one.bias.data[j]);
      column(one, j);
      if (other)
        out.push(...other.weight.data.subarray(j * other.weight.shape[1], (j + 1) * other.weight.shape[1]));
    }
  }
  // GPU.js has no empty arrays.
  return Float32Array.from(out.length > 0 ? out : [0]);
}
