// momentBackward: the gradients of moment in hidden and in the senders' latents. See moment.ts.
//
// offsets [receivers + 1], senders [edges], hidden [edges, hiddenWidth], latent [nodes, width],
// momentGradient [receivers, hiddenWidth + 1, width];
// hiddenGradient [edges, hiddenWidth] and messageGradient [edges, width], overwritten.
//
// One invocation per tile of TILE_ROWS edges × TILE_COLUMNS columns (4 or 8 each), first the tiles
// of the hidden gradient, then those of the message gradient, so that the work of an invocation
// does not grow with the degree. A tile is processed in segments of edges with one receiver.

override WORKGROUP_SIZE = 64u;
override TILE_ROWS = 8u;
override TILE_COLUMNS = 8u;
const FOUR = vec4u(0u, 1u, 2u, 3u);

struct Sizes {
  firstWorkgroup: u32,
  receivers: u32,
  firstEdge: u32,
  hiddenWidth: u32,
  width: u32,
  edges: u32,
  offsetsOffset: u32,
  sendersOffset: u32,
  hiddenOffset: u32,
  latentOffset: u32,
  momentGradientOffset: u32,
  hiddenGradientOffset: u32,
  messageGradientOffset: u32,
}

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> senders: array<u32>;
@group(0) @binding(2) var<storage, read> hidden: array<f32>;
@group(0) @binding(3) var<storage, read> latent: array<f32>;
@group(0) @binding(4) var<storage, read> momentGradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> hiddenGradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> messageGradient: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

struct Tile {
  upperLeft: mat4x4f,
  upperRight: mat4x4f,
  lowerLeft: mat4x4f,
  lowerRight: mat4x4f,
}

fn hiddens(at: vec4u) -> vec4f {
  return vec4f(hidden[at.x], hidden[at.y], hidden[at.z], hidden[at.w]);
}

fn latents(at: vec4u) -> vec4f {
  return vec4f(latent[at.x], latent[at.y], latent[at.z], latent[at.w]);
}

