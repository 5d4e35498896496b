// CIFAR-10: records, both splits, and files that are not what they should be.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cifar10 } from "@imagefn/datasets";
import t from "tap";

/** One record: a label, then 3072 bytes counted up from `start`. */
function record(label: number, start: number): Buffer {
  return Buffer.from([label, ...Array.from({ length: 3072 }, (_, i) => (start + i) % 256)]);
}

function batches(): Record<string, Buffer> {
  const files = [1, 2, 3, 4, 5].map((n) => [
    `data_batch_${n}.bin`,
    Buffer.concat([record(n, n), record(9, 10 * n)]),
  ]);
  return { ...Object.fromEntries(files), "test_batch.bin": record(0, 77) };
}

t.test("reads the training and the test images", async (t) => {
  const path = t.testdir(batches());
  const train = await cifar10({ path });
  t.match(train, { name: "cifar10", size: 32, count: 10, warnings: [] });
  t.same([...train.labels!], [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]);
  t.same(Buffer.from(train.images.subarray(3072 * 3, 3072 * 4)), record(9, 20).subarray(1));
  t.equal(train.classes.length, 10);
  t.equal(train.classes[9], "truck");
  const test = await cifar10({ path, train: false });
  t.match(test, { name: "cifar10:test", count: 1 });
  t.equal(test.images[0], 77);
});

t.test("finds the folder that the archive unpacks to", async (t) => {
  const path = t.testdir({ "cifar-10-batches-bin": batches() });
  t.equal((await cifar10({ path })).count, 10);
});

t.test("says what is wrong with the files", async (t) => {
  await t.rejects(cifar10({ path: join(t.testdir(), "nowhere") }), /no CIFAR-10 in .*nowhere/);
  const { "data_batch_4.bin": _, ...incomplete } = batches();
  const missing = t.testdir(incomplete);
  await t.rejects(cifar10({ path: missing }), /incomplete: cannot read .*data_batch_4\.bin/);
  t.equal(
    (await cifar10({ path: missing, train: false })).count,
    1,
    "only the files that are needed are read",
  );

  const path = t.testdir(batches());
  const third = join(path, "data_batch_3.bin");
  writeFileSync(third, record(3, 0).subarray(0, 3000));
  await t.rejects(
    cifar10({ path }),
    /data_batch_3\.bin has a bad length \(got 3000 bytes, expected a multiple of 3073, 30730000 in the original\)/,
  );
  writeFileSync(third, "");
  await t.rejects(cifar10({ path }), /data_batch_3\.bin has a bad length \(got 0 bytes/);
  writeFileSync(third, Buffer.concat([record(9, 0), record(10, 0)]));
  await t.rejects(
    cifar10({ path }),
    /data_batch_3\.bin is not CIFAR-10 \(got label 10 in record 1, expected 0 to 9\)/,
  );
});
