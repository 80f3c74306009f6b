// addRows: target[indices[k]] += rows[k]; the indices must be distinct. See rows.ts.
//
// indices [rowCount], rows [rowCount, width]; target [nodeCount, width], the nodes from firstNode
// on, accumulated. Rows of other nodes are skipped.
//
// One invocation per element of rows.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  rowCount: u32,
  width: u32,
  firstNode: u32,
  nodeCount: u32,
  indicesOffset: u32,
  rowsOffset: u32,
  targetOffset: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> target_: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn addRows(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let index = workgroupIndex * WORKGROUP_SIZE + lane;
  let k = index / sizes.width;
  if (k >= sizes.rowCount) {
    return;
  }
  // A node before the first wraps around and is beyond the last.
  let node = indices[sizes.indicesOffset + k] - sizes.firstNode;
  if (node >= sizes.nodeCount) {
    return;
  }
  let at = sizes.targetOffset + node * sizes.width + index % sizes.width;
  target_[at] += rows[sizes.rowsOffset + index];
}
