import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readTable } from "../../io/tables/read_table.ts";
import { loadModel } from "../../mod.ts";

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Of the range of the predictions: both compute in float32. */
const TOLERANCE = 1e-5;

/** Model, nodes, and what the example wrote for them. */
const CASES = [
  { model: "darcy", nodes: "nodes", written: "prediction" },
  // Many neighbours are exactly a radius away.
  { model: "darcy", nodes: "grid", written: "grid_prediction" },
  { model: "torch/options", nodes: "far", written: "far_prediction" },
];

for (const { model: modelName, nodes: nodesName, written } of CASES) {
  Deno.test(`predict_with_torch.py predicts ${nodesName}.csv as Model.predict() does`, async () => {
    const table = (name: string) => readTable(path(`fixtures/models/torch/${name}.csv`));
    const nodes = await table(nodesName);
    const [x, y, coefficient] = ["x", "y", "coefficient"].map((name) => nodes.numbers(name));
    const position = Float64Array.from(
      { length: 2 * x.length },
      (_, k) => k % 2 ? y[k >> 1] : x[k >> 1],
    );
    const file = path(`fixtures/models/${modelName}.safetensors`);
    using model = await loadModel(file, { device: "cpu" });
    const { solution } = await model.predict(
      { position, inputs: { coefficient: Float32Array.from(coefficient) } },
      { mode: "full", onWarning: () => {} },
    );
    const expected = (await table(written)).numbers("solution");
    assert.equal(solution.length, expected.length);
    const low = expected.reduce((min, value) => Math.min(min, value), Infinity);
    const high = expected.reduce((max, value) => Math.max(max, value), -Infinity);
    assert.ok(high > low);
    expected.forEach((value, node) =>
      assert.ok(Math.abs(solution[node] - value) <= TOLERANCE * (high - low), `node ${node}`)
    );
  });
}

Deno.test("docs/your_own_data.md shows predict_with_torch.py unchanged", async () => {
  const read = (name: string) => Deno.readTextFile(path(`../${name}`));
  const page = await read("docs/your_own_data.md");
  const code = await read("scripts/examples/predict_with_torch.py");
  assert.ok(page.includes("```python\n" + code + "```"));
});
