// linearBackwardInput: inputGradient = outputGradient · weightᵀ, masked and accumulated as asked. See linear.ts.
//
// outputGradient [rows, columns], weight [inner, columns], input [rows, inner];
// inputGradient [rows, inner], overwritten (accumulated when sizes.accumulate is 1).
//
// One invocation per tile of 8 × 8 outputs, as in linear.wgsl.

override WORKGROUP_SIZE = 64u;
const TILE = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  rows: u32,
  inner: u32,
  columns: u32,
  mask: u32,
  accumulate: u32,
  outputGradientOffset: u32,
  weightOffset: u32,
  inputOffset: u32,
  inputGradientOffset: u32,
}

@group(0) @binding(0) var<storage, read> outputGradient: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> input: array<f32>;
@group(0) @binding(3) var<storage, read_write> inputGradient: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

fn outputGradients(at: vec4u) -> vec4f {
  return vec4f(outputGradient[at.x], outputGradient[at.y], outputGradient[at.z], outputGradient[at.w]);
}

fn weights(at: vec4u) -> vec4f {
  return vec4f(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn storeRow(row: u32, k: u32, sums: vec4f) {
  if (row >= sizes.rows) {
    return;
  }
  let element = row * sizes.inner + k;
  let at = sizes.inputGradientOffset + element;
  for (var j = 0u; j < 4u; j++) {
    if (k + j < sizes.inner) {
      var value = sums[j];
      if (sizes.mask == 1u && !(input[sizes.inputOffset + element + j] > 0.0)) {
        value = 0.0;
      }
      if (sizes.accumulate == 1u) {
        value += inputGradient[at + j];
      }
      inputGradient[at + j] = value;
    }
  }
}

fn store(row: u32, k: u32, block: mat4x4f) {
  storeRow(row, k, block[0]);
  storeRow(row + 1u, k, block[1]);
  storeRow(row + 2u, k, block[2]);
  storeRow(row + 3u, k, block[3]);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linearBackwardInput(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_SIZE + lane;
  let innerTiles = (sizes.inner + TILE - 1u) / TILE;
  let row = tile / innerTiles * TILE;
  let k = tile % innerTiles * TILE;
  if (row >= sizes.rows) {
    return;
  }
  let lastRow = vec4u(sizes.rows - 1u);
  let lastInner = vec4u(sizes.inner - 1u);
  let upper = sizes.outputGradientOffset + min(row + FOUR, lastRow) * sizes.columns;
  let lower = sizes.outputGradientOffset + min(row + 4u + FOUR, lastRow) * sizes.columns;
  let left = sizes.weightOffset + min(k + FOUR, lastInner) * sizes.columns;
  let right = sizes.weightOffset + min(k + 4u + FOUR, lastInner) * sizes.columns;
  var upperLeft = mat4x4f();
  var upperRight = mat4x4f();
  var lowerLeft = mat4x4f();
  var lowerRight = mat4x4f();
  for (var column = 0u; column < sizes.columns; column++) {
    let a = outputGradients(upper + column);
    let b = outputGradients(lower + column);
    let p = weights(left + column);
    let q = weights(right + column);
    upperLeft += outer(a, p);
    upperRight += outer(a, q);
    lowerLeft += outer(b, p);
    lowerRight += outer(b, q);
  }
  store(row, k, upperLeft);
  store(row, k + 4u, upperRight);
  store(row + 4u, k, lowerLeft);
  store(row + 4u, k + 4u, lowerRight);
}
