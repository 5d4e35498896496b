// Training on a folder that contains run folders, the new one among them: their pictures are not data.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { writePng } from "@imagefn/base";
import { openRun, train } from "@imagefn/runs";
import t from "tap";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);

t.test("pictures of runs are left out of the data, and the run resumes on the same images", async (t) => {
  const home = t.testdir();
  for (let i = 0; i < 8; i++)
    await writePng(join(home, `${i}.png`), { width: 16, height: 16 }, [new Uint8Array(768).fill(30 * i)]);
  const config = { ...tiny, data: { kind: "folder", path: home, size: 16, heldOut: 0 } } as const;
  const warned = async (name: string) => {
    const messages: string[] = [];
    const run = await train(config, {
      out: join(home, "runs", name),
      isolate: false,
      onMessage: (text) => messages.push(text),
      ...abortAt(({ phase }) => phase === "train"),
    });
    return { run, text: messages.join("\n") };
  };
  mkdirSync(join(home, "runs"));
  const first = await warned("a");
  t.match(first.text, /^8 images, /m);
  t.notMatch(first.text, "left out", "there is no picture in it yet");
  t.ok(readdirSync(first.run.samples).includes("data.png"), "by now there is a picture in it");
  const again = await (await openRun(first.run.path)).resume({ isolate: false });
  t.equal(again.finished, true, "its own samples do not count as changed images");
  const second = await warned("b");
  t.match(second.text, /^8 images, /m);
  t.match(second.text, /^warning: datasets: left out \d+ images in .*: they are in run folders$/m);
});
