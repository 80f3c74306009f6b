// linearBackwardWeight: the partial sums of inputᵀ · outputGradient over consecutive parts of the
// rows. See linear.ts; sum_parts.wgsl adds the parts to the weight gradient, in order.
//
// input [rows, inner], outputGradient [rows, columns];
// partials [parts, inner, columns], overwritten.
//
// Tiles as in linear.wgsl, one set for each part: TILE_ROWS rows × TILE_COLUMNS columns of the
// weight gradient, read from storage (DEPTH 0) or staged by the workgroup (DEPTH divides CHUNK).
// Within a part, every CHUNK rows are summed separately first, so that rounding errors grow with
// the size and the number of chunks, not with their product.

override WORKGROUP_SIZE = 64u;
override TILE_ROWS = 8u;
override TILE_COLUMNS = 8u;
override GROUP_COLUMNS = 4u;
override CHUNK = 64u;
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

var<workgroup> stagedInput: array<vec4f, DEPTH * STAGED_ROWS + 1u>;
var<workgroup> stagedGradient: array<vec4f, DEPTH * STAGED_COLUMNS + 1u>;

struct Tile {
  upperLeft: mat4x4f,
  upperRight: mat4x4f,
  lowerLeft: mat4x4f,
  lowerRight: mat4x4f,
}

// The starts of four columns of the input: rows of its transpose.
fn inputStarts(k: u32) -> vec4u {
  return sizes.inputOffset + min(k + FOUR, vec4u(sizes.inner - 1u));
}

// The starts of four columns of the output gradient.
fn gradientStarts(column: u32) -> vec4u {
  return sizes.outputGradientOffset + min(column + FOUR, vec4u(sizes.columns - 1u));
}

fn inputs(at: vec4u) -> vec4f {
  return vec4f(input[at.x], input[at.y], input[at.z], input[at.w]);
}

fn outputGradients(at: vec4u) -> vec4f {
  return vec4f(
    outputGradient[at.x], outputGradient[at.y], outputGradient[at.z], outputGradient[at.w],
  );
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

// Adds the sums of a chunk to those of the part.
fn addChunk(sums: ptr<function, Tile>, chunk: Tile) {
  (*sums).upperLeft += chunk.upperLeft;
  (*sums).upperRight += chunk.upperRight;
  (*sums).lowerLeft += chunk.lowerLeft;
  (*sums).lowerRight += chunk.lowerRight;
}

// The rows of a part: the first, and the one after the last.
fn rowsOf(part: u32) -> vec2u {
  let start = min(part * sizes.partRows, sizes.rows);
  return vec2u(start, min(start + sizes.partRows, sizes.rows));
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

fn storeBlock(part: u32, k: u32, column: u32, block: mat4x4f) {
  storeRow(part, k, column, block[0]);
  storeRow(part, k + 1u, column, block[1]);
  storeRow(part, k + 2u, column, block[2]);
  storeRow(part, k + 3u, column, block[3]);
}

fn store(part: u32, k: u32, column: u32, sums: Tile) {
  storeBlock(part, k, column, sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeBlock(part, k, column + 4u, sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeBlock(part, k + 4u, column, sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeBlock(part, k + 4u, column + 4u, sums.lowerRight);
  }
}

// The tile `index`, read from storage.
fn directTile(index: u32) {
  let innerTiles = (sizes.inner + TILE_ROWS - 1u) / TILE_ROWS;
  let columnTiles = (sizes.columns + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let part = index / (innerTiles * columnTiles);
  let tile = index % (innerTiles * columnTiles);
  if (part >= sizes.parts) {
    return;
  }
  let k = tile / columnTiles * TILE_ROWS;
  let column = tile % columnTiles * TILE_COLUMNS;
  let rows = rowsOf(part);
  let upper = inputStarts(k);
  let lower = inputStarts(k + 4u);
  let left = gradientStarts(column);
  let right = gradientStarts(column + 4u);
  var sums = Tile();
  for (var start = rows.x; start < rows.y; start += CHUNK) {
    var chunk = Tile();
    for (var row = start; row < min(start + CHUNK, rows.y); row++) {
      let down = row * sizes.inner;
      let across = row * sizes.columns;
      addTerm(
        &chunk,
        inputs(upper + down),
        inputs(lower + down),
        outputGradients(left + across),
        outputGradients(right + across),
      );
    }
    addChunk(&sums, chunk);
  }
  store(part, k, column, sums);
}

// The tile `lane` of a workgroup, read from what the workgroup stages.
fn stagedTile(group: u32, lane: u32) {
  let rowGroups = (sizes.inner + GROUP_ROWS * TILE_ROWS - 1u) / (GROUP_ROWS * TILE_ROWS);
  let groupWidth = GROUP_COLUMNS * TILE_COLUMNS;
  let columnGroups = (sizes.columns + groupWidth - 1u) / groupWidth;
  let part = group / (rowGroups * columnGroups);
  let tileGroup = group % (rowGroups * columnGroups);
  let groupRow = tileGroup / columnGroups * (GROUP_ROWS * TILE_ROWS);
  let groupColumn = tileGroup % columnGroups * (GROUP_COLUMNS * TILE_COLUMNS);
  let rowInGroup = lane / GROUP_COLUMNS * TILE_ROWS;
  let columnInGroup = lane % GROUP_COLUMNS * TILE_COLUMNS;
  let rows = rowsOf(part);
  var sums = Tile();
  for (var start = rows.x; start < rows.y; start += CHUNK) {
    var chunk = Tile();
    let end = min(start + CHUNK, rows.y);
    for (var first = start; first < end; first += DEPTH) {
      let depth = min(DEPTH, end - first);
      workgroupBarrier();
      for (var i = lane; i < (STAGED_ROWS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
        let term = i / (STAGED_ROWS - 1u);
        let block = i % (STAGED_ROWS - 1u);
        let down = (first + min(term, depth - 1u)) * sizes.inner;
        stagedInput[term * STAGED_ROWS + block] = inputs(inputStarts(groupRow + 4u * block) + down);
      }
      for (var i = lane; i < (STAGED_COLUMNS - 1u) * DEPTH; i += WORKGROUP_SIZE) {
        let term = i / (STAGED_COLUMNS - 1u);
        let block = i % (STAGED_COLUMNS - 1u);
        let across = (first + min(term, depth - 1u)) * sizes.columns;
        let starts = gradientStarts(groupColumn + 4u * block);
        stagedGradient[term * STAGED_COLUMNS + block] = outputGradients(starts + across);
      }
      workgroupBarrier();
      for (var term = 0u; term < depth; term++) {
        let upper = term * STAGED_ROWS + rowInGroup / 4u;
        let left = term * STAGED_COLUMNS + columnInGroup / 4u;
        addTerm(
          &chunk, stagedInput[upper], stagedInput[upper + 1u], stagedGradient[left],
          stagedGradient[left + 1u],
        );
      }
    }
    addChunk(&sums, chunk);
  }
  if (part < sizes.parts) {
    store(part, groupRow + rowInGroup, groupColumn + columnInGroup, sums);
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn linearBackwardWeight(
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
