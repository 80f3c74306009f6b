// edgeEnds: [input_i - input_j, decoded_i - decoded_j, |x_i - x_j|, a_i, a_j] for the edge from
// sender j to receiver i, with input = [x, a]. See edge_ends.ts.
//
// senders, receivers [edges], input [nodes, inputs], decoded [nodes, outputs];
// attributes [edges, inputs + outputs + 1 + 2 (inputs - dimensions)], overwritten.
//
// One invocation per attribute.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  edges: u32,
  inputs: u32,
  outputs: u32,
  dimensions: u32,
  sendersOffset: u32,
  receiversOffset: u32,
  inputOffset: u32,
  decodedOffset: u32,
  attributesOffset: u32,
}

@group(0) @binding(0) var<storage, read> senders: array<u32>;
@group(0) @binding(1) var<storage, read> receivers: array<u32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read> decoded: array<f32>;
@group(0) @binding(4) var<storage, read_write> attributes: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

fn inputDifference(i: u32, j: u32, k: u32) -> f32 {
  let at = sizes.inputOffset + k;
  return input[at + i * sizes.inputs] - input[at + j * sizes.inputs];
}

fn attributeOf(i: u32, j: u32, k: u32) -> f32 {
  if (k < sizes.inputs) {
    return inputDifference(i, j, k);
  }
  let output = k - sizes.inputs;
  if (output < sizes.outputs) {
    let at = sizes.decodedOffset + output;
    return decoded[at + i * sizes.outputs] - decoded[at + j * sizes.outputs];
  }
  if (output == sizes.outputs) {
    var squares = 0.0;
    for (var d = 0u; d < sizes.dimensions; d++) {
      let difference = inputDifference(i, j, d);
      squares += difference * difference;
    }
    return sqrt(squares);
  }
  let others = sizes.inputs - sizes.dimensions;
  let other = output - sizes.outputs - 1u;
  let node = select(j, i, other < others);
  return input[sizes.inputOffset + node * sizes.inputs + sizes.dimensions + other % others];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn edgeEnds(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let width = sizes.inputs + sizes.outputs + 1u + 2u * (sizes.inputs - sizes.dimensions);
  let edge = index / width;
  if (edge >= sizes.edges) {
    return;
  }
  let i = receivers[sizes.receiversOffset + edge];
  let j = senders[sizes.sendersOffset + edge];
  attributes[sizes.attributesOffset + index] = attributeOf(i, j, index % width);
}
