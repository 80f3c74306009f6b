import assert from "node:assert/strict";
import { join } from "node:path";
import { createRecordBatch } from "../../io/record_batch.ts";
import { allReduce } from "../../pipeline/engine/channels/collective.ts";
import { inMemoryPeers } from "../../pipeline/engine/channels/peers.ts";
import type { DsmpnnConfig } from "../../pipeline/model/config.ts";
import { readCaseFile } from "../../pipeline/training/case_file.ts";
import { gradedPositions } from "../../scripts/bench/bench_graph.ts";
import { jitteredLattice } from "../../scripts/bench/mesh_stage.ts";
import { stepOperations } from "../../scripts/bench/step_operations.ts";
import { throughputShare } from "../../scripts/bench/side_by_side.ts";
import { TimedPeers } from "../../pipeline/engine/channels/timed_peers.ts";
import { median } from "../../scripts/bench/timing.ts";
import { casePath } from "../support/case_files.ts";
import { edited, withElement } from "../support/damaged_files.ts";
import { LOSS_LIMIT, within } from "../support/exactness.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { assertMistake, runTask } from "./run_script.ts";

const PAPER: DsmpnnConfig = {
  network: "dsmpnn",
  inputs: 3,
  outputs: 1,
  width: 32,
  hops: 4,
  encoderHidden: [64, 64],
  decoderHidden: [64, 64],
  kernelHidden: [64, 64],
  hopActivation: "identity",
  residual: true,
  rootWeight: false,
  hopNorm: "none",
  edgeUpdate: "decoded",
};

Deno.test("stepOperations() equals a count by hand", async () => {
  const { config, nodeCount, senders } = await readCaseFile(casePath("tiny"));
  // 5 nodes, 8 edges, width 4, kernel network 4 -> 6, one hop, whose edge attributes need no
  // gradient.
  const kernel = 2 * 8 * 4 * 6;
  const moment = 2 * 8 * 6 * 4;
  const update = 2 * 5 * (7 * 4) * 4;
  const expected = 3 * (kernel + moment + update) - kernel;
  assert.equal(stepOperations(config, { nodeCount, edgeCount: senders.length }), expected);
});

Deno.test("stepOperations() of the paper's graph is 16.4 GFLOP", () => {
  const operations = stepOperations(PAPER, { nodeCount: 1600, edgeCount: 90_262 });
  assert.equal((operations / 1e9).toFixed(1), "16.4");
});

Deno.test("stepOperations() counts the root weight and no gradient of fixed edges", () => {
  const size = { nodeCount: 10, edgeCount: 100 };
  const operations = (change: Partial<DsmpnnConfig>) =>
    stepOperations({ ...PAPER, ...change }, size);
  assert.equal(operations({ rootWeight: true }) - operations({}), 3 * 4 * 2 * 10 * 32 * 32);
  assert.equal(operations({}) - operations({ edgeUpdate: "fixed" }), 3 * 2 * 100 * 4 * 64);
});

Deno.test("throughputShare() is 1 where ranks halve the time of independent steps", () => {
  assert.equal(throughputShare(50, [100, 100]), 1);
  assert.equal(throughputShare(100, [100, 100]), 0.5);
  assert.equal(throughputShare(100, [150, 300]), 1);
});

Deno.test("median() is the middle value, or the mean of two", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.equal(median([]), NaN);
});

Deno.test("TimedPeers measures the wait for messages and passes on the sums", async () => {
  const lateMs = 60;
  const [first, second] = inMemoryPeers(2).map((peers) => new TimedPeers(peers));
  const totals = [Float64Array.of(1), Float64Array.of(10)];
  const reduce = (rank: number) =>
    allReduce([first, second][rank], new Float32Array(0), totals[rank]);
  const early = reduce(0);
  await new Promise((resolve) => setTimeout(resolve, lateMs));
  await Promise.all([early, reduce(1)]);
  assert.deepEqual(totals.map(([total]) => total), [11, 11]);
  // Timers may fire a little early.
  assert.ok(first.communicationMs > 0.9 * lateMs, `rank 0 waited for ${first.communicationMs} ms`);
  assert.ok(second.communicationMs < 0.5 * first.communicationMs, "rank 1 found its message there");
  assert.ok(first.sentBytes > 0);
});

