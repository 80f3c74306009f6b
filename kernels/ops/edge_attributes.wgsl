// edgeAttributes: [input_i - input_j, decoded_i - decoded_j] for the edge from sender j to
// receiver i. See edge_attributes.ts.
//
// senders, receivers [edges], input [nodes, inputs], decoded [nodes, outputs];
// attributes [edges, inputs + outputs], overwritten.
//
// One invocation per attribute.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  edges: u32,
  inputs: u32,
  outputs: u32,
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

@compute @workgroup_size(WORKGROUP_SIZE)
fn edgeAttributes(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let width = sizes.inputs + sizes.outputs;
  let edge = index / width;
  let k = index % width;
  if (edge >= sizes.edges) {
    return;
  }
  let i = receivers[sizes.receiversOffset + edge];
  let j = senders[sizes.sendersOffset + edge];
  var difference = 0.0;
  if (k < sizes.inputs) {
    let at = sizes.inputOffset + k;
    difference = input[at + i * sizes.inputs] - input[at + j * sizes.inputs];
  } else {
    let at = sizes.decodedOffset + k - sizes.inputs;
    difference = decoded[at + i * sizes.outputs] - decoded[at + j * sizes.outputs];
  }
  attributes[sizes.attributesOffset + index] = difference;
}
