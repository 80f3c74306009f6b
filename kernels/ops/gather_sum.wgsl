// gatherSum: sums[targets[t], c] += ± the sum of values[items[k], column + c] over the k of target
// t. See sums.ts.
//
// targets [targetCount], offsets [targetCount + 1], items [edges], values [edges, stride];
// sums [nodes, width], accumulated.
//
// One invocation per sum, in the order of the items; every CHUNK items are summed separately first.
// A call has turns: each adds at most TURN_EDGES items of a target, so that a target with very many
// items does not block the device (and loops stay below 65,535 iterations, where llvmpipe ends
// them).

override WORKGROUP_SIZE = 64u;
override CHUNK = 64u;
override TURN_EDGES = 61440u;

struct Sizes {
  firstWorkgroup: u32,
  targetCount: u32,
  stride: u32,
  column: u32,
  width: u32,
  negative: u32,
  turn: u32,
  targetsOffset: u32,
  offsetsOffset: u32,
  itemsOffset: u32,
  valuesOffset: u32,
  sumsOffset: u32,
}

@group(0) @binding(0) var<storage, read> targets: array<u32>;
@group(0) @binding(1) var<storage, read> offsets: array<u32>;
@group(0) @binding(2) var<storage, read> items: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn gatherSum(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let t = index / sizes.width;
  let c = index % sizes.width;
  if (t >= sizes.targetCount) {
    return;
  }
  let start = offsets[sizes.offsetsOffset + t] + sizes.turn * TURN_EDGES;
  let end = min(offsets[sizes.offsetsOffset + t + 1u], start + TURN_EDGES);
  if (start >= end) {
    return;
  }
  var sum = 0.0;
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkSum = 0.0;
    for (var k = chunk; k < min(chunk + CHUNK, end); k++) {
      let item = items[sizes.itemsOffset + k];
      chunkSum += values[sizes.valuesOffset + item * sizes.stride + sizes.column + c];
    }
    sum += chunkSum;
  }
  let at = sizes.sumsOffset + targets[sizes.targetsOffset + t] * sizes.width + c;
  sums[at] += select(sum, -sum, sizes.negative == 1u);
}
