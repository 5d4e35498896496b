// What needs no mpirun: the launcher, the interfaces, large arrays, and the watchdog.
import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import { abiOf } from "../dist/abi.js";
import { callsOf } from "../dist/calls.js";
import { launcherOf } from "../dist/launcher.js";
import { watchdog } from "../dist/watchdog.js";

t.test("launchers by what they leave in the environment", async (t) => {
  t.equal(launcherOf({}), undefined);
  t.match(launcherOf({ PMI_SIZE: "3" }), { name: /MPICH/, size: 3 });
  t.match(launcherOf({ SLURM_STEP_NUM_TASKS: "4", SLURM_PROCID: "0" }), { name: "srun", size: 4 });
  t.equal(launcherOf({ SLURM_STEP_NUM_TASKS: "1" }), undefined, "the script of a batch job");
  // mpirun starts its daemons with srun, one on each other node.
  t.match(launcherOf({ OMPI_COMM_WORLD_SIZE: "8", SLURM_STEP_NUM_TASKS: "1", SLURM_PROCID: "0" }), {
    name: /Open MPI/,
    size: 8,
  });
});

/** A library whose functions are counted; only Open MPI has variables. */
function standIn(variables: boolean) {
  const calls: unknown[][] = [];
  const func = (signature: string) => {
    const name = /MPI_\w+/.exec(signature)![0];
    const call = (...args: unknown[]) => {
      calls.push([name, ...args]);
      return 0;
    };
    return Object.assign(call, {
      async: (...args: unknown[]) => {
        const done = args.pop() as (error: null, code: number) => void;
        const code = call(...args);
        setImmediate(() => done(null, code));
      },
    });
  };
  const symbol = (name: string) => {
    if (!variables) throw new Error(`no ${name}`);
    return name;
  };
  return { calls, library: { func, symbol } as never };
}

t.test("the three interfaces", async (t) => {
  t.equal(abiOf("libmpi.so.40", standIn(true).library).world, "ompi_mpi_comm_world");
  t.equal(abiOf("libmpi.so.12", standIn(false).library).world, 0x44000000);
  const { world, serialized } = abiOf("/opt/lib/libmpi_abi.so.1", standIn(false).library);
  t.same([world, serialized], [0x101n, 2048]);
});

t.test("large arrays go in parts, since MPI counts in int32", async (t) => {
  const { calls, library } = standIn(false);
  const abi = abiOf("libmpi.so.12", library);
  const values = Float32Array.from({ length: 7 }, (_, i) => i);
  const { sum } = callsOf({ library, abi, name: "", version: "" }, 3);
  await sum(values);
  const sent = calls.map(([name, , part, count]) => [name, [...(part as Float32Array)], count]);
  t.same(sent, [
    ["MPI_Allreduce", [0, 1, 2], 3],
    ["MPI_Allreduce", [3, 4, 5], 3],
    ["MPI_Allreduce", [6], 1],
  ]);
  calls.length = 0;
  await sum(values.subarray(0, 3), 2);
  t.same(
    calls.map(([, , part]) => [...(part as Float32Array)]),
    [[0, 1], [2]],
    "or as a caller asks for",
  );
});

t.test("the watchdog bites after its patience, and a change of it counts from then on", async (t) => {
  const late: number[] = [];
  const guard = watchdog(0.05, (seconds) => late.push(seconds));
  await guard.during(() => wait(5));
  t.notOk(guard.busy);
  await wait(60);
  t.same(late, [], "nothing was under way");
  await guard.during(async () => {
    t.ok(guard.busy);
    await wait(30);
    guard.patience = 0.08;
    await wait(40);
    t.same(late, []);
    await wait(60);
  });
  t.same(late, [0.08]);
});
