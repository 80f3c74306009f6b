// momentBackward: the gradients of moment in hidden and in the senders' latents. See moment.ts.
//
// offsets [receivers + 1], senders [edges], hidden [edges, hiddenWidth], latent [nodes, width],
// momentGradient [receivers, hiddenWidth + 1, width];
// hiddenGradient [edges, hiddenWidth] and messageGradient [edges, width], overwritten.
//
// One invocation per tile of 4 edges × 8 columns, first those of the hidden and then those of the message gradient, so
// that the work of an invocation does not grow with the degree. A tile is done in segments of edges with one receiver.

override WORKGROUP_SIZE = 64u;
const TILE_EDGES = 4u;
const TILE_COLUMNS = 8u;

struct Sizes {
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

fn hiddens(at: vec4u) -> vec4f {
  return vec4f(hidden[at.x], hidden[at.y], hidden[at.z], hidden[at.w]);
}

fn latents(at: vec4u) -> vec4f {
  return vec4f(latent[at.x], latent[at.y], latent[at.z], latent[at.w]);
}

fn momentGradients(at: vec4u) -> vec4f {
  return vec4f(momentGradient[at.x], momentGradient[at.y], momentGradient[at.z], momentGradient[at.w]);
}

// Row i of the product is a[i] · b.
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
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

// Where the edges of a receiver start in the block.
fn edgeStart(receiver: u32) -> u32 {
  return offsets[sizes.offsetsOffset + receiver] - sizes.firstEdge;
}

fn momentGradientStart(receiver: u32) -> u32 {
  return sizes.momentGradientOffset + receiver * (sizes.hiddenWidth + 1u) * sizes.width;
}

fn storeHidden(edge: u32, end: u32, c: u32, block: mat4x4f) {
  var values = block;
  for (var i = 0u; i < end - edge; i++) {
    for (var j = 0u; j < min(4u, sizes.hiddenWidth - min(c, sizes.hiddenWidth)); j++) {
      let element = (edge + i) * sizes.hiddenWidth + c + j;
      let open = hidden[sizes.hiddenOffset + element] > 0.0;
      hiddenGradient[sizes.hiddenGradientOffset + element] = select(0.0, values[i][j], open);
    }
  }
}

fn storeMessage(edge: u32, end: u32, f: u32, block: mat4x4f) {
  var values = block;
  for (var i = 0u; i < end - edge; i++) {
    for (var j = 0u; j < min(4u, sizes.width - min(f, sizes.width)); j++) {
      messageGradient[sizes.messageGradientOffset + (edge + i) * sizes.width + f + j] = values[i][j];
    }
  }
}

// Columns c .. c + 7 of the hidden gradient, for the edges `edge` .. `end` (at most 4) of one receiver.
fn hiddenSegment(receiver: u32, edge: u32, end: u32, c: u32) {
  let four = vec4u(0u, 1u, 2u, 3u);
  let edges = sizes.sendersOffset + min(edge + four, vec4u(end - 1u));
  let sender = vec4u(senders[edges.x], senders[edges.y], senders[edges.z], senders[edges.w]);
  let rows = sizes.latentOffset + sender * sizes.width;
  let gradient = momentGradientStart(receiver);
  let left = gradient + min(c + four, vec4u(sizes.hiddenWidth - 1u)) * sizes.width;
  let right = gradient + min(c + 4u + four, vec4u(sizes.hiddenWidth - 1u)) * sizes.width;
  var leftSums = mat4x4f();
  var rightSums = mat4x4f();
  for (var f = 0u; f < sizes.width; f++) {
    let a = latents(rows + f);
    leftSums += outer(a, momentGradients(left + f));
    rightSums += outer(a, momentGradients(right + f));
  }
  let scale = 1.0 / f32(edgeStart(receiver + 1u) - edgeStart(receiver));
  storeHidden(edge, end, c, scale * leftSums);
  storeHidden(edge, end, c + 4u, scale * rightSums);
}

// Columns f .. f + 7 of the message gradient, for the edges `edge` .. `end` (at most 4) of one receiver.
fn messageSegment(receiver: u32, edge: u32, end: u32, f: u32) {
  let four = vec4u(0u, 1u, 2u, 3u);
  let rows = sizes.hiddenOffset + min(edge + four, vec4u(end - 1u)) * sizes.hiddenWidth;
  let gradient = momentGradientStart(receiver);
  let left = gradient + min(f + four, vec4u(sizes.width - 1u));
  let right = gradient + min(f + 4u + four, vec4u(sizes.width - 1u));
  let last = sizes.hiddenWidth * sizes.width;
  var leftSums = outer(vec4f(1.0), momentGradients(left + last));
  var rightSums = outer(vec4f(1.0), momentGradients(right + last));
  for (var c = 0u; c < sizes.hiddenWidth; c++) {
    let a = hiddens(rows + c);
    leftSums += outer(a, momentGradients(left + c * sizes.width));
    rightSums += outer(a, momentGradients(right + c * sizes.width));
  }
  let scale = 1.0 / f32(edgeStart(receiver + 1u) - edgeStart(receiver));
  storeMessage(edge, end, f, scale * leftSums);
  storeMessage(edge, end, f + 4u, scale * rightSums);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn momentBackward(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_SIZE + lane;
  let edgeTiles = (sizes.edges + TILE_EDGES - 1u) / TILE_EDGES;
  let hiddenTiles = (sizes.hiddenWidth + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  let messageTiles = (sizes.width + TILE_COLUMNS - 1u) / TILE_COLUMNS;
  if (index >= edgeTiles * (hiddenTiles + messageTiles)) {
    return;
  }
  let ofHidden = index < edgeTiles * hiddenTiles;
  let tile = select(index - edgeTiles * hiddenTiles, index, ofHidden);
  let columnTiles = select(messageTiles, hiddenTiles, ofHidden);
  let column = tile % columnTiles * TILE_COLUMNS;
  let tileStart = tile / columnTiles * TILE_EDGES;
  let tileEnd = min(tileStart + TILE_EDGES, edgeStart(sizes.receivers));
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
