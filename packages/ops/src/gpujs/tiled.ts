// The WGSL of a tiled product: what GPU.js has no words for, since its kernels have no workgroup memory. 64 threads compute
// a tile of the result; tiles of both factors lie in workgroup memory as vectors of four lines for each step of k. Each
// thread brings one block of 4 x 4 numbers of each factor, and keeps 8 x 8 or 4 x 4 of the sums.
import type { Kernel } from "./kernel.js";
import {
  count,
  type Digit,
  type Factor,
  multiplyAdds,
  type Product,
  type TileSize,
  type Tiling,
} from "./product.js";
import { depthOf, groupsOf, partLength } from "./tiling.js";

/** A kernel of a product. Its bindings are the inputs in order, then the result. */
export interface Tiled {
  readonly wgsl: string;
  readonly groups: readonly [number, number, number];
  readonly product: Product;
  readonly tiling: Tiling;
  /** Loads from the factors' arrays to a multiply-add: numbers, and instructions of one or four numbers. */
  readonly loads: { readonly numbers: number; readonly instructions: number };
}

export const isTiled = (kernel: Kernel | Tiled): kernel is Tiled => "wgsl" in kernel;

const FOUR = [0, 1, 2, 3];
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const inFours = (...numbers: number[]) => numbers.every((n) => n % 4 === 0);

/** The digits of an index. */
function digitsOf(index: string, digits: readonly Digit[]): string[] {
  return digits.map(({ size }, d) => {
    if (size === 1) return "0u";
    const inner = count(digits.slice(d + 1).map(({ size }) => size));
    const rest = inner === 1 ? index : `(${index} / ${inner}u)`;
    return digits.slice(0, d).every(({ size }) => size === 1) ? rest : `(${rest} % ${size}u)`;
  });
}

/** How far from the start the number at an index lies. */
function addressOf(index: string, digits: readonly Digit[]): string {
  const names = digitsOf(index, digits);
  const terms = digits.flatMap(({ size, step }, d) =>
    size === 1 || step === 0 ? [] : [step === 1 ? names[d] : `${names[d]} * ${step}u`],
  );
  return terms.join(" + ") || "0u";
}

/** Whether numbers in fours along the last digit lie next to each other, and begin at multiples of four. */
function isVector(
  along: readonly Digit[],
  other: readonly Digit[],
  { start, batches, windows }: Factor,
): boolean {
  const last = along.at(-1)!;
  const steps = [...along.slice(0, -1), ...other].map(({ size, step }) => (size === 1 ? 0 : step));
  return !windows && last.step === 1 && inFours(last.size, start, ...batches, ...steps);
}

interface Side {
  /** Numbers in one load. */
  readonly width: 1 | 4;
  /** Before the loop: where the thread's lines begin. */
  readonly before: string;
  /** In the loop: brings the thread's block of the tile. */
  readonly load: string;
}

