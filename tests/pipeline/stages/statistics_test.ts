/** Columns from which a network cannot learn. @module */

import assert from "node:assert/strict";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";
import { cellColumns } from "../../../pipeline/batches/cell_columns.ts";
import statistics from "../../../pipeline/stages/statistics.ts";
import { runStage, warningsOf } from "../../support/run_stage.ts";

const NODES = 50;

/** A mesh of two dimensions with targets by name. */
function mesh(targets: Readonly<Record<string, (node: number) => number>>): RecordBatch {
  const names = Object.keys(targets);
  const position = Float32Array.from({ length: 2 * NODES }, (_, k) => (k * 37 % 100) / 100);
  return createRecordBatch(MESH, [{
    index: 0,
    id: "a",
    count: 1,
    dimensions: 2,
    position,
    input: position,
    inputNames: ["x", "y"],
    target: Float32Array.from(
      { length: NODES * names.length },
      (_, k) => targets[names[k % names.length]](Math.floor(k / names.length)),
    ),
    targetNames: names,
    units: ["", "", ...names.map(() => "")],
    gridShape: new Uint32Array(0),
    ...cellColumns(),
  }]);
}

const sine = (node: number) => Math.sin(node);

Deno.test("statistics treats round-off of a field as 0 and warns of it", async () => {
  const noisy = mesh({ "U.x": sine, "U.y": sine, "U.z": (node) => 1e-17 * Math.cos(9 * node) });
  const [scales] = await runStage(statistics, {}, [noisy]);
  const scale = scales.list("targetScale", 0, "float64");
  assert.equal(scale[2], 1, "adds nothing to the loss");
  assert.ok(scale[0] > 0.5 && scale[0] < 1);
  const warnings = await warningsOf(statistics, {}, [noisy]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /^Target U\.z is round-off: .* 1\.00 × 10⁻¹⁷/);
  // A small field of its own is no round-off: nothing says at which size.
  const small = mesh({ permeability: (node) => 1e-17 * (2 + sine(node)) });
  assert.deepEqual(await warningsOf(statistics, {}, [small]), []);
});

Deno.test("statistics names constants, and fields whose variation float32 has lost", async () => {
  const level = (size: number) => (node: number) => 101325 + size * sine(node);
  assert.deepEqual(await warningsOf(statistics, {}, [mesh({ p: level(1) })]), []);
  assert.match(
    (await warningsOf(statistics, {}, [mesh({ p: level(0.01) })]))[0],
    /^Target p varies by 0\.00\d+ around 101,325, where float32 has steps of 0\.00781/,
  );
  assert.match(
    (await warningsOf(statistics, {}, [mesh({ p: () => 300 })]))[0],
    /^Target p is 300.* at every node of the training data: there is nothing to learn/,
  );
});
