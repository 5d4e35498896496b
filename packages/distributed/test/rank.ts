// One process of the tests, started by mpirun: does what its argument says.
import { setTimeout as wait } from "node:timers/promises";
import { joinMpi } from "@imagefn/distributed";

const [what, value] = process.argv.slice(2);
const ranks = await joinMpi({ patience: what === "stopped" ? 2 : 60, library: process.env.MPI_LIBRARY });
const { rank, size } = ranks;
const say = (found: unknown) => process.stdout.write(`${JSON.stringify(found)}\n`);

switch (what) {
  case "exchange": {
    const floats = Float32Array.of(rank + 1, 0.5);
    const doubles = Float64Array.of(1e-12 * (rank + 1));
    const whole = Int32Array.of(rank, 7);
    // Not awaited one by one: they are carried out in this order.
    await Promise.all([ranks.sum(floats), ranks.sum(doubles), ranks.sum(whole)]);
    const text = rank === 1 ? Uint8Array.of(1, 2, 3) : new Uint8Array(3);
    await ranks.broadcast(text, 1);
    const large = new Float32Array(300_000).fill(rank + 1);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    // Rank 0 waits in it, and its timers go on.
    if (rank === 1) await wait(100);
    await ranks.sum(large);
    clearInterval(timer);
    await ranks.barrier();
    const { local, library } = ranks;
    const sums = [...floats, ...doubles, ...whole, ...text, large[299_999]];
    say({ rank, size, local, library, sums, alive: rank === 1 || ticks > 10 });
    await ranks.close();
    await ranks.sum(floats).catch((error) => say({ after: error.message }));
    break;
  }
  case "throw":
    if (rank === Number(value)) throw new Error("out of luck");
    await ranks.barrier();
    break;
  case "exit":
    if (rank === Number(value)) process.exit(0);
    await ranks.barrier();
    break;
  case "stopped":
    if (rank === Number(value)) process.kill(process.pid, "SIGSTOP");
    await ranks.barrier();
    break;
  case "kill":
    if (rank === Number(value)) process.kill(process.pid, "SIGKILL");
    await ranks.barrier();
    break;
  case "abort":
    if (rank === Number(value)) await ranks.abort("the disk is full", 7);
    await ranks.barrier();
}
