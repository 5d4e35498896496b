// An image function as a fragment shader: one text, with the weights as numbers in it.
import { coordinatesOf, type InrArchitecture } from "./architecture.js";
import { frequencies } from "./frequencies.js";
import { checkImageFunction, type ImageFunction, outputLayers } from "./imageFunction.js";
import { quantised } from "./quantise.js";
import { frameOf, type ShaderLanguage, shaderLanguages, type Words, wordsOf } from "./shaderFrame.js";

/** What a shader is written for. */
export interface ShaderOptions {
  /** GLSL ES 3.00 (WebGL 2) if left out; WGSL (WebGPU); or GLSL as shadertoy.com takes it. */
  readonly language?: ShaderLanguage;
  /** Bits of each weight, a whole number from 2 to 8: fewer make it smaller. 8 if left out, the weights of an int8 file. */
  readonly bits?: number;
}

// Four weights are one number of the text, and matrices of 4 x 4 take four neurons to four. Nothing is indexed: compilers of
// shaders keep constants like these out of memory, which they seldom do with an array.

/** Numbers of a vector. */
const FOUR = 4;

/** Digits of scales, biases and frequencies. */
const DIGITS = 7;

/**
 * A fragment shader that draws an image function over the whole of a canvas of any size. Its one uniform is `resolution`,
 * the canvas's width and height in pixels (shadertoy.com has its own). Colours differ from those of `render` of the function
 * with weights of so many bits by less than one level of 255 where sines are accurate.
 * @throws if the function's parts do not fit together, or an option is none of those above
 */
export function imageFunctionShader(
  fn: ImageFunction,
  { language = "glsl", bits = 8 }: ShaderOptions = {},
): string {
  const { architecture, scale, layers } = checkImageFunction(fn);
  if (!shaderLanguages.includes(language))
    throw new Error(
      `inr: unknown language of shaders (got ${JSON.stringify(language)}, expected ${shaderLanguages.join(", ")})`,
    );
  if (!Number.isInteger(bits) || bits < 2 || bits > 8)
    throw new Error(`inr: bits must be a whole number from 2 to 8 (got ${bits})`);
  const words = wordsOf(language);
  const last = layers.length - 1;
  const biases = outputLayers(fn).map(({ bias }) => bias.data);
  const body = layers.flatMap(({ weight }, l) => {
    // The codes of the layer as it is in files; the factor of the whole function is worked into its scales.
    const { codes, scale: own } = quantised(weight, bits);
    const layer: Layer = {
      number: l,
      last: l === last,
      inputs: weight.shape[0],
      outputs: weight.shape[1],
      codes: codes.data,
      bits,
      scale: l === last ? own.data.map((s) => s * scale) : own.data,
      bias: biases[l],
    };
    return l === 0 ? firstLayer(architecture, layer, words) : laterLayer(layer, words);
  });
  const { depth, width } = architecture;
  return frameOf(language, {
    title: `An image function: ${depth} layers of ${width}, ${bits} bits a weight. Written by @imagefn/inr.`,
    body,
    bits,
    result: `h${last}n0.xyz*.5+.5`,
    coordinates: coordinatesOf(architecture),
  });
}

/** A layer with whole numbers for weights. */
interface Layer {
  readonly number: number;
  readonly last: boolean;
  readonly inputs: number;
  readonly outputs: number;
  /** [inputs, outputs] */
  readonly codes: Float32Array;
  readonly bits: number;
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

const vectors = (n: number): number[] => Array.from({ length: Math.ceil(n / FOUR) }, (_, v) => v);

/** A number in few characters, such as .5 and 1e-7. */
const decimal = (value: number): string =>
  String(Number(value.toPrecision(DIGITS)))
    .replace(/^(-?)0\./, "$1.")
    .replace("e+", "e");

/** Four numbers of a list from `at` on, zeros after its end. */
const four = (list: ArrayLike<number>, at: number, words: Words): string =>
  `${words.vec4}(${[0, 1, 2, 3].map((k) => decimal(list[at + k] ?? 0)).join(",")})`;

/** A whole number from 0 to 2^32 - 1. In GLSL, those from 2^31 on are hexadecimal. */
function whole(value: number): string {
  const [decimal, hex] = [String(value), `0x${value.toString(16)}`];
  return value < 2 ** 31 && decimal.length <= hex.length ? decimal : hex;
}

/** The matrix that takes inputs `from` .. from + 3 to outputs 4 v .. 4 v + 3. Those from `end` on do not count. */
function matrix({ outputs, codes, bits }: Layer, from: number, end: number, v: number): string {
  const columns = [0, 1, 2, 3].map((c) => {
    let word = 0;
    for (let k = 0; k < FOUR; k++) {
      const output = FOUR * v + k;
      const code = from + c < end && output < outputs ? codes[(from + c) * outputs + output] : 0;
      word += (code < 0 ? code + 2 ** bits : code) * 2 ** (bits * k);
    }
    return whole(word);
  });
  return `m(${columns.join(",")})`;
}

/** Sums of codes as the neurons' values: ReLU after all layers but the last. */
function neurons(sum: string, { last, scale, bias }: Layer, v: number, words: Words): string {
  const value = `${sum}*${four(scale, FOUR * v, words)}+${four(bias, FOUR * v, words)}`;
  return last ? value : `r(${value})`;
}

/** The embedding, four frequencies at a time, and the layer on it: rows of the weight as in `axisTable`. */
function firstLayer(architecture: InrArchitecture, layer: Layer, words: Words): string[] {
  // Half of each: 2 pi times the fraction of a period is exact where pi times the frequency would be thousands.
  const halves = frequencies(architecture).map((w) => w / 2);
  const n = halves.length;
  const own = vectors(layer.outputs);
  const lines = own.map((v) => words.variable(`h0n${v}`, `${words.vec4}(0)`));
  lines.push(...["y", "x", "t"].map((name) => words.variable(name, `${words.vec4}(0)`)));
  for (const k of vectors(n)) {
    const f = four(halves, FOUR * k, words);
    lines.push(`t=${f};y=T*fract(c.x*t);x=T*fract(c.y*t);`);
    for (const [part, embedded] of ["cos(y)", "cos(x)", "sin(y)", "sin(x)"].entries()) {
      const from = part * n + FOUR * k;
      const sums = own.map((v) => `h0n${v}+=${matrix(layer, from, (part + 1) * n, v)}*t;`);
      lines.push(`t=${embedded};`, ...sums);
    }
  }
  lines.push(...own.map((v) => `h0n${v}=${neurons(`h0n${v}`, layer, v, words)};`));
  return lines;
}

function laterLayer(layer: Layer, words: Words): string[] {
  const { number, inputs, outputs } = layer;
  return vectors(outputs).map((v) => {
    const terms = vectors(inputs).map((i) => `${matrix(layer, FOUR * i, inputs, v)}*h${number - 1}n${i}`);
    return words.variable(`h${number}n${v}`, neurons(`(${terms.join("+")})`, layer, v, words));
  });
}
