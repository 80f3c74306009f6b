import assert from "node:assert/strict";
import {
  darcyHeader,
  type DarcyOptions,
  generateDarcySample,
  generateDarcySamples,
} from "../../../../pipeline/datasets/darcy/darcy_data.ts";
import { gridPositions, subsampleGrid } from "../../../../pipeline/datasets/darcy/unit_grid.ts";
import { parseMeshStoreHeader } from "../../../../io/mesh_attributes.ts";

const small: DarcyOptions = { count: 3, resolution: 21, seed: 7 };

Deno.test(
  "generateDarcySample() has a coefficient of 12 and 3 and a solution of -∇·(a∇u) = 1, u = 0 " +
    "around",
  () => {
    for (const faceMean of ["arithmetic", "harmonic"] as const) {
      const n = 21;
      const { id, dimensions, nodeCount, position, fields } = generateDarcySample(2, {
        ...small,
        faceMean,
      });
      assert.deepEqual({ id, dimensions, nodeCount }, {
        id: "darcy-7-0002",
        dimensions: 2,
        nodeCount: n * n,
      });
      assert.deepEqual(position, gridPositions(n));
      const { coefficient: a, solution: u } = fields;
      assert.deepEqual([...new Set(a)].sort(), [12, 3]);
      const mean = (p: number, q: number) =>
        faceMean === "harmonic" ? 2 / (1 / a[p] + 1 / a[q]) : (a[p] + a[q]) / 2;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const p = i * n + j;
          if (i === 0 || j === 0 || i === n - 1 || j === n - 1) {
            assert.equal(u[p], 0);
            continue;
          }
          let outflow = 0;
          for (const q of [p - n, p + n, p - 1, p + 1]) {
            outflow += mean(p, q) * (u[p] - u[q]) * (n - 1) ** 2;
          }
          // float32 keeps 6e-8 of u ~ 0.01; the differences multiply that by a n² ~ 5,000.
          assert.ok(Math.abs(outflow - 1) < 1e-4, `vertex ${i}, ${j}: ${outflow}`);
        }
      }
    }
  },
);

Deno.test("generateDarcySample() has the same coefficient on every grid", () => {
  const fine = generateDarcySample(1, { ...small, resolution: 61 });
  for (const resolution of [3, 4, 13, 21, 31]) {
    const coarse = generateDarcySample(1, { ...small, resolution });
    assert.equal(coarse.id, fine.id);
    assert.deepEqual(
      coarse.fields.coefficient,
      subsampleGrid(fine.fields.coefficient, 61, resolution),
    );
  }
});

Deno.test("generateDarcySample() has the solution of a finer grid up to the discretisation", () => {
  const coarse = generateDarcySample(0, { ...small, resolution: 41 }).fields.solution;
  const fine = subsampleGrid(
    generateDarcySample(0, { ...small, resolution: 161 }).fields.solution,
    161,
    41,
  );
  const norm = (v: Float32Array) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
  const difference = norm(coarse.map((value, p) => value - fine[p])) / norm(fine);
  assert.ok(difference > 1e-4 && difference < 0.03, `${difference}`);
});

Deno.test("generateDarcySamples() yields the same samples for any count", async () => {
  const samples = await Array.fromAsync(generateDarcySamples(small));
  assert.deepEqual(
    samples,
    [0, 1, 2].map((sample) => generateDarcySample(sample, { ...small, count: 1000 })),
  );
  assert.notDeepEqual(samples[0].fields, samples[1].fields);
  const [other] = await Array.fromAsync(generateDarcySamples({ ...small, count: 1, seed: 8 }));
  assert.notDeepEqual(other.fields, samples[0].fields);
});

Deno.test("generateDarcySamples() has both materials equally often", async () => {
  // Their share in one sample varies by about 0.16: the mean of 400 has a standard deviation of
  // 0.008.
  let share = 0;
  for await (
    const { fields } of generateDarcySamples({ count: 400, resolution: 12, seed: 3, modes: 12 })
  ) {
    share += fields.coefficient.filter((a) => a === 12).length / 144 / 400;
  }
  assert.ok(Math.abs(share - 0.5) < 0.04, `${share}`);
});

Deno.test("darcyHeader() states how the data were generated and how they are split", () => {
  const header = darcyHeader({ count: 8, resolution: 5, seed: 3, faceMean: "harmonic" }, {
    train: 2,
    validation: 1,
    test: 1,
  });
  assert.deepEqual(parseMeshStoreHeader(header, "a store"), header);
  assert.deepEqual(header, {
    case: "darcy",
    dimensions: 2,
    fields: {
      coefficient: { components: 1, unit: "", role: "input" },
      solution: { components: 1, unit: "", role: "target" },
    },
    gridShape: [5, 5],
    splits: { train: [0, 1, 2, 3], validation: [4, 5], test: [6, 7] },
    generator: {
      name: "haloflow generate darcy",
      count: 8,
      resolution: 5,
      faceMean: "harmonic",
      modes: 421,
    },
    seed: 3,
  });
});

Deno.test("generateDarcySamples() rejects options out of range by name", async () => {
  const cases: [Partial<DarcyOptions>, string][] = [
    [{ count: 0 }, "count must be an integer from 1 to 2147483647, received 0"],
    [{ count: 2.5 }, "count must be an integer from 1 to 2147483647, received 2.5"],
    [{ resolution: 2 }, "resolution must be an integer from 3 to 4097, received 2"],
    [{ resolution: 5000 }, "resolution must be an integer from 3 to 4097, received 5000"],
    [{ seed: -1 }, "seed must be an integer from 0 to 9007199254740991, received -1"],
    [{ modes: 1 }, "modes must be an integer from 2 to 4096, received 1"],
  ];
  for (const [bad, rule] of cases) {
    await assert.rejects(Array.fromAsync(generateDarcySamples({ ...small, ...bad })), {
      name: "RangeError",
      message: `Cannot generate Darcy samples: ${rule}`,
    });
  }
});
