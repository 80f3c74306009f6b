// layerNormBackwardInput: the gradient of layerNorm in its input. See layer_norm.ts.
//
// input, outputGradient [rows, width], weight [width]; inputGradient [rows, width], overwritten.
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
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let row = workgroupIndex * WORKGROUP_SIZE + lane;
  if (row >= sizes.rows) {
    return;
  }
  let width = f32(sizes.width);
  let start = sizes.inputOffset + row * sizes.width;
  var mean = 0.0;
  for (var f = 0u; f < sizes.width; f++) {
    mean += input[start + f];
  }
  mean /= width;
  var variance = 0.0;
  for (var f = 0u; f < sizes.width; f++) {
    let difference = input[start + f] - mean;
    variance += difference * difference;
  }
  let scale = 1.0 / sqrt(variance / width + EPSILON);
  let gradientStart = sizes.outputGradientOffset + row * sizes.width;
  var sum = 0.0;
  var projection = 0.0;
  for (var f = 0u; f < sizes.width; f++) {
    let g = outputGradient[gradientStart + f] * weight[sizes.weightOffset + f];
    sum += g;
    projection += g * (input[start + f] - mean) * scale;
  }
  for (var f = 0u; f < sizes.width; f++) {
    let normal = (input[start + f] - mean) * scale;
    let g = outputGradient[gradientStart + f] * weight[sizes.weightOffset + f];
    inputGradient[sizes.inputGradientOffset + row * sizes.width + f] =
      scale * (g - (sum + normal * projection) / width);
  }
}
