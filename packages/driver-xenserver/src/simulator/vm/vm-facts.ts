import type { PowerState, StateFacts } from './vm-states.js';

/** A disk of a VM, as far as VM operations look at it. */
export interface DiskFacts {
  /** `sm_config:on_boot` is `reset`: what is written is lost at the next boot. */
  readonly resetsOnBoot: boolean;
  readonly caches: boolean;
}

/** Everything that decides which operations a VM allows: a snapshot without references to a database. */
export interface VmFacts extends StateFacts {
  /** For the errors' parameters. */
  readonly ref: string;
  readonly powerState: PowerState;
  readonly isTemplate: boolean;
  readonly isDefaultTemplate: boolean;
  /** The control domain itself, not a driver domain. */
  readonly isDomainZero: boolean;
  readonly isSystemDomain: boolean;
  /** Operation to the reason why somebody blocked it. */
  readonly blocked: Readonly<Record<string, string>>;
  /** Operations under way, by task. */
  readonly operations: Readonly<Record<string, string>>;
  /** What the running domain is; what it would be for releases that do not record it. */
  readonly bootedAs: 'hvm' | 'pv' | 'unknown';
  /** The guest's own features (`VM_guest_metrics.other`); empty when it has not reported. */
  readonly features: Readonly<Record<string, string>>;
  /** Whether the guest has reported paravirtual drivers. */
  readonly hasDrivers: boolean;
  /** `platform:nomigrate`, as of the boot of a running VM. */
  readonly immobile: boolean;
  readonly nestedVirtualisation: boolean;
  readonly disks: readonly DiskFacts[];
  readonly passthroughDevices: number;
  readonly virtualGpus: number;
  readonly virtualUsbs: number;
  readonly virtualTpms: number;
  /** References, or undefined where there is none. */
  readonly appliance: string | undefined;
  readonly protectionPolicy: string | undefined;
  readonly snapshotSchedule: string | undefined;
}
