// layerNormBackwardParameters: the partial sums of the gradients of layerNorm in weight and bias
// over consecutive parts of the rows. See layer_norm.ts; sum_parts.wgsl adds the parts to the
// gradients, in order.
//
// input, outputGradient [rows, width]; partials [parts, 2, width] (weight, then bias), overwritten.
//
// One invocation per part and column; each recomputes the mean and variance of its rows. Within a
// part, every CHUNK rows are summed separately first.

override WORKGROUP_SIZE = 64u;
override CHUNK = 32u;
const EPSILON = 1e-5;

struct Sizes {
  firstWorkgroup: u32,
  rows: u32,
  width: u32,
  parts: u32,
  partRows: u32,
  inputOffset: u32,
  outputGradientOffset: u32,
  partialsOffset: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> outputGradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// (input - mean) · scale at column f of a row.
fn normalized(row: u32, f: u32) -> f32 {
  let start = sizes.inputOffset + row * sizes.width;
  var mean = 0.0;
  for (var k = 0u; k < sizes.width; k++) {
    mean += input[start + k];
  }
  mean /= f32(sizes.width);
  var variance = 0.0;
  for (var k = 0u; k < sizes.width; k++) {
    let difference = input[start + k] - mean;
    variance += difference * difference;
  }
  return (input[start + f] - mean) / sqrt(variance / f32(sizes.width) + EPSILON);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn layerNormBackwardParameters(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let part = index / sizes.width;
  let f = index % sizes.width;
  if (part >= sizes.parts) {
    return;
  }
  let start = min(part * sizes.partRows, sizes.rows);
  let end = min(start + sizes.partRows, sizes.rows);
  var weightSum = 0.0;
  var biasSum = 0.0;
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkWeight = 0.0;
    var chunkBias = 0.0;
    for (var row = chunk; row < min(chunk + CHUNK, end); row++) {
      let g = outputGradient[sizes.outputGradientOffset + row * sizes.width + f];
      chunkWeight += g * normalized(row, f);
      chunkBias += g;
    }
    weightSum += chunkWeight;
    biasSum += chunkBias;
  }
  let at = sizes.partialsOffset + part * 2u * sizes.width + f;
  partials[at] = weightSum;
  partials[at + sizes.width] = biasSum;
}
