// columnSum: the partial sums of the rows of input over consecutive parts of the rows. See
// linear.ts; sum_parts.wgsl adds the parts to the sums, in order.
//
// input [rows, columns]; partials [parts, columns], overwritten.
//
// One invocation per part and column. Within a part, every CHUNK rows are summed separately first.

override WORKGROUP_SIZE = 64u;
override CHUNK = 32u;

struct Sizes {
  firstWorkgroup: u32,
  rows: u32,
  columns: u32,
  parts: u32,
  partRows: u32,
  inputOffset: u32,
  partialsOffset: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn columnSum(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let part = index / sizes.columns;
  let column = index % sizes.columns;
  if (part >= sizes.parts) {
    return;
  }
  let start = min(part * sizes.partRows, sizes.rows);
  let end = min(start + sizes.partRows, sizes.rows);
  var sum = 0.0;
  for (var chunk = start; chunk < end; chunk += CHUNK) {
    var chunkSum = 0.0;
    for (var row = chunk; row < min(chunk + CHUNK, end); row++) {
      chunkSum += input[sizes.inputOffset + row * sizes.columns + column];
    }
    sum += chunkSum;
  }
  partials[sizes.partialsOffset + index] = sum;
}
