// `imagefn explore` and `imagefn export --web` without a browser: whom they refuse, what they serve, what they write.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { initialNoise } from "@imagefn/consistency";
import { loadImageFunction } from "@imagefn/inr";
import { explorerPage, type Site, serveSite } from "@imagefn/viewer";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t from "tap";
import { executable, imagefnIn, paragraph, tinyYaml } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ "tiny.yaml": tinyYaml, full: { "index.html": "mine" } });
const imagefn = imagefnIn(home);
const inHome = (...path: string[]) => join(home, ...path);

t.before(async () => {
  const steps = "--set pretrain.steps=4 --set train.steps=6";
  for (const args of ["--out run", "--out other --generator unet"]) {
    const ended = await imagefn(`train tiny.yaml ${args} ${steps}`);
    if (ended.status !== 0) throw new Error(ended.stderr);
  }
});

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
}

/** A request whose path goes out as it is. */
const ask = (url: string, { path = "/", method = "GET", host }: Asked = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const headers = host === undefined ? undefined : { Host: host };
    const asked = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    asked.on("error", reject);
    asked.end();
  });

const site: Site = new Map([
  ["index.html", { type: "text/html; charset=utf-8", bytes: Buffer.from("<p>page") }],
  ["app.js", { type: "text/javascript; charset=utf-8", bytes: Buffer.from("1") }],
]);

t.test("files by their exact names, under a strict policy", async (t) => {
  const { url, close } = await serveSite(site);
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await ask(url);
  t.match(page, { status: 200, body: "<p>page" });
  t.match(page.headers, {
    "content-type": "text/html; charset=utf-8",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  const policy = String(page.headers["content-security-policy"]);
  t.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; .*frame-ancestors 'none'$/);
  t.notMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  t.match(await ask(url, { path: "/app.js" }), { status: 200, body: "1" });
  for (const path of [
    ...["/secret", "/../secret", "/./app.js", "/app.js/", "/app.js?x", "//app.js", "/%61pp.js", "/app%2ejs"],
    ...["/%2e%2e/secret", "/..%2fsecret", "/..\\secret", "/..%5csecret", "/%252e%252e/secret", "/app.js%00"],
    ...["/etc/passwd", "//etc/passwd", "file:///etc/passwd", "*", "/index.html/../../secret", "/constructor"],
  ]) {
    const { status, body } = await ask(url, { path });
    t.same([status, body], [404, "there is nothing here\n"], path);
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
    name: "UserError",
    message: /port \d+ cannot be had/,
  });
  await close();
});

t.test("explore prints its address on this machine, and ends on Ctrl-C", async (t) => {
  const child = spawn(...executable(["explore", "run"]), { cwd: home });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => resolve(text.trim()));
    child.on("close", () => reject(new Error(stderr)));
  });
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  t.match((await ask(url)).body, /<h1>run<\/h1>/);
  const about = JSON.parse((await ask(url, { path: "/run.json" })).body);
  t.match(about, { name: "run", size: 16, step: 10, seed: 0, classes: [], shape: [3, 16, 16] });
  t.match(await ask(url, { path: "/config.yaml" }), { status: 404 });
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGINT");
  t.equal(await ended, 130);
});

t.test(
  "export --web writes files at relative addresses, and the generator makes sample's functions",
  async (t) => {
    const ended = await imagefn("export run --web site");
    t.same([ended.status, ended.stdout], [0, "site\n"], ended.stderr);
    const names = readdirSync(inHome("site"));
    for (const name of [
      "index.html",
      "style.css",
      "app.js",
      "generator.js",
      "generator.onnx",
      "ort.wasm",
      "run.json",
    ])
      t.ok(names.includes(name), name);
    const page = readFileSync(inHome("site", "index.html"), "utf8");
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]+)"/g))
      t.match(address, /^(data:,|[a-z]+\.(js|css))$/);
    t.notMatch(page, /<script(?![^>]* src=)|<style|style=|\son\w+=/, "nothing inline");
    t.equal((await imagefn("export run --web site")).status, 0, "again");

    t.equal((await imagefn("sample run --count 3 --size 16 --save-functions --out drawn")).status, 0);
    const file = readdirSync(inHome("drawn")).find((name) => name.endsWith("-0002.safetensors"))!;
    const { layers } = loadImageFunction(readFileSync(inHome("drawn", file)));
    const session = await InferenceSession.create(inHome("site", "generator.onnx"));
    const shape = [1, 3, 16, 16];
    const outputs = await session.run({
      z: new Tensor("float32", initialNoise(0, 2, 1, shape.slice(1)), shape),
    });
    for (const [l, { weight }] of layers.entries()) {
      const data = outputs[`weight${l}`].data as Float32Array;
      t.ok(
        weight.data.every((x, i) => Math.abs(x - data[i]) < 1e-4),
        `weights of layer ${l}`,
      );
    }
  },
);

t.test("what cannot be explored is refused in words", async (t) => {
  for (const [args, status, message] of [
    ["explore other", 2, /run other trains generator\.kind unet, .* Take a run of generator\.kind func/],
    ["export other --web site2", 2, /run other trains generator\.kind unet/],
    ["explore nowhere", 1, /nowhere/],
    ["export run --web full", 1, /full holds other files/],
    ["export tiny.yaml --web site2", 2, /tiny\.yaml is a file/],
    ["explore run --port 70000", 2, /65535/],
  ] as const) {
    const ended = await imagefn(args);
    t.equal(ended.status, status, `${args}\n${ended.stderr}`);
    t.match(args.includes("--port") ? ended.stderr : paragraph(ended), message);
    t.equal(ended.stdout, "");
  }
  const { status, stderr } = await imagefn("export run --web site2 --batch 2");
  t.equal(status, 2);
  t.match(stderr, /'--web <folder>' cannot be used with option '--batch/);
  t.equal(readFileSync(inHome("full", "index.html"), "utf8"), "mine");
});

t.test("a run's name does nothing in the page", async (t) => {
  const name = `a<img&quot;'"onerror=alert(1)>`;
  const about = JSON.parse(readFileSync(inHome("site", "run.json"), "utf8"));
  const page = explorerPage({ ...about, name });
  t.notMatch(page, /<img|onerror=alert\(1\)>/);
  t.match(page, "&#60;img&#38;quot;&#39;&#34;onerror=alert(1)&#62;");
});