Deno.test("TimedPeers leaves out what a rank computes between sending and receiving", async () => {
  const busyMs = 50;
  const [first, second] = inMemoryPeers(2).map((peers) => new TimedPeers(peers));
  const batch = createRecordBatch({ name: "n", columns: { n: "int32" } }, [{ n: 7 }]);
  const sent = first.send(1, batch);
  for (const start = performance.now(); performance.now() < start + busyMs;);
  await sent;
  assert.equal((await second.receive(0)).value("n", 0), 7);
  const { communicationMs } = first;
  assert.ok(
    communicationMs > 0 && communicationMs < busyMs / 2,
    `rank 0 sent for ${communicationMs} ms`,
  );
});

for (const dimensions of [1, 2, 3]) {
  Deno.test(`jitteredLattice() has one node in each cell in ${dimensions}-D`, () => {
    for (const nodeCount of [1, 7, 64, 100]) {
      const side = Math.ceil(nodeCount ** (1 / dimensions) - 1e-9);
      const position = jitteredLattice(nodeCount, dimensions, 3);
      assert.equal(position.length, nodeCount * dimensions);
      const cells = Array.from({ length: nodeCount }, (_, node) => {
        const coordinates = position.subarray(node * dimensions, (node + 1) * dimensions);
        return coordinates.reduce((cell, x) => cell * side + Math.floor(x * side), 0);
      });
      // A coordinate that rounds up to the next cell is possible, but not among so few.
      assert.deepEqual(cells, Array.from({ length: nodeCount }, (_, node) => node));
    }
  });
}

async function bench(...args: readonly string[]) {
  const { code, out, error } = await runTask("bench", ...args, "--json");
  assert.equal(out.trimEnd().split("\n").length, 1, `one line of JSON: ${out}${error}`);
  return { code, error, report: JSON.parse(out) };
}

/** Asserts what must hold of every report of a step. */
function assertSteps(report: Record<string, number>, ranks: number) {
  for (const name of ["medianMs", "gflops", "matmulShare", "peakBytes", "loss"]) {
    assert.ok(report[name] > 0 && Number.isFinite(report[name]), `${name} is ${report[name]}`);
  }
  assert.equal(report.ranks, ranks);
  assert.ok(Math.abs(report.gflops * report.medianMs / 1000 / report.gflop - 1) < 1e-9);
  assert.ok(report.peakBytes > 20e6 && report.peakBytes < 4e9, `peakBytes is ${report.peakBytes}`);
  if (ranks === 1) assert.deepEqual([report.communicationShare, report.ghosts], [0, 0]);
  else {assert.ok(
      report.communicationShare > 0 && report.communicationShare <= 1 && report.ghosts > 0,
    );}
}

for (const ranks of [1, 2]) {
  Deno.test(`bench step --json prints figures and loss on ${ranks} ranks`, async () => {
    const args = ["step", "--case", casePath("tiny"), "--ranks", `${ranks}`, "--repeats", "3"];
    const { code, report, error } = await bench(...args, ...(ranks > 1 ? ["--independent"] : []));
    assert.equal(code, 0, error);
    assertSteps(report, ranks);
    if (ranks > 1) {
      const { medianMs, independentMs, independentShare } = report;
      assert.equal(independentMs.length, ranks);
      assert.ok(Math.abs(independentShare - throughputShare(medianMs, independentMs)) < 1e-12);
    }
    const { expected } = await readCaseFile(casePath("tiny"));
    within(Math.abs(report.loss / expected!.loss - 1), LOSS_LIMIT, "loss");
    assert.deepEqual([report.nodes, report.edges, report.repeats, report.ok], [5, 8, 3, true]);
  });
}

Deno.test("bench step fails where the loss is not the expected one", async () => {
  await inTemporaryDirectory(async (directory) => {
    const file = join(directory, "wrong.safetensors");
    const tamper = ({ tensors }: Parameters<Parameters<typeof edited>[1]>[0]) => {
      const loss = tensors["expected/loss"];
      tensors["expected/loss"] = withElement(loss, 0, Number(loss.data[0]) * 1.001);
    };
    await Deno.writeFile(file, await edited(casePath("tiny"), tamper));
    const { code, report } = await bench("step", "--case", file, "--repeats", "1");
    assert.deepEqual([code, report.ok], [1, false]);
    assert.ok(report.lossError > 5e-4 && report.lossError < 2e-3);
  });
});

