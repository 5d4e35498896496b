// The live report over HTTP: what it answers, what it refuses, and how it follows a training to its end.
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { serveReport } from "@imagefn/viewer";
import t from "tap";
import type { Update } from "../dist/report/serve.js";
import { ask } from "./ask.js";
import { elementsOf, madeUpRun, picture } from "./madeUpRun.js";

t.setTimeout(120_000);
const home = t.testdir({ "secret.png": "secret" });

/** Listens to the events of a page. `next` waits for one; `ended` for the end of the stream. */
function listen(url: string) {
  const updates: Update[] = [];
  const waiting: ((update: Update) => void)[] = [];
  let text = "";
  const ended = new Promise<void>((resolve) => {
    get(`${url}events`, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n")) {
          const update: Update = JSON.parse(text.slice(0, at).replace("event: report\ndata: ", ""));
          text = text.slice(at + 2);
          const first = waiting.shift();
          if (first) first(update);
          else updates.push(update);
        }
      });
      response.on("close", resolve);
    });
  });
  const next = (): Promise<Update> => {
    const update = updates.shift();
    return update ? Promise.resolve(update) : new Promise((resolve) => waiting.push(resolve));
  };
  return { next, ended };
}

t.test("the page and its pictures, by their exact addresses", async (t) => {
  const run = await madeUpRun(join(home, "answers"));
  await picture(run, "a class & é.png", 8, [0, 0, 0]);
  const live = await serveReport(run);
  t.match(live.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await ask(live.url);
  t.equal(page.status, 200);
  t.match(page.headers, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": /^default-src 'none'; .*frame-ancestors 'none'$/,
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
  });
  const images = elementsOf(page.body.toString()).filter(({ name }) => name === "img");
  t.equal(images.length, 6);
  for (const { attributes } of images) {
    const { status, headers, body } = await ask(live.url, { path: attributes.get("src")! });
    t.match([status, headers["content-type"]], [200, "image/png"]);
    t.same(body, readFileSync(join(run.path, attributes.get("src")!)));
  }
  t.equal((await ask(live.url, { path: "/samples/a%20class%20%26%20%C3%A9.png" })).status, 200);
  await live.close();
  await t.rejects(ask(live.url), { code: "ECONNREFUSED" });
});

t.test("no path leads out of the pictures", async (t) => {
  const run = await madeUpRun(join(home, "paths"));
  writeFileSync(join(run.samples, ".hidden.png"), "secret");
  writeFileSync(join(run.samples, "notes.txt"), "secret");
  symlinkSync(join(home, "secret.png"), join(run.samples, "link.png"));
  mkdirSync(join(run.samples, "folder.png"));
  const live = await serveReport(run);
  const paths = [
    ...["/config.yaml", "/log.jsonl", "/samples", "/samples/", "/samples/notes.txt", "/samples/.hidden.png"],
    ...["/samples/link.png", "/samples/folder.png", "/samples/data.png/", "/samples/data.png%00", "//"],
    ...["/../config.yaml", "/samples/../config.yaml", "/samples/../samples/data.png", "/./samples/data.png"],
    ...["/samples/%2e%2e/config.yaml", "/samples/%2E%2E%2Fconfig.yaml", "/samples/..%2fconfig.yaml"],
    ...["/samples/%252e%252e/config.yaml", "/samples/..%5cconfig.yaml", "/samples/..\\config.yaml"],
    ...["/samples/%c0%ae%c0%ae/config.yaml", "/samples//etc/passwd", "/etc/passwd", "//etc/passwd"],
    ...["/samples/%2fetc%2fpasswd", "/samples/data.png?../../config.yaml", "/?/etc/passwd", "/events/../"],
    ...["file:///etc/passwd", "http://127.0.0.1/config.yaml", "/samples/%64ata.png", "*"],
  ];
  for (const path of paths) {
    const { status, body } = await ask(live.url, { path });
    t.equal(status, 404, path);
    t.equal(body.toString(), "there is nothing here\n");
  }
  await live.close();
});

