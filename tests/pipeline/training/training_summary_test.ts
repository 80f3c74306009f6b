import assert from "node:assert/strict";
import { GIVEN_GRAPH } from "../../../pipeline/batches/graph_rows.ts";
import { graphSettings } from "../../../pipeline/training/training_summary.ts";

Deno.test("graphSettings() names the rule of the edges and the options that it has", () => {
  const rule = { radius: 0, maxEdges: 8, sampledNodes: 0 };
  assert.deepEqual(graphSettings({ ...rule, edges: "radius", radius: 0.5, sampledNodes: 100 }), {
    edges: "radius",
    radius: 0.5,
    maxEdges: 8,
    sampledNodes: 100,
  });
  assert.deepEqual(graphSettings({ ...rule, edges: "nearest" }), {
    edges: "nearest",
    maxEdges: 8,
    sampledNodes: "all",
  });
  assert.deepEqual(graphSettings({ ...GIVEN_GRAPH, sampledNodes: 50 }), {
    edges: "given",
    sampledNodes: 50,
  });
});
