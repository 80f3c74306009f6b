// Edge attributes with both ends on the CPU; see edge_ends.ts.

import { copyRow, subtractRows } from "../cpu/vectors.wasm";

export function edgeEnds(
  senders: usize, receivers: usize, input: usize, decoded: usize, attributes: usize,
  edges: usize, inputs: usize, outputs: usize, dimensions: usize,
): void {
  const inputBytes = inputs * 4, outputBytes = outputs * 4, coordinateBytes = dimensions * 4,
    others = inputs - dimensions;
  for (let e: usize = 0; e < edges; e++) {
    const sender = <usize> load<u32>(senders + e * 4),
      receiver = <usize> load<u32>(receivers + e * 4),
      senderInput = input + sender * inputBytes,
      receiverInput = input + receiver * inputBytes;
    subtractRows(receiverInput, senderInput, attributes, inputs);
    let squares: f32 = 0;
    for (let k: usize = 0; k < coordinateBytes; k += 4) {
      const difference = load<f32>(attributes + k);
      squares += difference * difference;
    }
    attributes += inputBytes;
    subtractRows(
      decoded + receiver * outputBytes, decoded + sender * outputBytes, attributes, outputs,
    );
    attributes += outputBytes;
    store<f32>(attributes, sqrt<f32>(squares));
    attributes += 4;
    copyRow(receiverInput + coordinateBytes, attributes, others);
    attributes += others * 4;
    copyRow(senderInput + coordinateBytes, attributes, others);
    attributes += others * 4;
  }
}
