// layerNorm with subgroups: output = (input - mean) / sqrt(variance + epsilon) · weight + bias, by
// row. See layer_norm.ts.
//
// input [rows, width], weight, bias [width]; output [rows, width], overwritten.
//
// A workgroup has GROUP_ROWS rows, one subgroup takes every so many of them: neighbours read
// neighbouring elements, and subgroupAdd ends the sums. Their order depends on the size of the
// subgroups, which is part of the device's description.

override WORKGROUP_SIZE = 64u;
override GROUP_ROWS = 16u;
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
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) lanes: u32,
) {
  let first = (sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x) * GROUP_ROWS;
  let end = min(first + GROUP_ROWS, sizes.rows);
  let width = f32(sizes.width);
  for (var row = first + subgroup; row < end; row += subgroups) {
    let start = sizes.inputOffset + row * sizes.width;
    var part = 0.0;
    for (var f = lane; f < sizes.width; f += lanes) {
      part += input[start + f];
    }
    let mean = subgroupAdd(part) / width;
    part = 0.0;
    for (var f = lane; f < sizes.width; f += lanes) {
      let difference = input[start + f] - mean;
      part += difference * difference;
    }
    let scale = 1.0 / sqrt(subgroupAdd(part) / width + EPSILON);
    for (var f = lane; f < sizes.width; f += lanes) {
      let normal = (input[start + f] - mean) * scale;
      output[sizes.outputOffset + row * sizes.width + f] =
        normal * weight[sizes.weightOffset + f] + bias[sizes.biasOffset + f];
    }
  }
}
