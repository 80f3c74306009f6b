// moment: the mean over the edges of each receiver of [hidden, 1] ⊗ latent_sender. See moment.ts.
//
// offsets [receivers + 1], senders [edges], hidden [edges, hiddenWidth], latent [nodes, width];
// moments [receivers, hiddenWidth + 1, width], overwritten (accumulated from the second turn on).
//
// One invocation per receiver and tile of TILE_ROWS × TILE_COLUMNS outputs (4 or 8 each). Every
// CHUNK edges are summed separately first, so that sums over very many edges stay accurate. A call
// has turns: each adds at most TURN_EDGES edges of a receiver, so that a receiver with very many
// edges does not block the device (and loops stay below 65,535 iterations, where llvmpipe ends
// them).

override WORKGROUP_SIZE = 64u;
override TILE_ROWS = 8u;
override TILE_COLUMNS = 8u;
override CHUNK = 64u;
override TURN_EDGES = 61440u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  firstWorkgroup: u32,
  receivers: u32,
  firstEdge: u32,
  hiddenWidth: u32,
  width: u32,
  turn: u32,
  offsetsOffset: u32,
  sendersOffset: u32,
  hiddenOffset: u32,
  latentOffset: u32,
  momentsOffset: u32,
}

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> senders: array<u32>;
@group(0) @binding(2) var<storage, read> hidden: array<f32>;
@group(0) @binding(3) var<storage, read> latent: array<f32>;
@group(0) @binding(4) var<storage, read_write> moments: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

struct Tile {
  upperLeft: mat4x4f,
  upperRight: mat4x4f,
  lowerLeft: mat4x4f,
  lowerRight: mat4x4f,
}

// Four columns of [hidden, 1].
fn hiddens(edge: u32, columns: vec4u) -> vec4f {
  let last = vec4u(max(sizes.hiddenWidth, 1u) - 1u);
  let at = sizes.hiddenOffset + edge * sizes.hiddenWidth + min(columns, last);
  let values = vec4f(hidden[at.x], hidden[at.y], hidden[at.z], hidden[at.w]);
  return select(values, vec4f(1.0), columns >= vec4u(sizes.hiddenWidth));
}

fn latents(at: vec4u) -> vec4f {
  return vec4f(latent[at.x], latent[at.y], latent[at.z], latent[at.w]);
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

// Adds the sums of a chunk to those of the turn.
fn addChunk(sums: ptr<function, Tile>, chunk: Tile) {
  (*sums).upperLeft += chunk.upperLeft;
  (*sums).upperRight += chunk.upperRight;
  (*sums).lowerLeft += chunk.lowerLeft;
  (*sums).lowerRight += chunk.lowerRight;
}

fn storeRow(receiver: u32, c: u32, f: u32, means: vec4f) {
  if (c > sizes.hiddenWidth) {
    return;
  }
  let at = sizes.momentsOffset + (receiver * (sizes.hiddenWidth + 1u) + c) * sizes.width + f;
  for (var j = 0u; j < 4u; j++) {
    if (f + j < sizes.width) {
      if (sizes.turn == 0u) {
        moments[at + j] = means[j];
      } else {
        moments[at + j] += means[j];
      }
    }
  }
}

fn storeBlock(receiver: u32, c: u32, f: u32, block: mat4x4f) {
  storeRow(receiver, c, f, block[0]);
  storeRow(receiver, c + 1u, f, block[1]);
  storeRow(receiver, c + 2u, f, block[2]);
  storeRow(receiver, c + 3u, f, block[3]);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn moment(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let rowTiles = (sizes.hiddenWidth + TILE_ROWS) / TILE_ROWS;
  let columnTiles = (sizes.width + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let receiver = index / (rowTiles * columnTiles);
  let tile = index % (rowTiles * columnTiles);
  if (receiver >= sizes.receivers) {
    return;
  }
  let c = tile / columnTiles * TILE_ROWS;
  let f = tile % columnTiles * TILE_COLUMNS;
  let first = offsets[sizes.offsetsOffset + receiver] - sizes.firstEdge;
  let last = offsets[sizes.offsetsOffset + receiver + 1u] - sizes.firstEdge;
  let start = first + sizes.turn * TURN_EDGES;
  let end = min(last, start + TURN_EDGES);
  if (sizes.turn > 0u && start >= last) {
    return;
  }

  let left = sizes.latentOffset + min(f + FOUR, vec4u(sizes.width - 1u));
  let right = sizes.latentOffset + min(f + 4u + FOUR, vec4u(sizes.width - 1u));
  var sums = Tile();
  for (var chunkStart = start; chunkStart < end; chunkStart += CHUNK) {
    var chunk = Tile();
    for (var edge = chunkStart; edge < min(chunkStart + CHUNK, end); edge++) {
      let row = senders[sizes.sendersOffset + edge] * sizes.width;
      addTerm(
        &chunk,
        hiddens(edge, c + FOUR),
        hiddens(edge, c + 4u + FOUR),
        latents(left + row),
        latents(right + row),
      );
    }
    addChunk(&sums, chunk);
  }
  let scale = 1.0 / f32(max(last - first, 1u));
  storeBlock(receiver, c, f, scale * sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeBlock(receiver, c, f + 4u, scale * sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeBlock(receiver, c + 4u, f, scale * sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeBlock(receiver, c + 4u, f + 4u, scale * sums.lowerRight);
  }
}
