// `imagefn report`, and `imagefn train --watch`: what they print, how they end, what they leave.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createRunFolder, resolveConfig } from "@imagefn/runs";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { executable, tinyYaml } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const page = (run: string) => join(home, run, "report.html");

t.test("imagefn report writes report.html anew and prints its path", async (t) => {
  const run = await createRunFolder(resolveConfig("avatars-tiny"), {
    out: join(home, "made-up"),
  });
  writeFileSync(run.log, `${JSON.stringify({ phase: "train", step: 3, loss: 0.5 })}\n`);
  writeFileSync(page("made-up"), "an older report");
  const ended = await imagefnHere(home)("report made-up");
  t.match(ended, { status: 0, stdout: `${join("made-up", "report.html")}\n`, stderr: "" });
  t.match(readFileSync(page("made-up"), "utf8"), /<title>made-up · imagefn<\/title>/);
});

/** The updates that a watched training sends, to the end of the stream. */
async function updatesOf(url: string): Promise<{ live: boolean; parts: Record<string, string> }[]> {
  let text = "";
  await new Promise<void>((resolve, reject) => {
    get(`${url}events`, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("close", resolve);
    }).on("error", reject);
  });
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
}

/** Trains with --watch and listens from the start; `interruptAt` ends it. */
function watch(args: string, interruptAt?: RegExp) {
  const child = spawn(...executable(`train ${args} --watch`.split(" ")), { cwd: home });
  let stderr = "";
  let updates: ReturnType<typeof updatesOf> | undefined;
  let interrupted = false;
  return new Promise<{ status: number | null; stderr: string; updates: Awaited<typeof updates> }>(
    (resolve, reject) => {
      child.on("error", reject);
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        const url = /watch it at (\S+)/.exec(stderr)?.[1];
        if (url) updates ??= updatesOf(url);
        if (!interrupted && interruptAt?.test(stderr)) {
          interrupted = true;
          child.kill("SIGINT");
        }
      });
      child.on("close", async (status) => resolve({ status, stderr, updates: await updates }));
    },
  );
}

t.test("train --watch serves while it trains, and leaves report.html", async (t) => {
  const { status, stderr, updates } = await watch(
    "tiny.yaml --out watched --steps 20 --set pretrain.steps=10",
  );
  t.equal(status, 0, stderr);
  t.match(stderr, /^run folder watched\nwatch it at http:\/\/127\.0\.0\.1:\d+\/\n/);
  t.match(stderr, /\nreport: watched\/report\.html\n$/);
  t.equal(updates?.[0].live, true);
  t.match(updates?.at(-1), { live: false, parts: { status: />finished</ } });
  t.match(readFileSync(page("watched"), "utf8"), /<p class="status">finished</);
});

t.test("Ctrl-C ends a watched training as it ends any other", async (t) => {
  const { status, stderr, updates } = await watch("tiny.yaml --out stopped", /\npretrain +1\/100/);
  t.equal(status, 130, stderr);
  t.match(stderr, /stopped; resume with: imagefn train --resume stopped\n$/);
  t.match(updates?.at(-1), { live: false, parts: { status: /not finished: pre-training/ } });
  t.match(readFileSync(page("stopped"), "utf8"), /not finished: pre-training/);
});

t.test("a port that is taken ends the command before anything is made", async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const { status, stderr } = await watch(`tiny.yaml --out second --port ${port}`);
  t.equal(status, 1);
  t.match(stderr, `imagefn: cannot listen on port ${port}: already in use. Choose another --port`);
  t.notOk(existsSync(join(home, "second")));
  t.match(await watch("tiny.yaml --port 70000"), { status: 2, stderr: /from 1 to 65535/ });
  const alone = await imagefnHere(home)("train tiny.yaml --port 8080");
  t.match(alone, { status: 2, stderr: /--port requires --watch/ });
});
