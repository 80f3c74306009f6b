// Edge attributes on the CPU; see edge_attributes.ts.

import { subtractRows } from "../cpu/vectors.wasm";

export function edgeAttributes(
  senders: usize, receivers: usize, input: usize, decoded: usize, attributes: usize,
  edges: usize, inputs: usize, outputs: usize,
): void {
  const inputBytes = inputs * 4, outputBytes = outputs * 4;
  for (let e: usize = 0; e < edges; e++) {
    const sender = <usize> load<u32>(senders + e * 4),
      receiver = <usize> load<u32>(receivers + e * 4);
    subtractRows(input + receiver * inputBytes, input + sender * inputBytes, attributes, inputs);
    attributes += inputBytes;
    subtractRows(
      decoded + receiver * outputBytes, decoded + sender * outputBytes, attributes, outputs,
    );
    attributes += outputBytes;
  }
}
