// What stands around the layers in the text of a shader, in each language.

/** The languages that a shader can be written in. */
export const shaderLanguages = ["glsl", "wgsl", "shadertoy"] as const;

/** One of `shaderLanguages`. */
export type ShaderLanguage = (typeof shaderLanguages)[number];

/** The words in which the layers are written. */
export interface Words {
  readonly vec4: string;
  /** A new variable of four numbers. */
  variable(name: string, value: string): string;
}

const glslWords: Words = { vec4: "vec4", variable: (name, value) => `vec4 ${name}=${value};` };
const wgslWords: Words = { vec4: "vec4f", variable: (name, value) => `var ${name}=${value};` };

export const wordsOf = (language: ShaderLanguage): Words => (language === "wgsl" ? wgslWords : glslWords);

/** The inside of a shader. */
export interface ShaderText {
  /** One line about it. */
  readonly title: string;
  /** Statements from `c`, the row and column as the function takes them, to the layers' neurons. */
  readonly body: readonly string[];
  /** Of each weight. */
  readonly bits: number;
  /** The colour as an expression. */
  readonly result: string;
  /** Where pixels lie. */
  readonly coordinates: "center" | "paper";
}

/** 2 pi, the unit of the embedding's angles. */
const TURN = "6.2831853";

const ABOUT =
  "From a point, (0, 0) at the top left and (1, 1) at the bottom right, to its colour from 0 to 1.";

/** Shifts that bring each of four codes to the top of a number, and the one that brings it down again with its sign. */
const shifts = (bits: number) => ({ up: [1, 2, 3, 4].map((k) => 32 - k * bits).join(","), down: 32 - bits });

/** The whole text of a shader. */
export function frameOf(language: ShaderLanguage, text: ShaderText): string {
  return language === "wgsl" ? wgsl(text) : glsl(text, language === "shadertoy");
}

function glsl({ title, body, bits, result, coordinates }: ShaderText, toy: boolean): string {
  const { up, down } = shifts(bits);
  // The rows of WebGL are counted from below, and the middle of the first pixel is at .5.
  const place = (pixel: string, size: string) =>
    `${coordinates === "paper" ? `vec2(${pixel}.x-.5,${size}.y-${pixel}.y-.5)` : `vec2(${pixel}.x,${size}.y-${pixel}.y)`}/${size}.xy`;
  const lines = [
    `// ${title}`,
    ...(toy ? [] : ["precision highp float;", "precision highp int;"]),
    `const float T=${TURN};`,
    `vec4 u(int x){return vec4(ivec4(x)<<ivec4(${up})>>${down});}`,
    "mat4 m(int a,int b,int c,int d){return mat4(u(a),u(b),u(c),u(d));}",
    "vec4 r(vec4 x){return max(x,vec4(0));}",
    `// ${ABOUT}`,
    "vec3 imageFunction(vec2 p){",
    `vec2 c=${coordinates === "center" ? "2.*p.yx-1." : "p.yx"};`,
    ...body,
    `return clamp(${result},0.,1.);`,
    "}",
    ...(toy
      ? [
          "void mainImage(out vec4 color,vec2 at){",
          `color=vec4(imageFunction(${place("at", "iResolution")}),1);`,
          "}",
        ]
      : [
          "uniform vec2 resolution;",
          "out vec4 color;",
          "void main(){",
          `color=vec4(imageFunction(${place("gl_FragCoord", "resolution")}),1);`,
          "}",
        ]),
  ];
  // WebGL asks for its version before anything else.
  return `${[...(toy ? [] : ["#version 300 es"]), ...lines].join("\n")}\n`;
}

function wgsl({ title, body, bits, result, coordinates }: ShaderText): string {
  const { up, down } = shifts(bits);
  const at = coordinates === "paper" ? "(at.xy-.5)" : "at.xy";
  return `${[
    `// ${title}`,
    `const T=${TURN};`,
    `fn u(x:u32)->vec4f{return vec4f(bitcast<vec4i>(vec4u(x)<<vec4u(${up}))>>vec4u(${down}));}`,
    "fn m(a:u32,b:u32,c:u32,d:u32)->mat4x4f{return mat4x4f(u(a),u(b),u(c),u(d));}",
    "fn r(x:vec4f)->vec4f{return max(x,vec4f(0));}",
    `// ${ABOUT}`,
    "fn imageFunction(p:vec2f)->vec3f{",
    `let c=${coordinates === "center" ? "2*p.yx-1" : "p.yx"};`,
    ...body,
    `return clamp(${result},vec3f(0),vec3f(1));`,
    "}",
    "@group(0) @binding(0) var<uniform> resolution:vec2f;",
    "// Three corners that cover the canvas.",
    "@vertex fn vertex(@builtin(vertex_index) i:u32)->@builtin(position) vec4f{",
    "return vec4f(f32(i&1)*4-1,f32(i>>1)*4-1,0,1);",
    "}",
    "@fragment fn fragment(@builtin(position) at:vec4f)->@location(0) vec4f{",
    `return vec4f(imageFunction(${at}/resolution),1);`,
    "}",
  ].join("\n")}\n`;
}