fn momentGradients(at: vec4u) -> vec4f {
  return vec4f(
    momentGradient[at.x], momentGradient[at.y], momentGradient[at.z], momentGradient[at.w],
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

// The first receiver whose edges end after `edge`.
fn receiverOf(edge: u32) -> u32 {
  var low = 0u;
  var high = sizes.receivers;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (edgeStart(middle + 1u) <= edge) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

// The first edge of a receiver within the block.
fn edgeStart(receiver: u32) -> u32 {
  return offsets[sizes.offsetsOffset + receiver] - sizes.firstEdge;
}

fn momentGradientStart(receiver: u32) -> u32 {
  return sizes.momentGradientOffset + receiver * (sizes.hiddenWidth + 1u) * sizes.width;
}

fn storeHiddenRow(edge: u32, end: u32, c: u32, sums: vec4f) {
  if (edge >= end) {
    return;
  }
  let element = edge * sizes.hiddenWidth + c;
  for (var j = 0u; j < 4u; j++) {
    if (c + j < sizes.hiddenWidth) {
      let open = hidden[sizes.hiddenOffset + element + j] > 0.0;
      hiddenGradient[sizes.hiddenGradientOffset + element + j] = select(0.0, sums[j], open);
    }
  }
}

fn storeHidden(edge: u32, end: u32, c: u32, block: mat4x4f) {
  storeHiddenRow(edge, end, c, block[0]);
  storeHiddenRow(edge + 1u, end, c, block[1]);
  storeHiddenRow(edge + 2u, end, c, block[2]);
  storeHiddenRow(edge + 3u, end, c, block[3]);
}

fn storeMessageRow(edge: u32, end: u32, f: u32, sums: vec4f) {
  if (edge >= end) {
    return;
  }
  let at = sizes.messageGradientOffset + edge * sizes.width + f;
  for (var j = 0u; j < 4u; j++) {
    if (f + j < sizes.width) {
      messageGradient[at + j] = sums[j];
    }
  }
}

fn storeMessage(edge: u32, end: u32, f: u32, block: mat4x4f) {
  storeMessageRow(edge, end, f, block[0]);
  storeMessageRow(edge + 1u, end, f, block[1]);
  storeMessageRow(edge + 2u, end, f, block[2]);
  storeMessageRow(edge + 3u, end, f, block[3]);
}

// The starts of the latents of the senders of four edges; edges beyond the last repeat it.
fn latentStarts(edge: u32, last: u32) -> vec4u {
  let edges = sizes.sendersOffset + min(edge + FOUR, vec4u(last));
  let nodes = vec4u(senders[edges.x], senders[edges.y], senders[edges.z], senders[edges.w]);
  return sizes.latentOffset + nodes * sizes.width;
}

// Computes the columns from c on of the hidden gradient, for the edges `edge` .. `end` (at most a
// tile) of one receiver.
fn hiddenSegment(receiver: u32, edge: u32, end: u32, c: u32) {
  let upper = latentStarts(edge, end - 1u);
  let lower = latentStarts(edge + 4u, end - 1u);
  let gradient = momentGradientStart(receiver);
  let left = gradient + min(c + FOUR, vec4u(sizes.hiddenWidth - 1u)) * sizes.width;
  let right = gradient + min(c + 4u + FOUR, vec4u(sizes.hiddenWidth - 1u)) * sizes.width;
  var sums = Tile();
  for (var f = 0u; f < sizes.width; f++) {
    addTerm(
      &sums,
      latents(upper + f),
      latents(lower + f),
      momentGradients(left + f),
      momentGradients(right + f),
    );
  }
  let scale = 1.0 / f32(edgeStart(receiver + 1u) - edgeStart(receiver));
  storeHidden(edge, end, c, scale * sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeHidden(edge, end, c + 4u, scale * sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeHidden(edge + 4u, end, c, scale * sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeHidden(edge + 4u, end, c + 4u, scale * sums.lowerRight);
  }
}

// Computes the columns from f on of the message gradient, for the edges `edge` .. `end` (at most a
// tile) of one receiver.
fn messageSegment(receiver: u32, edge: u32, end: u32, f: u32) {
  let upper = sizes.hiddenOffset + min(edge + FOUR, vec4u(end - 1u)) * sizes.hiddenWidth;
  let lower = sizes.hiddenOffset + min(edge + 4u + FOUR, vec4u(end - 1u)) * sizes.hiddenWidth;
  let gradient = momentGradientStart(receiver);
  let left = gradient + min(f + FOUR, vec4u(sizes.width - 1u));
  let right = gradient + min(f + 4u + FOUR, vec4u(sizes.width - 1u));
  // The last row of the moment is the mean of the latents.
  let last = sizes.hiddenWidth * sizes.width;
  let lastLeft = outer(vec4f(1.0), momentGradients(left + last));
  let lastRight = outer(vec4f(1.0), momentGradients(right + last));
  var sums = Tile(lastLeft, lastRight, lastLeft, lastRight);
  for (var c = 0u; c < sizes.hiddenWidth; c++) {
    let down = c * sizes.width;
    addTerm(
      &sums,
      hiddens(upper + c),
      hiddens(lower + c),
      momentGradients(left + down),
      momentGradients(right + down),
    );
  }
  let scale = 1.0 / f32(edgeStart(receiver + 1u) - edgeStart(receiver));
  storeMessage(edge, end, f, scale * sums.upperLeft);
  if (TILE_COLUMNS > 4u) {
    storeMessage(edge, end, f + 4u, scale * sums.upperRight);
  }
  if (TILE_ROWS > 4u) {
    storeMessage(edge + 4u, end, f, scale * sums.lowerLeft);
  }
  if (TILE_ROWS > 4u && TILE_COLUMNS > 4u) {
    storeMessage(edge + 4u, end, f + 4u, scale * sums.lowerRight);
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn momentBackward(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let edgeTiles = (sizes.edges + TILE_ROWS - 1u) / TILE_ROWS;
  let hiddenTiles = (sizes.hiddenWidth + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let messageTiles = (sizes.width + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  if (index >= edgeTiles * (hiddenTiles + messageTiles)) {
    return;
  }
  let ofHidden = index < edgeTiles * hiddenTiles;
  let tile = select(index - edgeTiles * hiddenTiles, index, ofHidden);
  let columnTiles = select(messageTiles, hiddenTiles, ofHidden);
  let column = tile % columnTiles * TILE_COLUMNS;
  let tileStart = tile / columnTiles * TILE_ROWS;
  let tileEnd = min(tileStart + TILE_ROWS, edgeStart(sizes.receivers));
  var edge = max(tileStart, edgeStart(0u));
  while (edge < tileEnd) {
    let receiver = receiverOf(edge);
    let end = min(tileEnd, edgeStart(receiver + 1u));
    if (ofHidden) {
      hiddenSegment(receiver, edge, end, column);
    } else {
      messageSegment(receiver, edge, end, column);
    }
    edge = end;
  }
}
