// The formats of exported models and of image functions, as names.
import type { Precision, ShaderLanguage } from "@imagefn/inr";

/** The shading languages. */
const shaders = ["glsl", "wgsl", "shadertoy"] as const satisfies readonly ShaderLanguage[];

/** What can be exported: models for ONNX runtimes, files of image functions, and shaders that draw one. */
export const exportFormats = ["onnx", "safetensors", ...shaders] as const;

/** One of `exportFormats`. */
export type ExportFormat = (typeof exportFormats)[number];

/** How the numbers of an image function's file are stored, as in @imagefn/inr. */
export const precisions = ["float32", "float16", "int8"] as const satisfies readonly Precision[];

/** Whether a format is a shader, and its language. */
export const isShader = (format: ExportFormat): format is (typeof shaders)[number] =>
  (shaders as readonly string[]).includes(format);

/** The ends of files' names. */
const endings: Readonly<Record<ExportFormat, string>> = {
  onnx: ".onnx",
  safetensors: ".safetensors",
  glsl: ".glsl",
  wgsl: ".wgsl",
  shadertoy: ".shadertoy.glsl",
};

/** The end of the name of a format's files. */
export const endingOf = (format: ExportFormat): string => endings[format];

/** The format that was asked for: by name, else by the end of the file's name, else onnx. */
export function formatOf({ format, out }: { format?: ExportFormat; out?: string }): ExportFormat {
  // The longest ending first: .shadertoy.glsl is one of .glsl too.
  const byLength = [...exportFormats].sort((a, b) => endings[b].length - endings[a].length);
  return format ?? byLength.find((name) => out?.toLowerCase().endsWith(endings[name])) ?? "onnx";
}
