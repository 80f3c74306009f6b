// linearBackwardWeight: the partial sums of inputᵀ · outputGradient over consecutive parts of the rows. See linear.ts;
// sum_parts.wgsl adds the parts to the weight gradient, in their order.
//
// input [rows, inner], outputGradient [rows, columns]; partials [parts, inner, columns], overwritten.
//
// One invocation per part and tile of 8 × 8 outputs. Within a part, every CHUNK rows are summed on their own first, so
// that rounding errors grow with the chunk and the number of chunks, not with their product.

override WORKGROUP_SIZE = 64u;
override CHUNK = 64u;
const TILE = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  rows: u32,
  inner: u32,
  columns: u32,
  parts: u32,
  inputOffset: u32,
  outputGradientOffset: u32,
  partialsOffset: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> outputGradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn inputs(at: vec4u) -> vec4f {
  return vec4f(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn outputGradients(at: vec4u) -> vec4f {
  return vec4f(outputGradient[at.x], outputGradient[at.y], outputGradient[at.z], outputGradient[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn storeRow(part: u32, k: u32, column: u32, sums: vec4f) {
  if (k >= sizes.inner) {
    return;
  }
  let at = sizes.partialsOffset + (part * sizes.inner + k) * sizes.columns + column;
  for (var j = 0u; j < 4u; j++) {
    if (column + j < sizes.columns) {
      partials[at + j] = sums[j];
    }
  }
}

fn store(part: u32, k: u32, column: u32, block: mat4x4f) {
  storeRow(part, k, column, block[0]);
  storeRow(part, k + 1u, column, block[1]);
  storeRow(part, k + 2u, column, block[2]);
  storeRow(part, k + 3u, column, block[3]);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linearBackwardWeight(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_SIZE + lane;
  let innerTiles = (sizes.inner + TILE - 1u) / TILE;
  let columnTiles = (sizes.columns + TILE - 1u) / TILE;
  let part = index / (innerTiles * columnTiles);
  let tile = index % (innerTiles * columnTiles);
  if (part >= sizes.parts) {
    return;
  }
  let k = tile / columnTiles * TILE;
  let column = tile % columnTiles * TILE;
  let partRows = (sizes.rows + sizes.parts - 1u) / sizes.parts;
  let start = min(part * partRows, sizes.rows);
  let end = min(start + partRows, sizes.rows);

  let lastInner = vec4u(sizes.inner - 1u);
  let lastColumn = vec4u(sizes.columns - 1u);
  let upper = sizes.inputOffset + min(k + FOUR, lastInner);
  let lower = sizes.inputOffset + min(k + 4u + FOUR, lastInner);
  let left = sizes.outputGradientOffset + min(column + FOUR, lastColumn);
  let right = sizes.outputGradientOffset + min(column + 4u + FOUR, lastColumn);
  var upperLeft = mat4x4f();
  var upperRight = mat4x4f();
  var lowerLeft = mat4x4f();
  var lowerRight = mat4x4f();
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkUpperLeft = mat4x4f();
    var chunkUpperRight = mat4x4f();
    var chunkLowerLeft = mat4x4f();
    var chunkLowerRight = mat4x4f();
    for (var row = chunk; row < min(chunk + CHUNK, end); row++) {
      let a = inputs(upper + row * sizes.inner);
      let b = inputs(lower + row * sizes.inner);
      let p = outputGradients(left + row * sizes.columns);
      let q = outputGradients(right + row * sizes.columns);
      chunkUpperLeft += outer(a, p);
      chunkUpperRight += outer(a, q);
      chunkLowerLeft += outer(b, p);
      chunkLowerRight += outer(b, q);
    }
    upperLeft += chunkUpperLeft;
    upperRight += chunkUpperRight;
    lowerLeft += chunkLowerLeft;
    lowerRight += chunkLowerRight;
  }
  store(part, k, column, upperLeft);
  store(part, k, column + 4u, upperRight);
  store(part, k + 4u, column, lowerLeft);
  store(part, k + 4u, column + 4u, lowerRight);
}
