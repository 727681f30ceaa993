import type { FailureOutcome } from '@gdcloud/core';

/** What an error code of XAPI says about the world, and what to do about it. */
export interface FailureKind {
  readonly outcome: FailureOutcome;
  /** Completes “the pool …”. */
  readonly reason: string;
  readonly remedy: string;
  /** Which parameter tells more, if one does. */
  readonly detail?: number | undefined;
}

type Kinds = Readonly<Record<string, FailureKind>>;

function same(codes: string, kind: FailureKind): Kinds {
  return Object.fromEntries(codes.split(' ').map((code) => [code, kind]));
}

/** By XAPI's code, after reference/xenserver.md 1.5. Whatever is not named here is `rejected`. */
export const FAILURE_KINDS: Kinds = {
  ...same('SESSION_AUTHENTICATION_FAILED SESSION_AUTHORIZATION_FAILED RBAC_PERMISSION_DENIED', {
    outcome: 'unavailable',
    reason: 'refuses the user',
    remedy: 'Check username and password of the pool, and that the user is a pool administrator.',
  }),
  ...same('SESSION_INVALID HOST_IS_SLAVE', {
    outcome: 'unavailable',
    reason: 'keeps no session',
    remedy:
      'Nothing to do: the next call logs in again. If it stays so, check who is the master of the pool.',
  }),
  ...same(
    'HOST_STILL_BOOTING HOST_OFFLINE CANNOT_CONTACT_HOST HOST_NOT_LIVE NOT_SUPPORTED_DURING_UPGRADE',
    {
      outcome: 'unavailable',
      reason: 'has a host that can not work now',
      remedy: 'Wait until the host is up, or repair it.',
    },
  ),
  ...same('OTHER_OPERATION_IN_PROGRESS TOO_MANY_PENDING_TASKS VM_CALL_PLUGIN_RATE_LIMIT', {
    outcome: 'rejected',
    reason: 'is busy with another operation',
    remedy: 'Nothing to do: it is tried again.',
  }),
  ...same('HANDLE_INVALID UUID_INVALID OBJECT_NOLONGER_EXISTS', {
    outcome: 'rejected',
    reason: 'does not know an object that the call names',
    remedy: 'Nothing to do: it is looked at again.',
  }),
  ...same('NO_HOSTS_AVAILABLE HOST_NOT_ENOUGH_FREE_MEMORY HOST_NOT_ENOUGH_PCPUS', {
    outcome: 'rejected',
    reason: 'has no room on the host',
    remedy: 'Stop or move servers, or add a host.',
  }),
  ...same('HOST_DISABLED HOST_EVACUATE_IN_PROGRESS VM_REQUIRES_SR VM_REQUIRES_NETWORK', {
    outcome: 'rejected',
    reason: 'can not run the server on that host',
    remedy: 'Enable the host, and attach its storage and networks.',
  }),
  ...same('VM_HVM_REQUIRED VM_INCOMPATIBLE_WITH_THIS_HOST', {
    outcome: 'invalid',
    reason: 'has hosts whose processors can not run this kind of server',
    remedy: 'Choose an image with another boot mode.',
  }),
  ...same('BOOTLOADER_FAILED UNKNOWN_BOOTLOADER FAILED_TO_START_EMULATOR', {
    outcome: 'rejected',
    reason: 'can not boot the server',
    remedy: 'Check the boot mode of the image and what its disk contains.',
    detail: 1,
  }),
  INVALID_VALUE: {
    outcome: 'invalid',
    reason: 'refuses a value',
    remedy:
      'Change the value. For `kernel`: install the pv-grub image on every host at the configured path.',
    detail: 0,
  },
  ...same('MEMORY_CONSTRAINT_VIOLATION_ORDER MAC_INVALID INVALID_DEVICE VLAN_TAG_INVALID', {
    outcome: 'invalid',
    reason: 'refuses a value',
    remedy: 'Change the value.',
    detail: 0,
  }),
  ...same('VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT VM_SHUTDOWN_TIMEOUT VM_LACKS_FEATURE', {
    outcome: 'rejected',
    reason: 'finds the guest does not shut down',
    remedy: 'Nothing to do: after the grace period it is shut down by force.',
  }),
  ...same('VM_MISSING_PV_DRIVERS VM_OLD_PV_DRIVERS', {
    outcome: 'rejected',
    reason: 'finds no guest tools, so devices do not change while the server runs',
    remedy: 'Install the guest tools, or stop and start the server.',
  }),
  ...same('DEVICE_DETACH_REJECTED DEVICE_DETACH_TIMEOUT VBD_NOT_UNPLUGGABLE', {
    outcome: 'rejected',
    reason: 'can not take the device from the running guest',
    remedy: 'Unmount it in the guest, or stop the server.',
  }),
  ...same('VDI_IN_USE NETWORK_CONTAINS_VIF NETWORK_CONTAINS_PIF VIF_IN_USE', {
    outcome: 'rejected',
    reason: 'finds it still in use',
    remedy: 'Detach it from the servers that use it.',
  }),
  OPERATION_NOT_ALLOWED: {
    outcome: 'rejected',
    reason: 'does not allow it',
    remedy: 'See the reason.',
    detail: 0,
  },
  ...same('OPERATION_BLOCKED VM_IS_PROTECTED VM_IS_TEMPLATE VM_IS_SNAPSHOT', {
    outcome: 'rejected',
    reason: 'has the operation blocked for this object',
    remedy: 'Remove the block with the tools of the pool.',
  }),
  SR_BACKEND_FAILURE_44: {
    outcome: 'rejected',
    reason: 'has no space left on the storage',
    remedy: 'Free space on the share, or enlarge it.',
  },
  SR_BACKEND_FAILURE_40: {
    outcome: 'rejected',
    reason: 'can not scan the storage',
    remedy: 'Find the file that can not be read and move it away.',
    detail: 1,
  },
  ...same('SR_BACKEND_FAILURE_47 SR_BACKEND_FAILURE_73 SR_HAS_NO_PBDS', {
    outcome: 'unavailable',
    reason: 'can not reach the storage',
    remedy: 'Check the NFS server, and plug the storage repository on the hosts.',
    detail: 1,
  }),
  LICENCE_RESTRICTION: {
    outcome: 'invalid',
    reason: 'has no licence for it',
    remedy: 'Change the licence of the pool, or switch off what needs it.',
  },
  TASK_CANCELLED: {
    outcome: 'ambiguous',
    reason: 'cancelled the operation',
    remedy: 'Nothing to do: it is looked at again.',
  },
  INTERNAL_ERROR: {
    outcome: 'ambiguous',
    reason: 'failed inside',
    remedy: 'See the logs of the pool master.',
    detail: 0,
  },
};

/** What is said of a code that the table does not name. */
export const OTHER_FAILURE: FailureKind = {
  outcome: 'rejected',
  reason: 'refuses it',
  remedy: 'Look the code up in the documentation of the XenServer API.',
};
