// The list of names, which loads no metric, says what the records say.
import {
  defaultMetrics,
  type Metric,
  metricNames,
  metrics,
  pairMetrics,
  resizeNames,
} from "@imagefn/metrics";
import * as names from "@imagefn/metrics/names";
import t from "tap";

const namesOf = (some: readonly Metric[]) => some.map(({ name }) => name);

t.test("names of metrics are those of the records, in their order", async (t) => {
  t.same(names.metricNames, namesOf(metrics));
  t.same(names.pairMetrics, namesOf(metrics.filter(({ kind }) => kind === "pair")));
  t.same(names.defaultMetrics, namesOf(metrics.filter(({ onRequest }) => !onRequest)));
  t.same({ ...names }, { defaultMetrics, metricNames, pairMetrics, resizeNames });
});
