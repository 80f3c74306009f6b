// layerNormBackwardInput with subgroups: the gradient of layerNorm in its input. See layer_norm.ts.
//
// input, outputGradient [rows, width], weight [width]; inputGradient [rows, width], overwritten.
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
  outputGradientOffset: u32,
  inputGradientOffset: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> outputGradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> inputGradient: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn layerNormBackwardInput(
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
    let gradientStart = sizes.outputGradientOffset + row * sizes.width;
    var sumPart = 0.0;
    var projectionPart = 0.0;
    for (var f = lane; f < sizes.width; f += lanes) {
      let g = outputGradient[gradientStart + f] * weight[sizes.weightOffset + f];
      sumPart += g;
      projectionPart += g * (input[start + f] - mean) * scale;
    }
    let sum = subgroupAdd(sumPart);
    let projection = subgroupAdd(projectionPart);
    for (var f = lane; f < sizes.width; f += lanes) {
      let normal = (input[start + f] - mean) * scale;
      let g = outputGradient[gradientStart + f] * weight[sizes.weightOffset + f];
      inputGradient[sizes.inputGradientOffset + row * sizes.width + f] =
        scale * (g - (sum + normal * projection) / width);
    }
  }
}
