import assert from "node:assert/strict";
import { createRecordBatch, type RecordBatch } from "../../../io/record_batch.ts";
import partition from "../../../pipeline/stages/partition.ts";
import { MESH } from "../../../pipeline/batches/batch_schemas.ts";
import { runStage } from "../../support/run_stage.ts";
import { meshBatch } from "./meshes.ts";

/** 60 nodes close together, and 40 too far from each other to receive edges. */
function halfDenseMesh(): RecordBatch {
  const mesh = meshBatch("dense", 100);
  const position = mesh.list("position", 0, "float32").slice();
  for (let node = 0; node < 100; node++) {
    position.set(node < 60 ? [node / 1e4, 0] : [node, 0], 2 * node);
  }
  return createRecordBatch(MESH, [{ ...mesh.row(0), position }]);
}

/** Nodes of each of two subdomains. */
async function nodeCounts(balance?: unknown): Promise<number[]> {
  const options = { parts: 2, method: "strips", balance };
  const [batch] = await runStage(partition, options, [halfDenseMesh()]);
  const owner = batch.list("owner", 0, "uint32");
  return [0, 1].map((part) => owner.filter((rank) => rank === part).length);
}

Deno.test("partition gives equal shares of the nodes, or of the predicted cost", async () => {
  assert.deepEqual(await nodeCounts(), [50, 50]);
  assert.deepEqual(await nodeCounts("nodes"), [50, 50]);
  // 60 nodes cost 10 + 10, 40 cost 10: 1600 in all.
  assert.deepEqual(await nodeCounts({ radius: 0.1, maxEdges: 10 }), [40, 60]);
  // Without a cost of their own, nodes without edges weigh nothing.
  assert.deepEqual(await nodeCounts({ radius: 0.1, maxEdges: 10, nodeCost: 0 }), [30, 70]);
  // A sample of 34 has a third of the 59 others.
  assert.deepEqual(await nodeCounts({ radius: 0.1, maxEdges: 64, nodes: 34, nodeCost: 20 }), [
    40,
    60,
  ]);
});

Deno.test("partition divides each mesh by its own positions, also after an equal one", async () => {
  const [a, b] = [meshBatch("a", 80), meshBatch("b", 80)];
  const again = createRecordBatch(MESH, [{ ...b.row(0), position: a.list("position", 0) }]);
  const options = { parts: 3, order: true };
  const divided = (meshes: readonly RecordBatch[]) => runStage(partition, options, meshes);
  const together = await divided([a, again, b, a]);
  const alone = await Promise.all([a, again, b, a].map((mesh) => divided([mesh])));
  for (const [k, batch] of together.entries()) assert.deepEqual(batch.row(0), alone[k][0].row(0));
  const orders = together.map((batch) => batch.list("order", 0, "uint32"));
  assert.deepEqual(orders[1], orders[0]);
  assert.notDeepEqual(orders[2], orders[0]);
});

Deno.test("partition refuses an unknown balance", () => {
  const { success } = partition.options.safeParse({ balance: "edges" });
  assert.equal(success, false);
  assert.equal(partition.options.safeParse({ balance: { radius: 0, maxEdges: 3 } }).success, false);
});
