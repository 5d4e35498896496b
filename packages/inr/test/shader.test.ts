// Image functions as shaders: drawn by WebGL 2 and WebGPU in Chromium as the CPU draws them, and what a text is made of.
import {
  type ImageFunction,
  imageFunctionShader,
  loadImageFunction,
  renderBytes,
  type ShaderLanguage,
  saveImageFunction,
  shaderLanguages,
} from "@imagefn/inr";
import { noChromium, openChromium } from "@imagefn/testing";
import t from "tap";
import { randomFunction } from "./functions.js";

t.setTimeout(120_000);

/** Draws a shader over a canvas of its own, by the few calls that README.md shows, and gives RGBA bytes from the top. */
const page = `
const corners = "#version 300 es\\nvoid main(){gl_Position=vec4(ivec2(gl_VertexID&1,gl_VertexID>>1)*4-1,0,1);}";

export function glsl(text, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const gl = canvas.getContext("webgl2", { preserveDrawingBuffer: true });
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, corners], [gl.FRAGMENT_SHADER, text]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const place = gl.getUniformLocation(program, "resolution") ?? gl.getUniformLocation(program, "iResolution");
  if (text.includes("iResolution")) gl.uniform3f(place, width, height, 1);
  else gl.uniform2f(place, width, height);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
  const bytes = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  const rows = Array.from({ length: height }, (_, y) => [...bytes.subarray(4 * width * y, 4 * width * (y + 1))]);
  return rows.reverse().flat();
}

export async function wgsl(code, width, height) {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  if (messages.length > 0) throw new Error(messages.map(({ message }) => message).join());
  const format = "rgba8unorm";
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format }] },
  });
  const resolution = device.createBuffer({ size: 8, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(resolution, 0, Float32Array.of(width, height));
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: resolution } }],
  });
  const usage = GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC;
  const texture = device.createTexture({ size: [width, height], format, usage });
  const bytesPerRow = 256 * Math.ceil(width / 64);
  const out = device.createBuffer({
    size: bytesPerRow * height,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginRenderPass({
    colorAttachments: [{ view: texture.createView(), loadOp: "clear", storeOp: "store" }],
  });
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.draw(3);
  pass.end();
  encoder.copyTextureToBuffer({ texture }, { buffer: out, bytesPerRow }, [width, height]);
  device.queue.submit([encoder.finish()]);
  await out.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(out.getMappedRange());
  return Array.from({ length: height }, (_, y) => [...bytes.subarray(bytesPerRow * y, bytesPerRow * y + 4 * width)]).flat();
}
`;

/** The function with the weights that a file of int8 has. */
const ofBytes = (fn: ImageFunction) => loadImageFunction(saveImageFunction(fn, { precision: "int8" }));

t.test("shaders draw what the CPU draws", { skip: noChromium }, async (t) => {
  const chromium = await openChromium(page, import.meta.dirname);
  t.teardown(() => chromium.close());
  // Small, since shaders are compiled on the CPU here.
  const cases: [string, ImageFunction, readonly ShaderLanguage[]][] = [
    [
      "widths that are no multiples of four",
      randomFunction({ depth: 3, width: 10, groups: 5 }),
      ["glsl", "wgsl"],
    ],
    ["the paper's coordinates", randomFunction({ coordinates: "paper", depth: 1 }), shaderLanguages],
    [
      "angles of thousands",
      randomFunction({ peDim: 16, peSigma: 1024, depth: 2, width: 4, groups: 4 }),
      ["glsl", "wgsl"],
    ],
  ];
  for (const [name, fn, languages] of cases)
    for (const language of languages) {
      const text = imageFunctionShader(fn, { language });
      // Around the part that shadertoy.com gives.
      const toy = `#version 300 es
precision highp float;precision highp int;uniform vec3 iResolution;out vec4 color;
${text}void main(){mainImage(color,gl_FragCoord.xy);}`;
      const whole = language === "shadertoy" ? toy : text;
      const size = { width: 40, height: 24 };
      const call = language === "wgsl" ? "wgsl" : "glsl";
      const drawn = await chromium.call<number[]>(call, whole, size.width, size.height);
      const { data } = await renderBytes(ofBytes(fn), size);
      t.equal(drawn.length, data.length);
      const worst = drawn.reduce((most, byte, i) => Math.max(most, Math.abs(byte - data[i])), 0);
      t.comment(`${name}, ${language}: ${text.length} bytes, ${worst}/255`);
      t.ok(worst <= 1, `${name}, ${language}: ${worst}/255`);
      t.ok(new Set(drawn).size > 30, "a picture");
    }
});

t.test("fewer bits make shorter texts, of ASCII alone", async (t) => {
  const fn = randomFunction({ width: 32, groups: 8 });
  const lengths = [8, 6, 4, 2].map((bits) => imageFunctionShader(fn, { bits }).length);
  t.same(
    lengths,
    [...lengths].sort((a, b) => b - a),
  );
  t.ok(lengths[2] < 0.75 * lengths[0], lengths.join(", "));
  for (const language of shaderLanguages)
    t.match(imageFunctionShader(fn, { language, bits: 4 }), /^[\n\x20-\x7e]+$/);
  t.match(imageFunctionShader(fn), /^#version 300 es\n/);
});

t.test("what no shader can be made of is refused", async (t) => {
  const fn = randomFunction();
  t.throws(
    () => imageFunctionShader(fn, { language: "hlsl" as "glsl" }),
    /unknown language of shaders \(got "hlsl", expected glsl, wgsl, shadertoy\)/,
  );
  for (const bits of [1, 9, 4.5])
    t.throws(() => imageFunctionShader(fn, { bits }), new RegExp(`from 2 to 8 \\(got ${bits}\\)`));
  t.throws(() => imageFunctionShader({ ...fn, layers: [] }), /as many layers as its depth/);
});
