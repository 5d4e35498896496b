// The explorer without a browser: what its server answers and refuses, what its files are, where they are written.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { initialNoise } from "@imagefn/consistency";
import { explorerSite, type Site, serveSite, writeSite } from "@imagefn/viewer";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t from "tap";
import { factsOf } from "../dist/explore/facts.js";
import { explorerPage } from "../dist/explore/page.js";
import { ask } from "./ask.js";
import { sampled, trainedRun } from "./tinyRun.js";

t.setTimeout(120_000);
const home = t.testdir({ full: { "index.html": "mine" } });
const inHome = (...path: string[]) => join(home, ...path);
const trained = await trainedRun(inHome("run"));

const site: Site = new Map([
  ["index.html", { type: "text/html; charset=utf-8", bytes: Buffer.from("<p>page") }],
  ["app.js", { type: "text/javascript; charset=utf-8", bytes: Buffer.from("1") }],
]);

t.test("files by their exact names, under a strict policy", async (t) => {
  const { url, close } = await serveSite(site);
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await ask(url);
  t.same([page.status, page.body.toString()], [200, "<p>page"]);
  t.match(page.headers, {
    "content-type": "text/html; charset=utf-8",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  const policy = String(page.headers["content-security-policy"]);
  t.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; .*frame-ancestors 'none'$/);
  t.notMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  t.equal((await ask(url, { path: "/app.js" })).body.toString(), "1");
  for (const path of [
    ...["/secret", "/../secret", "/./app.js", "/app.js/", "/app.js?x", "//app.js", "/%61pp.js", "/app%2ejs"],
    ...["/%2e%2e/secret", "/..%2fsecret", "/..\\secret", "/..%5csecret", "/%252e%252e/secret", "/app.js%00"],
    ...["/etc/passwd", "//etc/passwd", "file:///etc/passwd", "*", "/index.html/../../secret", "/constructor"],
  ]) {
    const { status, body } = await ask(url, { path });
    t.same([status, body.toString()], [404, "there is nothing here\n"], path);
  }
  await close();
  await t.rejects(ask(url), { code: "ECONNREFUSED" });
});

t.test("other hosts, methods and ports in use are refused", async (t) => {
  const { url, close } = await serveSite(site);
  const { port } = new URL(url);
  for (const host of ["localhost", `127.0.0.1:${port}`, "[::1]:1"])
    t.match(await ask(url, { host }), { status: 200 });
  for (const host of ["example.org", `example.org:${port}`, "127.0.0.1.example.org", "0.0.0.0", "localhost."])
    t.match(await ask(url, { host, path: "/app.js" }), { status: 403 }, host);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
    t.match(await ask(url, { method }), { status: 405, headers: { allow: "GET" } }, method);
  await t.rejects(serveSite(site, { port: Number(port) }), {
    name: "ImagefnError",
    code: "port-in-use",
    message: `cannot listen on port ${port}: already in use.`,
  });
  await close();
});

t.test("the files of a run: relative addresses, and the generator makes the run's own samples", async (t) => {
  const explorer = await explorerSite(trained);
  const about = JSON.parse(new TextDecoder().decode(explorer.get("run.json")!.bytes));
  t.match(about, { name: "run", size: 16, step: 10, seed: 0, classes: [], shape: [3, 16, 16] });
  await writeSite(explorer, inHome("site"));
  t.same(readdirSync(inHome("site")).sort(), [...explorer.keys()].sort());
  const types = Object.fromEntries([...explorer].map(([name, { type }]) => [name, type]));
  t.match(types, {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "generator.js": "text/javascript; charset=utf-8",
    "generator.onnx": "application/octet-stream",
    "ort.wasm": "application/wasm",
    "run.json": "application/json",
    "licences.txt": "text/plain; charset=utf-8",
  });
  t.ok(WebAssembly.validate(explorer.get("ort.wasm")!.bytes as BufferSource));
  const page = readFileSync(inHome("site", "index.html"), "utf8");
  for (const [, address] of page.matchAll(/(?:src|href)="([^"]+)"/g))
    t.match(address, /^(data:,|[a-z]+\.(js|css))$/);
  t.notMatch(page, /<script(?![^>]* src=)|<style|style=|\son\w+=/, "nothing inline");
  for (const [name, { type, bytes }] of explorer)
    if (type.startsWith("text/javascript"))
      t.notMatch(new TextDecoder().decode(bytes), /sourceMappingURL/, `${name} refers to no source map`);
  await writeSite(explorer, inHome("site"));

  const { layers } = (await sampled(trained, { count: 3 }))[2];
  const session = await InferenceSession.create(inHome("site", "generator.onnx"));
  const shape = [1, 3, 16, 16];
  const noise = initialNoise(0, 2, 1, shape.slice(1)).map((z) => 80 * z);
  const outputs = await session.run({
    x: new Tensor("float32", noise, shape),
    sigma: new Tensor("float32", Float32Array.of(80), [1]),
  });
  for (const [l, { weight }] of layers.entries()) {
    const data = outputs[`weight${l}`].data as Float32Array;
    t.ok(
      weight.data.every((x, i) => Math.abs(x - data[i]) < 1e-4),
      `weights of layer ${l}`,
    );
  }
});

t.test("a folder with other files is left alone", async (t) => {
  await t.rejects(writeSite(site, inHome("full")), {
    name: "ImagefnError",
    code: "folder-not-empty",
    message: /full holds other files\.$/,
    details: { path: inHome("full") },
  });
  t.equal(readFileSync(inHome("full", "index.html"), "utf8"), "mine");
  t.same(readdirSync(inHome("full")), ["index.html"]);
});

t.test("a run without image functions has no explorer", async (t) => {
  await t.rejects(explorerSite(await trainedRun(inHome("other"), { kind: "unet" })), {
    name: "ImagefnError",
    code: "no-functions",
    message: /run .*other trains generator\.kind unet, which makes images of one size/,
    details: { kind: "unet" },
  });
});

t.test("a run's name does nothing in the page", async (t) => {
  const name = `a<img&quot;'"onerror=alert(1)>`;
  const about = JSON.parse(readFileSync(inHome("site", "run.json"), "utf8"));
  const page = explorerPage(name, factsOf(about));
  t.notMatch(page, /<img|onerror=alert\(1\)>/);
  t.match(page, "&#60;img&#38;quot;&#39;&#34;onerror=alert(1)&#62;");
});
