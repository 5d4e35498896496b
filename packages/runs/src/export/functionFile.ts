// One image function as the bytes of a file in each format, with the rest of its name and a line about it.
import { gzipSync } from "node:zlib";
import { type ImageFunction, imageFunctionShader, type Precision, saveImageFunction } from "@imagefn/inr";
import { invalidOption } from "../invalidOption.js";
import type { Size } from "../size.js";
import { type ExportFormat, endingOf, formatOf, isShader } from "./formats.js";
import { functionModel } from "./models.js";

/** How to write an image function. */
export interface FunctionFormat {
  /**
   * The format; by the end of `out` if left out, else `onnx`. The others are for image functions alone: `safetensors`, and
   * shaders that draw one: `glsl` (WebGL 2), `wgsl` (WebGPU), `shadertoy`.
   */
  readonly format?: ExportFormat;
  /** Of a `safetensors` file: `float32`, the default, `float16` or `int8`. */
  readonly precision?: Precision;
  /** Bits of each weight of a shader, 2 to 8; 8 if left out. */
  readonly bits?: number;
  /** Size that an `onnx` model is rendered at. */
  readonly size?: Size;
  readonly out?: string;
}

/** @throws ImagefnError `invalid-option` for an option that belongs to another format */
export function checkFormat(options: FunctionFormat): ExportFormat {
  const format = formatOf(options);
  const { precision, bits, size } = options;
  if (precision !== undefined && format !== "safetensors")
    throw invalidOption("precision", precision, `it belongs to the format safetensors, not to ${format}.`);
  if (bits !== undefined && !isShader(format))
    throw invalidOption("bits", bits, `it belongs to shaders, not to the format ${format}.`);
  if (size !== undefined && format !== "onnx")
    throw invalidOption("size", size.join("x"), `a function in the format ${format} is drawn at any size.`);
  return format;
}

/** A function as a file. */
export interface FunctionFile {
  readonly bytes: Uint8Array;
  /** The end of its name, which holds the options that it depends on. */
  readonly suffix: string;
  /** What it takes and gives, as one line. */
  readonly about: string;
}

/** @param native the size of an onnx model if none is set @throws as `checkFormat` */
export function functionFile(fn: ImageFunction, options: FunctionFormat, native: number): FunctionFile {
  const format = checkFormat(options);
  const ending = endingOf(format);
  if (format === "onnx") {
    const [width, height] = options.size ?? [native, native];
    const points = width * height;
    const range = fn.architecture.coordinates === "center" ? "from -1 to 1" : "from 0 to 1";
    return {
      bytes: functionModel(fn, points),
      suffix: `${width}x${height}${ending}`,
      about: `coordinates [${points}, 2] of (row, column), ${range}, -> colours [${points}, 3] in [-1, 1]`,
    };
  }
  if (format === "safetensors") {
    const { precision = "float32" } = options;
    const bytes = saveImageFunction(fn, { precision });
    return { bytes, suffix: `${precision}${ending}`, about: `${count(bytes)} bytes of ${precision}` };
  }
  const { bits = 8 } = options;
  const bytes = new TextEncoder().encode(imageFunctionShader(fn, { language: format, bits }));
  return {
    bytes,
    suffix: `${bits}bit${ending}`,
    about:
      `fragment shader, ${count(bytes)} bytes, ${count(gzipSync(bytes))} with gzip` +
      (format === "shadertoy" ? "" : "; its uniform resolution is the canvas's width and height in pixels"),
  };
}

const count = ({ length }: Uint8Array): string => length.toLocaleString("en");