t.test("other hosts and other methods are refused", async (t) => {
  const run = await madeUpRun(join(home, "hosts"));
  const live = await serveReport(run);
  const port = new URL(live.url).port;
  for (const host of [`127.0.0.1:${port}`, "localhost", `LOCALHOST:${port}`, "[::1]:80", "localhost:9999"])
    t.equal((await ask(live.url, { host })).status, 200, host);
  for (const host of [
    ...["example.org", `example.org:${port}`, "localhost.example.org", "127.0.0.1.example.org", "127.0.0.10"],
    ...[
      "127.0.0.1@example.org",
      "example.org#localhost",
      "localhost:80:80",
      "localhost.",
      "::1",
      "0.0.0.0",
      " ",
    ],
  ])
    for (const path of ["/", "/events", "/samples/data.png"])
      t.equal((await ask(live.url, { host, path })).status, 403, `${host} ${path}`);
  for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"]) {
    const { status, headers } = await ask(live.url, { method });
    t.same([status, headers.allow], [405, "GET"], method);
  }
  await t.rejects(serveReport(run, { port: Number(port) }), {
    name: "ImagefnError",
    code: "port-in-use",
    message: `cannot listen on port ${port}: already in use.`,
    details: { port: Number(port) },
  });
  await live.close();
});

t.test("a page is told of what is new, and at the end of everything", async (t) => {
  const run = await madeUpRun(join(home, "events"));
  rmSync(join(run.samples, "32x32.png"));
  const live = await serveReport(run);
  const page = listen(live.url);
  const first = await page.next();
  t.equal(first.live, true);
  t.equal(first.chart?.curves[0].steps.length, 50);
  t.match(first.parts.status, /not finished: training, step 30</);

  const line = JSON.stringify({ phase: "train", step: 31, loss: 0.5, msPerStep: 1000 });
  appendFileSync(run.log, line.slice(0, 20));
  live.update({ phase: "train", step: 30, total: 40 });
  const torn = await page.next();
  t.match(torn.parts.status, /training: step 30 of 40/);
  t.equal(torn.chart, undefined, "half a line is none");

  appendFileSync(run.log, `${line.slice(20)}\n`);
  live.update({ phase: "train", step: 31, total: 40 });
  const second = await page.next();
  t.match(second.parts.status, /training: step 31 of 40, about \d:\d\d left</);
  t.equal(second.chart?.curves[0].steps.length, 51);

  await picture(run, "preview-00000051.png", 40, [1, 2, 3]);
  live.update({ phase: "train", step: 32, total: 40 });
  const third = await page.next();
  t.same(Object.keys(third.parts), ["status", "samples"]);
  t.match(third.parts.samples, /src="\/samples\/preview-00000051\.png"/);
  t.equal(third.chart, undefined, "the curves stayed the same");

  await picture(run, "32x32.png", 34, [0, 0, 0]);
  const late = listen(live.url);
  await late.next();
  await live.close();
  for (const last of [await page.next(), await late.next()]) {
    t.equal(last.live, false);
    t.match(last.parts.status, />finished</);
    t.match(last.parts.samples, /src="data:image\/png;base64,/);
    t.notMatch(last.parts.samples, /src="\//, "nobody is there to ask for pictures any more");
  }
  await Promise.all([page.ended, late.ended]);
});

t.test("a run folder that goes away is no reason to end a training", async (t) => {
  const run = await madeUpRun(join(home, "gone"));
  const live = await serveReport(run);
  const page = listen(live.url);
  await page.next();
  rmSync(run.path, { recursive: true });
  live.update({ phase: "train", step: 1, total: 2 });
  t.equal((await ask(live.url)).status, 503);
  await live.close();
  await page.ended;
});

t.test(
  "idle connections beyond a limit are closed, and pages are answered again once they are gone",
  async (t) => {
    const live = await serveReport(await madeUpRun(join(home, "crowd")));
    t.teardown(() => live.close());
    const { hostname, port } = new URL(live.url);
    let closed = 0;
    const sockets = Array.from({ length: 100 }, () =>
      connect(Number(port), hostname)
        .on("error", () => {})
        .on("close", () => closed++),
    );
    while (closed < 36) await new Promise((resolve) => setTimeout(resolve, 10));
    t.equal(closed, 36, "64 stay");
    for (const socket of sockets) socket.destroy();
    while (closed < 100) await new Promise((resolve) => setTimeout(resolve, 10));
    t.equal((await ask(live.url)).status, 200);
  },
);