function sideOf(
  name: "a" | "b",
  factor: Factor,
  lines: number,
  batches: readonly number[],
  tile: TileSize,
): Side {
  const depth = depthOf(tile);
  const { ks, windows = [] } = factor;
  const alongK = isVector(ks, factor.lines, factor);
  const across = !alongK && isVector(factor.lines, ks, factor);
  const own = across ? [0] : FOUR;
  // Neighbouring threads read neighbouring numbers.
  const kFirst = windows.length > 0 ? ks.at(-1)!.size > factor.lines.at(-1)!.size : ks.at(-1)!.step === 1;
  const [k, line] = [`kb_${name}`, `lb_${name}`];
  const blocks = kFirst
    ? `let ${k} = t % ${depth / 4}u; let ${line} = t / ${depth / 4}u;`
    : `let ${line} = t % ${tile / 4}u; let ${k} = t / ${tile / 4}u;`;
  const matrices = batches.map((size, i) => ({ size, step: factor.batches[i] }));
  const before = [
    blocks,
    `let start_${name} = ${factor.start}u + ${addressOf("z", matrices)};`,
    ...own.flatMap((i) => {
      const l = `l_${name}${i}`;
      return [
        `let ${l} = first_${name} + 4u * ${line} + ${i}u;`,
        `let has_${name}${i} = ${l} < ${lines}u;`,
        `let at_${name}${i} = start_${name} + ${addressOf(l, factor.lines)};`,
        ...windows.map(
          (w, j) =>
            `let in_${name}${i}_${j} = i32(${digitsOf(l, factor.lines)[w.line]}) * ${w.byLine}i + ${w.shift}i;`,
        ),
      ];
    }),
  ].join("\n  ");

  const put = (j: number, value: string) =>
    `tile_${name}[(4u * ${k} + ${j}u) * ${tile / 4}u + ${line}] = ${value};`;
  const step = (j: number) => `let k = k0 + 4u * ${k} + ${j}u;`;
  /** The number of line i at the step k. */
  const number = (i: number) => {
    const conditions = windows.flatMap(({ size, divisor }, j) => [
      `c${j} < ${size * divisor}u`,
      ...(divisor === 1 ? [] : [`c${j} % ${divisor}u == 0u`]),
    ]);
    const pixels = windows.map(
      ({ divisor, step }, j) => ` + c${j}${divisor === 1 ? "" : ` / ${divisor}u`} * ${step}u`,
    );
    const read = `w[${i}] = ${name}[at_${name}${i} + at_k${pixels.join("")}];`;
    // Coordinates before the image become numbers past its end.
    const coordinates = windows.map((_, j) => `let c${j} = u32(in_${name}${i}_${j} + in_k${j});`).join(" ");
    const inside = conditions.length ? `${coordinates} if (${conditions.join(" && ")}) { ${read} }` : read;
    return `if (has_${name}${i}) { ${inside} }`;
  };
  const inK = windows.map((w, j) => `let in_k${j} = i32(${digitsOf("k", ks)[w.k]}) * ${w.byK}i;`).join(" ");
  const load = alongK
    ? `{ ${step(0)} ${FOUR.map((i) => `var v${i} = vec4f();`).join(" ")}
      if (k < end) { let at_k = ${addressOf("k", ks)};
        ${FOUR.map((i) => `if (has_${name}${i}) { v${i} = ${name}[(at_${name}${i} + at_k) / 4u]; }`).join("\n        ")} }
      ${FOUR.map((j) => put(j, `vec4f(${FOUR.map((i) => `v${i}[${j}]`).join(", ")})`)).join("\n      ")} }`
    : FOUR.map((j) =>
        across
          ? `{ ${step(j)} var w = vec4f(); if (has_${name}0 && k < end) { w = ${name}[(at_${name}0 + ${addressOf("k", ks)}) / 4u]; } ${put(j, "w")} }`
          : `{ ${step(j)} var w = vec4f();
      if (k < end) { let at_k = ${addressOf("k", ks)}; ${inK}
        ${FOUR.map(number).join("\n        ")} }
      ${put(j, "w")} }`,
      ).join("\n    ");
  return { width: alongK || across ? 4 : 1, before, load };
}

