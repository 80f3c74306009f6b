// layerNorm: output = (input - mean) / sqrt(variance + epsilon) · weight + bias, by row. See
// layer_norm.ts.
//
// input [rows, width], weight, bias [width]; output [rows, width], overwritten.
//
// One invocation per row.

override WORKGROUP_SIZE = 64u;
const EPSILON = 1e-5;

struct Sizes {
  firstWorkgroup: u32,
  rows: u32,
  width: u32,
  inputOffset: u32,
  weightOffset: u32,
  biasOffset: u32,
  outputOffset: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn layerNorm(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let row = workgroupIndex * WORKGROUP_SIZE + lane;
  if (row >= sizes.rows) {
    return;
  }
  let start = sizes.inputOffset + row * sizes.width;
  var mean = 0.0;
  for (var f = 0u; f < sizes.width; f++) {
    mean += input[start + f];
  }
  mean /= f32(sizes.width);
  var variance = 0.0;
  for (var f = 0u; f < sizes.width; f++) {
    let difference = input[start + f] - mean;
    variance += difference * difference;
  }
  let scale = 1.0 / sqrt(variance / f32(sizes.width) + EPSILON);
  for (var f = 0u; f < sizes.width; f++) {
    let normal = (input[start + f] - mean) * scale;
    output[sizes.outputOffset + row * sizes.width + f] =
      normal * weight[sizes.weightOffset + f] + bias[sizes.biasOffset + f];
  }
}
