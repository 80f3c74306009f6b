// weightedGather: the aggregation of the GCN baseline. See weighted_gather.ts.
//
// offsets [rows + 1], senders and edgeWeights [edges], selfWeights [rows], values [nodes, width],
// bias [width]; sums [rows, width], overwritten (accumulated from the second turn on).
//
// One invocation per sum, in edge order; every CHUNK edges are summed separately first. A call has
// turns: each adds at most TURN_EDGES edges of a receiver, so that a receiver with very many edges
// does not block the device (and loops stay below 65,535 iterations, where llvmpipe ends them).

override WORKGROUP_SIZE = 64u;
override CHUNK = 64u;
override TURN_EDGES = 61440u;

struct Sizes {
  firstWorkgroup: u32,
  rows: u32,
  width: u32,
  activation: u32,
  turn: u32,
  offsetsOffset: u32,
  sendersOffset: u32,
  edgeWeightsOffset: u32,
  selfWeightsOffset: u32,
  valuesOffset: u32,
  biasOffset: u32,
  sumsOffset: u32,
}

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> senders: array<u32>;
@group(0) @binding(2) var<storage, read> edgeWeights: array<f32>;
@group(0) @binding(3) var<storage, read> selfWeights: array<f32>;
@group(0) @binding(4) var<storage, read> values: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn weightedGather(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let row = index / sizes.width;
  let f = index % sizes.width;
  if (row >= sizes.rows) {
    return;
  }
  let last = offsets[sizes.offsetsOffset + row + 1u];
  let start = offsets[sizes.offsetsOffset + row] + sizes.turn * TURN_EDGES;
  let end = min(last, start + TURN_EDGES);
  if (sizes.turn > 0u && start >= last) {
    return;
  }
  var sum = 0.0;
  if (sizes.turn == 0u) {
    let selfWeight = selfWeights[sizes.selfWeightsOffset + row];
    sum = selfWeight * values[sizes.valuesOffset + index] + bias[sizes.biasOffset + f];
  } else {
    sum = sums[sizes.sumsOffset + index];
  }
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkSum = 0.0;
    for (var edge = chunk; edge < min(chunk + CHUNK, end); edge++) {
      let sender = senders[sizes.sendersOffset + edge];
      let value = values[sizes.valuesOffset + sender * sizes.width + f];
      chunkSum += edgeWeights[sizes.edgeWeightsOffset + edge] * value;
    }
    sum += chunkSum;
  }
  if (sizes.activation == 1u && end == last && sum < 0.0) {
    sum = 0.0;
  }
  sums[sizes.sumsOffset + index] = sum;
}
