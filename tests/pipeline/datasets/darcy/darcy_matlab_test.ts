import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openDarcyMatlab } from "../../../../pipeline/datasets/darcy/darcy_matlab.ts";
import { solveDarcy } from "../../../../pipeline/datasets/darcy/darcy_solver.ts";
import { gridPositions } from "../../../../pipeline/datasets/darcy/unit_grid.ts";

/**
 * Written by scipy and h5py with solutions of a sparse LU:
 * tests/fixtures/datasets/write_fixtures.py.
 */
function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/datasets/${name}`, import.meta.url));
}

/** Solutions are rounded to float32; both solvers leave less. */
const precision = 1e-7;

for (const name of ["darcy_v5", "darcy_v73"]) {
  Deno.test(
    `openDarcyMatlab() reads coefficients and solutions of ${name}.mat, written by another ` +
      "program",
    async () => {
      const store = await openDarcyMatlab(fixture(`${name}.mat`));
      assert.deepEqual(store.attributes, {
        format: "haloflow-meshes/1",
        case: "darcy",
        dimensions: 2,
        fields: {
          coefficient: { components: 1, unit: "", role: "input" },
          solution: { components: 1, unit: "", role: "target" },
        },
        gridShape: [13, 13],
        splits: { train: [0, 1], validation: [2], test: [3] },
        generator: { name: "haloflow convert darcy", source: `${name}.mat` },
        ids: [0, 1, 2, 3].map((i) => `${name}-000${i}`),
      });
      assert.deepEqual(store.split("test"), [3]);
      for (let i = 0; i < store.sampleCount; i++) {
        const { position, fields } = await store.read(i);
        assert.deepEqual(position, gridPositions(13));
        // Coefficient and solution belong together in every sample.
        const { solution } = solveDarcy(fields.coefficient, 13);
        const largest = Math.max(...solution);
        solution.forEach((value, p) => {
          const difference = Math.abs(value - fields.solution[p]) / largest;
          assert.ok(difference < precision, `sample ${i}, vertex ${p}: ${difference}`);
        });
      }
      const rows = (await Deno.readTextFile(fixture("coeff_sample_1.csv"))).trim().split("\n");
      const { fields } = await store.read(1);
      assert.deepEqual([...fields.coefficient], rows.flatMap((row) => row.split(",").map(Number)));
    },
  );
}

Deno.test("openDarcyMatlab() rejects files with other contents", async () => {
  const cases = [
    ["no_sol.mat", /^Cannot read variable "sol" of ".*no_sol\.mat": no variable of that name/],
    [
      "not_square.mat",
      /^Cannot read ".*not_square\.mat": "coeff" .* samples × n × n with n >= 3, found 4 × 5 × 13$/,
    ],
    [
      "two_shapes.mat",
      /^Cannot read ".*two_shapes\.mat": "sol" .* "coeff", 4 × 13 × 13, found 3 × 13 × 13$/,
    ],
    ["write_fixtures.py", /^Cannot read ".*write_fixtures\.py".* MATLAB file/],
    ["nothing.mat", /^Cannot read ".*nothing\.mat"/],
  ] as const;
  for (const [name, message] of cases) {
    await assert.rejects(openDarcyMatlab(fixture(name)), { name: "DataError", message });
  }
});

Deno.test("openDarcyMatlab() rejects unknown samples and splits", async () => {
  const store = await openDarcyMatlab(fixture("darcy_v5.mat"));
  await assert.rejects(store.read(4), {
    name: "RangeError",
    message: /received 4/,
  });
  assert.throws(() => store.split("tset"), { name: "DataError", message: /did you mean "test"/ });
});
