export { namesakePorts, planSteps } from './agent/plan-steps.js';
export { planText } from './agent/plan-text.js';
export { type StrongestMode, strongestMode } from './carrier/strongest-mode.js';
export type { CommandLine } from './commands/command-runner.js';
export {
  createVlanDriver,
  DEFAULT_PHYSICAL_NETWORKS,
  type VlanDriver,
  type VlanOptions,
  type VlanPorts,
} from './driver.js';
export { forgetLines, revokedFlows, type TrackedFlow, trackedFlows } from './flows/tracked-flow.js';
export type {
  HighAvailabilitySettings,
  LeaseSettings,
  VrrpSettings,
} from './high-availability/high-availability-settings.js';
export type { PairState } from './high-availability/pair-keeper.js';
export type { Step } from './links/link-steps.js';
export type { MachinePorts } from './links/machine-ports.js';
export type { MachineSettings } from './links/machine-settings.js';
export type { MemberAppliance } from './pair/member-appliance.js';
export { type PairOptions, type PairPorts, pairedNetwork } from './pair/paired-network.js';
export { type AppliancePairOptions, appliancePair } from './pair/plugin.js';
export { type ApplianceDocument, parseAppliance } from './plan/appliance-document.js';
export { vlan } from './plugin.js';
export { balancerBuckets } from './program/balancer-buckets.js';
export { ALL_WELL, compileProgram, type UnwellServers } from './program/compile-program.js';
export {
  elementChanges,
  elementRepairs,
  firewallLoad,
  type NftCommands,
} from './program/difference.js';
export {
  type ElementGroup,
  type ElementSets,
  elementSets,
  type SetElement,
} from './program/element-sets.js';
export type { NetworkProgram } from './program/network-program.js';
export {
  type Count,
  type ObservedElements,
  observedElements,
} from './program/observed-elements.js';
export { type PartCount, partCounts } from './program/part-counts.js';
export { nodeRecordFiles, type RecordFiles } from './record/record-files.js';
