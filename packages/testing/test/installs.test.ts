// README files that have people install onnxruntime-node say how to leave out its download, where they say to install it.
import t from "tap";
import { documents } from "./readmes.js";
import { allPackages } from "./sources.js";

const manifests = new Map(allPackages().map(({ manifest }) => [manifest.name, manifest]));

/** Whether npm installs onnxruntime-node with a package, "onnxruntime-node@1.30.0" or "@imagefn/runs". */
function brings(argument: string): boolean {
  const name = argument.replace(/(?<=.)@.*/, "");
  return name === "onnxruntime-node" || Object.keys(manifests.get(name)?.dependencies ?? {}).some(brings);
}

/** The lines of a text that install it, each with the nine after it. */
function installs(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const names = /^(?:`|\w+=\w+ )*npm install ([^#`]+)/.exec(line)?.[1].trim().split(/\s+/) ?? [];
    return names.some(brings) ? [lines.slice(i, i + 10).join("\n")] : [];
  });
}

t.test("each place that installs onnxruntime-node names ONNXRUNTIME_NODE_INSTALL=skip", async (t) => {
  const places = documents().flatMap(({ path, text }) => installs(text).map((place) => ({ path, place })));
  t.ok(places.length >= 10, `${places.length} places`);
  t.same(
    places.filter(({ place }) => !place.includes("ONNXRUNTIME_NODE_INSTALL=skip")),
    [],
  );
});

t.test("what a package brings is found", async (t) => {
  t.ok(brings("imagefn") && brings("@imagefn/viewer") && brings("onnxruntime-node@1.30.0"));
  t.notOk(brings("@imagefn/inr") || brings("@imagefn/ops") || brings("nsfwjs@4.4.0"));
  t.equal(installs("```sh\nnpm install @imagefn/runs\n```\n`npm install @imagefn/inr`\n").length, 1);
});
