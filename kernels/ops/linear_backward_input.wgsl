// linearBackwardInput: inputGradient = outputGradient · weightᵀ, optionally masked and accumulated.
// See linear.ts.
//
// outputGradient [rows, columns], weight [inner, columns], input [rows, inner];
// inputGradient [rows, inner], overwritten (accumulated if sizes.accumulate is 1).
//
// Tiles as in linear.wgsl: TILE_ROWS rows × TILE_COLUMNS columns of the input gradient, read from
// storage (DEPTH 0) or staged by the workgroup.

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

var<workgroup> stagedGradient: array<vec4f, DEPTH * STAGED_ROWS + 1u>;
var<workgroup> stagedWeight: array<vec4f, DEPTH * STAGED_COLUMNS + 1u>;

struct Tile {
  upperLeft: mat4x4f,
  upperRight: mat4x4f,
  lowerLeft: mat4x4f,
  lowerRight: mat4x4f,
}

// The starts of four rows of the output gradient.
fn gradientStarts(row: u32) -> vec4u {
  return sizes.outputGradientOffset + min(row + FOUR, vec4u(sizes.rows - 1u)) * sizes.columns;
}

// The starts of four rows of the weight: columns of its transpose.
fn weightStarts(k: u32) -> vec4u {
  return sizes.weightOffset + min(k + FOUR, vec4u(sizes.inner - 1u)) * sizes.columns;
}

fn outputGradients(at: vec4u) -> vec4f {
  return vec4f(
    outputGradient[at.x], outputGradient[at.y], outputGradient[at.z], outputGradient[at.w],
  );
}

fn weights(at: vec4u) -> vec4f {
  return vec4f(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
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

fn storeBlock(row: u32, k: u32, block: mat4x4f) {
  storeRow(row, k, block[0]);
  storeRow(row + 1u, k, block[1]);
  storeRow(row + 2u, k, block[2]);
  storeRow(row + 3u, k, block[3]);
}

fn store(row: u32, k: u32, sums: Tile) {
  storeBlock(row, k, sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeBlock(row, k + 4u, sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeBlock(row + 4u, k, sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeBlock(row + 4u, k + 4u, sums.lowerRight);
  }
}

// The tile `index`, read from storage.
fn directTile(index: u32) {
  let columnTiles = (sizes.inner + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let row = index / columnTiles * TILE_ROWS;
  let k = index % columnTiles * TILE_COLUMNS;
  if (row >= sizes.rows) {
    return;
  }
  let upper = gradientStarts(row);
  let lower = gradientStarts(row + 4u);
  let left = weightStarts(k);
  let right = weightStarts(k + 4u);
  var sums = Tile();
  for (var column = 0u; column < sizes.columns; column++) {
    addTerm(
      &sums,
      outputGradients(upper + column),
      outputGradients(lower + column),
      weights(left + column),
      weights(right + column),
    );
  }
  store(row, k, sums);
}

// The tile `lane` of a workgroup, read from what the workgroup stages.
fn stagedTile(group: u32, lane: u32) {
  let groupWidth = GROUP_COLUMNS * TILE_COLUMNS;
  let columnGroups = (sizes.inner + groupWidth - 1u) / groupWidth;
  let groupRow = group / columnGroups * (GROUP_ROWS * TILE_ROWS);
  let groupColumn = group % columnGroups * (GROUP_COLUMNS * TILE_COLUMNS);
  let rowInGroup = lane / GROUP_COLUMNS * TILE_ROWS;
  let columnInGroup = lane % GROUP_COLUMNS * TILE_COLUMNS;
  var sums = Tile();
  for (var first = 0u; first < sizes.columns; first += DEPTH) {
    let depth = min(DEPTH, sizes.columns - first);
    workgroupBarrier();
    for (var i = lane; i < (STAGED_ROWS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
      let term = i % DEPTH;
      let block = i / DEPTH;
      let column = first + min(term, depth - 1u);
      stagedGradient[term * STAGED_ROWS + block] = outputGradients(
        gradientStarts(groupRow + 4u * block) + column,
      );
    }
    for (var i = lane; i < (STAGED_COLUMNS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
      let term = i % DEPTH;
      let block = i / DEPTH;
      let column = first + min(term, depth - 1u);
      stagedWeight[term * STAGED_COLUMNS + block] = weights(
        weightStarts(groupColumn + 4u * block) + column,
      );
    }
    workgroupBarrier();
    for (var term = 0u; term < depth; term++) {
      let upper = term * STAGED_ROWS + rowInGroup / 4u;
      let left = term * STAGED_COLUMNS + columnInGroup / 4u;
      addTerm(
        &sums, stagedGradient[upper], stagedGradient[upper + 1u], stagedWeight[left],
        stagedWeight[left + 1u],
      );
    }
  }
  store(groupRow + rowInGroup, groupColumn + columnInGroup, sums);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linearBackwardInput(
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
