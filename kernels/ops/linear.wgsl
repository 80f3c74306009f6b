// linear: output = activation(input · weight + bias), or output += input · weight + bias. See
// linear.ts.
//
// input [rows, inner], weight [inner, columns], bias [columns];
// output [rows, columns], overwritten (accumulated if sizes.accumulate is 1).
//
// One invocation per tile of TILE_ROWS × TILE_COLUMNS outputs (4 or 8 each), held in registers as
// blocks of 4 × 4. If DEPTH is 0, every invocation reads its operands from storage; tiles are
// numbered by row, then column. Otherwise a workgroup has GROUP_COLUMNS tiles per row and stages
// DEPTH terms of its sums at a time in its memory. In both cases the terms of a sum are added in
// order. Loads beyond an edge repeat the last row or column, stores beyond it are skipped.

override WORKGROUP_SIZE = 64u;
override TILE_ROWS = 8u;
override TILE_COLUMNS = 8u;
override GROUP_COLUMNS = 4u;
override DEPTH = 0u;
override GROUP_ROWS = WORKGROUP_SIZE / GROUP_COLUMNS;
// Blocks of four rows or columns that a workgroup stages per term, and one unused block to avoid
// bank conflicts.
override STAGED_ROWS = GROUP_ROWS * TILE_ROWS / 4u + 1u;
override STAGED_COLUMNS = GROUP_COLUMNS * TILE_COLUMNS / 4u + 1u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  firstWorkgroup: u32,
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

var<workgroup> stagedInput: array<vec4f, DEPTH * STAGED_ROWS + 1u>;
var<workgroup> stagedWeight: array<vec4f, DEPTH * STAGED_COLUMNS + 1u>;

struct Tile {
  upperLeft: mat4x4f,
  upperRight: mat4x4f,
  lowerLeft: mat4x4f,
  lowerRight: mat4x4f,
}

// The starts of four rows of the input.
fn inputStarts(row: u32) -> vec4u {
  return sizes.inputOffset + min(row + FOUR, vec4u(sizes.rows - 1u)) * sizes.inner;
}

// The starts of four columns of the weight.
fn weightStarts(column: u32) -> vec4u {
  return sizes.weightOffset + min(column + FOUR, vec4u(sizes.columns - 1u));
}

fn inputs(at: vec4u) -> vec4f {
  return vec4f(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn weights(at: vec4u) -> vec4f {
  return vec4f(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

fn biases(column: u32) -> vec4f {
  let at = sizes.biasOffset + min(column + FOUR, vec4u(sizes.columns - 1u));
  return vec4f(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

// A tile of sums that begin with the bias.
fn firstSums(column: u32) -> Tile {
  let left = outer(vec4f(1.0), biases(column));
  let right = outer(vec4f(1.0), biases(column + 4u));
  return Tile(left, right, left, right);
}

// Adds one term: a and b are its upper and lower four rows, p and q its left and right four
// columns.
fn addTerm(sums: ptr<function, Tile>, a: vec4f, b: vec4f, p: vec4f, q: vec4f) {
  (*sums).upperLeft += outer(a, p);
  if (TILE_COLUMNS > 4u) {
    (*sums).upperRight += outer(a, q);
  }
  if (TILE_ROWS > 4u) {
    (*sums).lowerLeft += outer(b, p);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    (*sums).lowerRight += outer(b, q);
  }
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

fn storeBlock(row: u32, column: u32, block: mat4x4f) {
  storeRow(row, column, block[0]);
  storeRow(row + 1u, column, block[1]);
  storeRow(row + 2u, column, block[2]);
  storeRow(row + 3u, column, block[3]);
}

fn store(row: u32, column: u32, sums: Tile) {
  storeBlock(row, column, sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeBlock(row, column + 4u, sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeBlock(row + 4u, column, sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeBlock(row + 4u, column + 4u, sums.lowerRight);
  }
}

// The tile `index`, read from storage.
fn directTile(index: u32) {
  let columnTiles = (sizes.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let row = index / columnTiles * TILE_ROWS;
  let column = index % columnTiles * TILE_COLUMNS;
  if (row >= sizes.rows) {
    return;
  }
  let upper = inputStarts(row);
  let lower = inputStarts(row + 4u);
  let left = weightStarts(column);
  let right = weightStarts(column + 4u);
  var sums = firstSums(column);
  for (var k = 0u; k < sizes.inner; k++) {
    let across = k * sizes.columns;
    addTerm(
      &sums, inputs(upper + k), inputs(lower + k), weights(left + across), weights(right + across),
    );
  }
  store(row, column, sums);
}

// The tile `lane` of a workgroup, read from what the workgroup stages.
fn stagedTile(group: u32, lane: u32) {
  let groupWidth = GROUP_COLUMNS * TILE_COLUMNS;
  let columnGroups = (sizes.columns + groupWidth - 1u) / groupWidth;
  let groupRow = group / columnGroups * (GROUP_ROWS * TILE_ROWS);
  let groupColumn = group % columnGroups * (GROUP_COLUMNS * TILE_COLUMNS);
  let rowInGroup = lane / GROUP_COLUMNS * TILE_ROWS;
  let columnInGroup = lane % GROUP_COLUMNS * TILE_COLUMNS;
  var sums = firstSums(groupColumn + columnInGroup);
  for (var first = 0u; first < sizes.inner; first += DEPTH) {
    let depth = min(DEPTH, sizes.inner - first);
    workgroupBarrier();
    for (var i = lane; i < (STAGED_ROWS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
      let k = i % DEPTH;
      let block = i / DEPTH;
      stagedInput[k * STAGED_ROWS + block] = inputs(
        inputStarts(groupRow + 4u * block) + first + min(k, depth - 1u),
      );
    }
    for (var i = lane; i < (STAGED_COLUMNS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
      let k = i / (STAGED_COLUMNS - 1u);
      let block = i % (STAGED_COLUMNS - 1u);
      let across = (first + min(k, depth - 1u)) * sizes.columns;
      stagedWeight[k * STAGED_COLUMNS + block] = weights(
        weightStarts(groupColumn + 4u * block) + across,
      );
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      let upper = k * STAGED_ROWS + rowInGroup / 4u;
      let left = k * STAGED_COLUMNS + columnInGroup / 4u;
      addTerm(
        &sums, stagedInput[upper], stagedInput[upper + 1u], stagedWeight[left],
        stagedWeight[left + 1u],
      );
    }
  }
  store(groupRow + rowInGroup, groupColumn + columnInGroup, sums);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linear(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  if (DEPTH == 0u) {
    directTile(group * WORKGROUP_SIZE + lane);
  } else {
    stagedTile(group, lane);
  }
}
