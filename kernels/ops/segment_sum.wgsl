// segmentSum: sums[r, c] += the sum of values[e, column + c] over the edges of receiver r. See
// sums.ts.
//
// offsets [rows + 1], values [edges, stride]; sums [rows, width], accumulated.
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
  firstEdge: u32,
  stride: u32,
  column: u32,
  width: u32,
  turn: u32,
  offsetsOffset: u32,
  valuesOffset: u32,
  sumsOffset: u32,
}

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn segmentSum(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let row = index / sizes.width;
  let c = index % sizes.width;
  if (row >= sizes.rows) {
    return;
  }
  let start = offsets[sizes.offsetsOffset + row] - sizes.firstEdge + sizes.turn * TURN_EDGES;
  let end = min(offsets[sizes.offsetsOffset + row + 1u] - sizes.firstEdge, start + TURN_EDGES);
  if (start >= end) {
    return;
  }
  var sum = 0.0;
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkSum = 0.0;
    for (var edge = chunk; edge < min(chunk + CHUNK, end); edge++) {
      chunkSum += values[sizes.valuesOffset + edge * sizes.stride + sizes.column + c];
    }
    sum += chunkSum;
  }
  sums[sizes.sumsOffset + index] += sum;
}
