// linear: output = activation(input · weight + bias), or output += input · weight + bias. See linear.ts.
//
// input [rows, inner], weight [inner, columns], bias [columns];
// output [rows, columns], overwritten (accumulated when sizes.accumulate is 1).
//
// One invocation per tile of 8 × 8 outputs, held in registers as four 4 × 4 blocks; tiles are numbered along the
// columns first. Loads beyond an edge repeat the last row or column, stores beyond it are left out.

override WORKGROUP_SIZE = 64u;
const TILE = 8u;

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

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

fn store(row: u32, column: u32, block: mat4x4f) {
  var values = block;
  for (var i = 0u; i < min(4u, sizes.rows - min(row, sizes.rows)); i++) {
    for (var j = 0u; j < min(4u, sizes.columns - min(column, sizes.columns)); j++) {
      var value = values[i][j] + bias[sizes.biasOffset + column + j];
      if (sizes.activation == 1u && value < 0.0) {
        value = 0.0;
      }
      let at = sizes.outputOffset + (row + i) * sizes.columns + column + j;
      if (sizes.accumulate == 1u) {
        value += output[at];
      }
      output[at] = value;
    }
  }
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
  let four = vec4u(0u, 1u, 2u, 3u);
  let lastRow = vec4u(sizes.rows - 1u);
  let lastColumn = vec4u(sizes.columns - 1u);
  let upper = sizes.inputOffset + min(row + four, lastRow) * sizes.inner;
  let lower = sizes.inputOffset + min(row + 4u + four, lastRow) * sizes.inner;
  let left = sizes.weightOffset + min(column + four, lastColumn);
  let right = sizes.weightOffset + min(column + 4u + four, lastColumn);
  var upperLeft = mat4x4f();
  var upperRight = mat4x4f();
  var lowerLeft = mat4x4f();
  var lowerRight = mat4x4f();
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
