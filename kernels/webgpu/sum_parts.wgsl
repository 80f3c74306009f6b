// sumParts: sums[k] += the sum over p of partials[p * stride + k], for k < count: the second pass
// of every sum over many rows.
//
// partials [parts, stride] (a window may start at any column); sums [count], accumulated.
//
// One invocation per sum. Every CHUNK parts are summed separately first.

override WORKGROUP_SIZE = 64u;
override CHUNK = 32u;

struct Sizes {
  firstWorkgroup: u32,
  parts: u32,
  stride: u32,
  count: u32,
  partialsOffset: u32,
  sumsOffset: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn sumParts(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let k = workgroupIndex * WORKGROUP_SIZE + lane;
  if (k >= sizes.count) {
    return;
  }
  var sum = 0.0;
  for (var chunk = 0u; chunk < sizes.parts; chunk += CHUNK) {
    var chunkSum = 0.0;
    for (var part = chunk; part < min(chunk + CHUNK, sizes.parts); part++) {
      chunkSum += partials[sizes.partialsOffset + part * sizes.stride + k];
    }
    sum += chunkSum;
  }
  sums[sizes.sumsOffset + k] += sum;
}
