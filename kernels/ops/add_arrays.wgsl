// addArrays: target += source, elementwise. See rows.ts.
//
// source [count]; target [count], accumulated.
//
// One invocation per element.

override WORKGROUP_SIZE = 64u;

struct Sizes {
  firstWorkgroup: u32,
  count: u32,
  sourceOffset: u32,
  targetOffset: u32,
}

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP_SIZE)
fn addArrays(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let workgroupIndex = sizes.firstWorkgroup + workgroup.y * workgroups.x + workgroup.x;
  let k = workgroupIndex * WORKGROUP_SIZE + lane;
  if (k >= sizes.count) {
    return;
  }
  target_[sizes.targetOffset + k] += source[sizes.sourceOffset + k];
}
