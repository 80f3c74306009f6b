// linear: output = activation(input · weight + bias), or output += input · weight + bias. See linear.ts.
//
// input [rows, inner], weight [inner, columns], bias [columns];
// output [rows, columns], overwritten (accumulated when sizes.accumulate is 1).
//
// One invocation per tile of 8 × 8 outputs, held in registers as four 4 × 4 blocks; tiles are numbered along the
// columns first. Loads beyond an edge repeat the last row or column, stores beyond it are left out.

override WORKGROUP_SIZE = 64u;
const TILE = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  rows: u32,
  inner: u32,
  columns: u32,
  activation: u32,
  accumulate: u32,
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

fn inputs(at: vec4u) -> vec4f {
  return vec4f(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn weights(at: vec4u) -> vec4f {
  return vec4f(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

fn biases(at: vec4u) -> vec4f {
  return vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn storeRow(row: u32, column: u32, sums: vec4f) {
  if (row >= sizes.rows) {
    return;
  }
  let at = sizes.outputOffset + row * sizes.columns + column;
  for (var j = 0u; j < 4u; j++) {
    if (column + j < sizes.columns) {
      var value = sums[j];
      if (sizes.activation == 1u && value < 0.0) {
        value = 0.0;
      }
      if (sizes.accumulate == 1u) {
        value += output[at + j];
      }
      output[at + j] = value;
    }
  }
}

fn store(row: u32, column: u32, block: mat4x4f) {
  storeRow(row, column, block[0]);
  storeRow(row + 1u, column, block[1]);
  storeRow(row + 2u, column, block[2]);
  storeRow(row + 3u, column, block[3]);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linear(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_SIZE + lane;
  let columnTiles = (sizes.columns + TILE - 1u) / TILE;
  let row = tile / columnTiles * TILE;
  let column = tile % columnTiles * TILE;
  if (row >= sizes.rows) {
    return;
  }
  let lastRow = vec4u(sizes.rows - 1u);
  let lastColumn = vec4u(sizes.columns - 1u);
  let upper = sizes.inputOffset + min(row + FOUR, lastRow) * sizes.inner;
  let lower = sizes.inputOffset + min(row + 4u + FOUR, lastRow) * sizes.inner;
  let left = sizes.weightOffset + min(column + FOUR, lastColumn);
  let right = sizes.weightOffset + min(column + 4u + FOUR, lastColumn);
  var upperLeft = outer(vec4f(1.0), biases(sizes.biasOffset + min(column + FOUR, lastColumn)));
  var upperRight = outer(vec4f(1.0), biases(sizes.biasOffset + min(column + 4u + FOUR, lastColumn)));
  var lowerLeft = upperLeft;
  var lowerRight = upperRight;
  for (var k = 0u; k < sizes.inner; k++) {
    let a = inputs(upper + k);
    let b = inputs(lower + k);
    let p = weights(left + k * sizes.columns);
    let q = weights(right + k * sizes.columns);
    upperLeft += outer(a, p);
    upperRight += outer(a, q);
    lowerLeft += outer(b, p);
    lowerRight += outer(b, q);
  }
  store(row, column, upperLeft);
  store(row, column + 4u, upperRight);
  store(row + 4u, column, lowerLeft);
  store(row + 4u, column + 4u, lowerRight);
}