Deno.test("bench mesh --json gives the same loss on 1 and on 2 ranks", async () => {
  const losses: number[] = [];
  for (const ranks of [1, 2]) {
    const size = [
      "--nodes",
      "300",
      "--edges",
      "6",
      "--kernel",
      "8,8",
      "--hops",
      "3",
      "--dimensions",
      "3",
    ];
    const { code, report, error } = await bench(
      "mesh",
      ...size,
      "--ranks",
      `${ranks}`,
      "--repeats",
      "2",
    );
    assert.equal(code, 0, error);
    assertSteps(report, ranks);
    assert.equal(report.nodes, 300);
    assert.ok(report.edges > 0.9 * 6 * 300 && report.edges <= 6 * 300, `${report.edges} edges`);
    losses.push(report.loss);
  }
  within(Math.abs(losses[1] / losses[0] - 1), LOSS_LIMIT, "loss on 2 ranks");
});

for (
  const [name, ...args] of [
    ["matmul"],
    ["io"],
    ["kernels", "--filter", "linear"],
    ["optimizer"],
    ["graph", "--nodes", "300", "--edges", "6"],
  ]
) {
  Deno.test(`bench ${name} --json gives a time and a rate for each figure`, async () => {
    const { code, out, error } = await runTask("bench", name, ...args, "--repeats", "1", "--json");
    assert.equal(code, 0, error);
    const report = JSON.parse(out);
    const figures: {
      medianMs?: number | undefined;
      milliseconds?: number | undefined;
      rates?: Record<string, number> | undefined;
    }[] = report.figures ?? report;
    assert.ok(figures.length >= 5);
    for (const { medianMs, milliseconds, rates = {} } of figures) {
      for (const value of [medianMs ?? milliseconds, ...Object.values(rates)]) {
        assert.ok(value! > 0, out);
      }
    }
  });
}

Deno.test("bench --help names every benchmark, and each has an example", async () => {
  const { out } = await runTask("bench", "--help");
  const names = [...out.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
  const expected = [
    "step",
    "mesh",
    "graph",
    "matmul",
    "kernels",
    "optimizer",
    "generate",
    "io",
    "channel",
    "start",
    "view",
  ];
  assert.deepEqual(names, expected);
  for (const name of names) {
    assert.match(
      (await runTask("bench", name, "--help")).out,
      new RegExp(`deno task bench ${name}\\b`),
    );
  }
});

for (const dimensions of [2, 3]) {
  Deno.test(
    "gradedPositions() spread their distances evenly over four powers of ten in " +
      `${dimensions}-D`,
    () => {
      const nodeCount = 20_000;
      const position = gradedPositions(nodeCount, dimensions);
      const decades = [0, 0, 0, 0];
      for (let node = 0; node < nodeCount; node++) {
        const distance = Math.hypot(
          ...position.subarray(node * dimensions, (node + 1) * dimensions),
        );
        decades[Math.min(3, Math.max(0, Math.floor(-Math.log10(distance))))]++;
      }
      // A quarter each, within six standard deviations.
      for (const count of decades) assert.ok(Math.abs(count - nodeCount / 4) < 370, decades.join());
    },
  );
}

Deno.test("bench graph --json measures every work on every kind of mesh", async () => {
  const { report } = await bench("graph", "--nodes", "200,300", "--edges", "6", "--repeats", "1");
  const names: string[] = report.figures.map(({ name }: { name: string }) => name);
  for (
    const work of ["radius graph", "nearest neighbours", "partition", "local graphs", "sample"]
  ) {
    for (const mesh of ["2-D, uniform", "2-D, graded", "3-D, uniform", "3-D, graded"]) {
      for (const nodes of [200, 300]) {
        assert.ok(names.includes(`${work}, ${nodes} nodes, ${mesh}`), names.join());
      }
    }
  }
});

Deno.test("bench prints one line per mistake", async () => {
  assertMistake(await runTask("bench", "stpe"), /unknown command 'stpe', did you mean step\?/);
  assertMistake(await runTask("bench", "step"), /--case <file>/);
  assertMistake(await runTask("bench", "step", "--case", "none.safetensors"), /none\.safetensors/);
  assertMistake(
    await runTask("bench", "mesh", "--kernel", "8,x"),
    /Cannot read --kernel: .* "8,x"/,
  );
  assertMistake(
    await runTask("bench", "graph", "--nodes", "1e3,x"),
    /Cannot read --nodes: .* "1e3,x"/,
  );
});
