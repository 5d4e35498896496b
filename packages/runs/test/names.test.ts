// The list of names, which loads no network, says what the package says.
import * as runs from "@imagefn/runs";
import * as names from "@imagefn/runs/names";
import t from "tap";

t.test("every name is that of the package itself", async (t) => {
  for (const [name, value] of Object.entries(names))
    t.equal(value, (runs as Record<string, unknown>)[name], name);
});

t.test("names of generators are those of the records, in their order", async (t) => {
  t.same(names.generatorKinds, Object.keys(runs.generators));
});
