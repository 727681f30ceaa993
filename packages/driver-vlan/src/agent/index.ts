export type { Audited, RepairedPart } from '../care/audit-network.js';
export { type AgentCarrierOptions, agentCarrier } from '../carrier/agent-carrier.js';
export {
  type ApplianceMachine,
  sandboxedMachine,
  thisMachine,
} from '../carrier/appliance-machine.js';
export type { Carrier } from '../carrier/carrier.js';
export { claimMachine } from '../carrier/machine-owner.js';
export type {
  ApplianceFiles,
  CommandResult,
  CommandRunner,
  ProgramName,
  RunningCommand,
} from '../commands/command-runner.js';
export { PROGRAMS } from '../commands/command-runner.js';
export { nodeCommandRunner } from '../commands/node-command-runner.js';
export { findPrograms, type ProgramPaths } from '../commands/program-paths.js';
export { type Sandbox, type SandboxOptions, startSandbox } from '../commands/sandbox.js';
export { HealthWatch, type HealthWatchParts } from '../health/health-watch.js';
export { announcementFrames } from '../high-availability/announcement-frames.js';
export { Announcer, type AnnouncerParts } from '../high-availability/announcer.js';
export { DeadMansTime } from '../high-availability/dead-mans-time.js';
export type { Election, Mandate } from '../high-availability/election.js';
export { type Epoch, isEarlier, leaseEpoch, nextOwnEpoch } from '../high-availability/epoch.js';
export { Gate } from '../high-availability/gate.js';
export type { GatedCard, GateParts, GateState } from '../high-availability/gate-program.js';
export { LeaseElection, type LeaseElectionParts } from '../high-availability/lease-election.js';
export { gatedCards } from '../high-availability/machine-pair.js';
export {
  PairKeeper,
  type PairKeeperParts,
  type PairState,
} from '../high-availability/pair-keeper.js';
export { TakeoverPermission } from '../high-availability/takeover-permission.js';
export { arp, datagram, FRAME_LENGTH, frame, TAG } from '../isolation/frames.js';
export { type MachineCards, machineCards } from '../links/machine-cards.js';
export {
  type MachineSettings,
  machinePorts,
  sandboxPorts,
  type TrunkSettings,
  type UplinkSettings,
} from '../links/machine-settings.js';
export { type NameServiceOptions, nameService } from '../names/name-service.js';
export { proxyService } from '../proxy/proxy-service.js';
export { tunnelService } from '../tunnel/tunnel-service.js';
export type { Followed } from './follow-program.js';
export { NetworkAgent, type NetworkAgentParts } from './network-agent.js';
export type { NetworkService } from './network-service.js';
