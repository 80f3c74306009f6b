import assert from "node:assert/strict";
import { connectNodes, type EdgeRule } from "../../../pipeline/graph/edge_rule.ts";
import { expectedEdges } from "../../../pipeline/graph/expected_edges.ts";
import { fillUniform, hash } from "../../../pipeline/graph/random.ts";

const NODES = 20_000, DIMENSIONS = 2;

Deno.test("graph searches beat every few hundred nodes, and an error of beat ends them", () => {
  const position = fillUniform(hash(7), new Float32Array(NODES * DIMENSIONS));
  const rule = { radius: 0.02, maxEdges: 8 };
  const connect = (edges: EdgeRule["edges"]) => (beat: () => void) =>
    connectNodes(
      position,
      DIMENSIONS,
      { ...rule, edges },
      { seed: 0, epoch: 0, mesh: "square" },
      beat,
    );
  const searches = {
    radius: connect("radius"),
    nearest: connect("nearest"),
    expected: (beat: () => void) =>
      expectedEdges(position, DIMENSIONS, { ...rule, sampledNodes: NODES, beat }),
  };
  for (const [name, search] of Object.entries(searches)) {
    let beats = 0;
    search(() => beats++);
    assert.ok(beats >= NODES / 300, `${name}: ${beats}`);
    const stop = () => {
      throw new Error("stop");
    };
    assert.throws(() => search(stop), { message: "stop" }, name);
  }
});
