import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readTable } from "../../io/tables/read_table.ts";
import { loadModel } from "../../mod.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Of the largest prediction: both compute in float32. */
const TOLERANCE = 1e-5;

Deno.test("predict_with_torch.py gives the predictions of Model.predict()", async () => {
  // `prediction.csv` was written by the example from `nodes.csv` and the model.
  const nodes = await readTable(path("fixtures/models/torch/nodes.csv"));
  const written = await readTable(path("fixtures/models/torch/prediction.csv"));
  const [x, y, coefficient] = ["x", "y", "coefficient"].map((name) => nodes.numbers(name));
  const position = Float64Array.from(
    { length: 2 * x.length },
    (_, k) => k % 2 ? y[k >> 1] : x[k >> 1],
  );
  using model = await loadModel(path("fixtures/models/darcy.safetensors"), { device: "cpu" });
  const { solution } = await model.predict(
    { position, inputs: { coefficient: Float32Array.from(coefficient) } },
    { mode: "full", onWarning: () => {} },
  );
  const expected = written.numbers("solution");
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assert.equal(solution.length, expected.length);
  expected.forEach((value, node) =>
    assert.ok(Math.abs(solution[node] - value) <= TOLERANCE * largest, `node ${node}`)
  );
});

Deno.test("docs/your_own_data.md shows predict_with_torch.py unchanged", async () => {
  const read = (name: string) => Deno.readTextFile(path(`../${name}`));
  const page = await read("docs/your_own_data.md");
  const code = await read("scripts/examples/predict_with_torch.py");
  assert.ok(page.includes("```python\n" + code + "```"));
});
