export {
  createVlanDriver,
  DEFAULT_PHYSICAL_NETWORKS,
  type VlanOptions,
  type VlanPorts,
} from './driver.js';
export {
  type ApplianceDocument,
  parseAppliance,
  type SegmentLink,
} from './plan/appliance-document.js';
export { compilePlan } from './plan/compile-plan.js';
export { planText } from './plan/plan-text.js';
export type { Command, Plan, Step } from './plan/step.js';
export { vlan } from './plugin.js';
export { nodeRecordFiles, type RecordFiles } from './record/record-files.js';