/** The kernel of a product. */
export function tiled(product: Product, tiling: Tiling): Tiled {
  const { m, n, k, alpha, batches, bias, columns, row } = product;
  const { tile, parts } = tiling;
  const depth = depthOf(tile);
  const rows = tile / 8;
  const fours = rows / 4;
  const a = sideOf("a", product.a, m, batches, tile);
  const b = sideOf("b", product.b, n, batches, tile);
  const outer = columns.slice(0, -1).map(({ step }) => step);
  const wide = columns.at(-1)!.step === 1 && inFours(columns.at(-1)!.size, m * n, row, ...outer);

  const types: string[] = [];
  types[product.a.input] = `a: array<${a.width === 4 ? "vec4f" : "f32"}>`;
  types[product.b.input] = `b: array<${b.width === 4 ? "vec4f" : "f32"}>`;
  if (bias) types[bias.input] = "bias: array<f32>";

  // A thread has lines 4 t .. 4 t + 3 of each half of the tile, so that neighbours read neighbours.
  const line = (i: number, t: string) => `${32 * Math.floor(i / 4)}u + 4u * ${t} + ${i % 4}u`;
  const each = (f: (i: number, q: number) => string) =>
    range(rows).flatMap((i) => range(fours).map((q) => f(i, q)));
  // A bias past the last line is read from the last one, and not stored.
  const biasAt = (first: string, last: number) =>
    `bias[${bias?.start}u + min(${first}, ${last - 1}u) * ${bias?.step}u]`;
  const biases = !bias
    ? []
    : bias.of === "a"
      ? range(rows).map((i) => `let bias${i} = vec4f(${biasAt(`first_a + ${line(i, "ty")}`, m)});`)
      : range(fours).map(
          (q) =>
            `let bias${q} = vec4f(${FOUR.map((j) => biasAt(`first_b + ${line(4 * q + j, "tx")}`, n)).join(", ")});`,
        );
  const first = (i: number, q: number) => {
    if (!bias) return "vec4f()";
    const found = `bias${bias.of === "a" ? i : q}`;
    return parts === 1 ? found : `select(vec4f(), ${found}, part == 0u)`;
  };
  const scaled = (sum: string) => (alpha === 1 ? sum : `${sum} * ${alpha}f`);
  const store = each((i, q) => {
    const r = `first_a + ${line(i, "ty")}`;
    const c = `first_b + ${line(4 * q, "tx")}`;
    const at = (column: string) => `g.z * ${m * n}u + (${r}) * ${row}u + ${addressOf(column, columns)}`;
    return wide
      ? `if (${r} < ${m}u && ${c} < ${n}u) { let c = ${c}; y[(${at("c")}) / 4u] = ${scaled(`s${i}_${q}`)}; }`
      : `for (var j = 0u; j < 4u; j++) { let c = ${c} + j; if (${r} < ${m}u && c < ${n}u) { y[${at("c")}] = ${scaled(`s${i}_${q}[j]`)}; } }`;
  });

  const length = partLength(k, parts);
  const wgsl = `${types.map((type, i) => `@group(0) @binding(${i}) var<storage, read> ${type};`).join("\n")}
@group(0) @binding(${types.length}) var<storage, read_write> y: array<${wide ? "vec4f" : "f32"}>;
var<workgroup> tile_a: array<vec4f, 256>;
var<workgroup> tile_b: array<vec4f, 256>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) g: vec3u, @builtin(local_invocation_index) t: u32) {
  let first_a = g.y * ${tile}u; let first_b = g.x * ${tile}u; let tx = t % 8u; let ty = t / 8u;
  let part = g.z / ${count(batches)}u; let z = g.z % ${count(batches)}u;
  let end = min(${k}u, (part + 1u) * ${length}u);
  ${a.before}
  ${b.before}
  ${[...biases, ...each((i, q) => `var s${i}_${q} = ${first(i, q)};`)].join("\n  ")}
  for (var k0 = part * ${length}u; k0 < end; k0 += ${depth}u) {
    ${a.load}
    ${b.load}
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      ${range(fours)
        .map(
          (q) =>
            `let a${q} = tile_a[k * ${tile / 4}u + ${8 * q}u + ty]; let b${q} = tile_b[k * ${tile / 4}u + ${8 * q}u + tx];`,
        )
        .join("\n      ")}
      ${each((i, q) => `s${i}_${q} += a${Math.floor(i / 4)}[${i % 4}] * b${q};`).join("\n      ")}
    }
    workgroupBarrier();
  }
  ${store.join("\n  ")}
}`;
  const groups = groupsOf(product, tiling);
  // Every step of k brings a tile of both factors, full or not.
  const steps = groups[0] * groups[1] * count(batches) * parts * Math.ceil(length / depth);
  const share = (numbers: number) => (numbers * tile * depth * steps) / multiplyAdds(product);
  return {
    wgsl,
    groups,
    product,
    tiling,
    loads: { numbers: share(2), instructions: share(1 / a.width + 1 / b.width) },
  };
}
