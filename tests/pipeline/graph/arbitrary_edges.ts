import fc from "fast-check";

/** Directed edges on up to 12 nodes, with self-edges and repeated edges; possibly none. */
export function edgeLists(): fc.Arbitrary<
  { nodeCount: number; senders: number[]; receivers: number[] }
> {
  return fc.nat(12).chain((nodeCount) => {
    const node = fc.nat(Math.max(nodeCount - 1, 0));
    return fc.array(fc.tuple(node, node), { maxLength: nodeCount === 0 ? 0 : 60 }).map((edges) => ({
      nodeCount,
      senders: edges.map(([sender]) => sender),
      receivers: edges.map(([, receiver]) => receiver),
    }));
  });
}
