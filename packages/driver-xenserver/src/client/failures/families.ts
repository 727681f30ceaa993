import type { FailureKind } from './failure-kind.js';

/** A rule for all codes of a kind. */
export interface Family {
  readonly codes: RegExp;
  readonly kind: FailureKind;
}

function family(codes: RegExp, kind: FailureKind): Family {
  return { codes, kind };
}

const ADMINISTRATION = 'Nothing that this driver does: look who else works on the pool.';

/**
 * What the driver's own calls hardly meet, by the way XAPI names its codes. The first rule that fits counts: how it
 * ended goes before what it was about, since only that says whether something may have happened.
 */
export const FAMILIES: readonly Family[] = [
  family(/^WLB_/, {
    outcome: 'unavailable',
    reason: 'can not use its workload balancing',
    remedy: 'Repair the workload balancing of the pool, or switch it off.',
  }),
  family(/^(V6D_|LICENSE_|INVALID_EDITION|ACTIVATION_|MISSING_CONNECTION_DETAILS)/, {
    outcome: 'unavailable',
    reason: 'has trouble with its licence',
    remedy: 'Renew or change the licence of the pool.',
  }),
  family(/^(HA_HOST_CANNOT|HA_LOST|HA_SHOULD_BE_FENCED|HA_HEARTBEAT|HA_FAILED_TO_FORM)/, {
    outcome: 'unavailable',
    reason: 'has lost its high availability',
    remedy: 'Repair the heartbeat of the pool.',
  }),
  family(/^(TLS_|SSL_|SERVER_CERTIFICATE_|TRUSTED_CERTIFICATE_|NOT_TRUSTED_CERTIFICATE)/, {
    outcome: 'unavailable',
    reason: 'has trouble with certificates',
    remedy: 'Repair the certificates of the pool.',
  }),
  family(/(_IN_PROGRESS|_RATE_LIMIT)$/, {
    outcome: 'rejected',
    reason: 'is busy with another operation',
    remedy: 'Nothing to do: it is tried again.',
  }),
  family(
    /(_CONNECTION_FAILED|_SERVICE_FAILED|_CONNECTION_REFUSED|_CONNECTION_RESET|NO_CLUSTER_HOSTS_REACHABLE)$/,
    {
      outcome: 'unavailable',
      reason: 'does not reach another host',
      remedy: 'Check the network between the hosts.',
    },
  ),
  family(/^(XENAPI_PLUGIN_FAILURE|XENAPI_MISSING_PLUGIN|XAPI_HOOK_FAILED)$/, {
    outcome: 'ambiguous',
    reason: 'has a plug-in that failed',
    remedy: 'Look at the plug-ins and hooks that are installed on the hosts.',
  }),
  family(/_PRECHECK_FAILED/, {
    outcome: 'rejected',
    reason: 'refuses an update',
    remedy: ADMINISTRATION,
  }),
  family(
    /(_FAILED|_FAILURE|_ERROR|_TIMEOUT|_CORRUPT|_INTERNAL_ERROR)(_|$)|^(COULD_NOT_|SYSPREP$)|_FAIL$|_EOF$/,
    {
      outcome: 'ambiguous',
      reason: 'broke off in the middle of the operation',
      remedy: 'It is looked at again. If it stays so, see the logs of the pool master.',
    },
  ),
  family(/^(MEMORY|INVALID|ILLEGAL)_|_INVALID$|_TOO_(LARGE|SMALL|LOW)$|^TOO_MANY_/, {
    outcome: 'invalid',
    reason: 'refuses a value',
    remedy: 'Change the value.',
  }),
  family(
    /(DOES_NOT_EXIST|_CONTAINS_NO_\w+|_NOT_FOUND|_MISSING|_NOT_IN_MAP|_NOLONGER_EXISTS|_NOT_PRESENT)$|^CANNOT_F(IND|ETCH)_|_NO_LONGER_SUPPORTED$/,
    {
      outcome: 'rejected',
      reason: 'does not find something that the call names',
      remedy: 'Nothing to do: it is looked at again.',
    },
  ),
  family(/IN_USE|_CONTAINS_|_STILL_EXISTS|_HAS_VMS?$|_NOT_EMPTY|_IS_USED|IS_IN_USE/, {
    outcome: 'rejected',
    reason: 'finds it still in use',
    remedy: 'Detach it from what uses it.',
  }),
  family(/ALREADY|_EXISTS?$|_EXIST_|DUPLICATE|_PRESENT(_|$)|_NOT_UNIQUE$/, {
    outcome: 'rejected',
    reason: 'has something of that name already',
    remedy: 'Nothing to do: it is looked at again.',
  }),
  family(/^(AUTH|POOL_AUTH|SUBJECT|ROLE|CHANGE_PASSWORD)_/, {
    outcome: 'rejected',
    reason: 'refuses a change of its users',
    remedy: ADMINISTRATION,
  }),
  family(
    /^(POOL_)?JOINING_|^(HOSTS_NOT_|HOST_XAPI_VERSION|HOST_DRIVER|HOST_POWER_ON|HOST_CANNOT)/,
    {
      outcome: 'rejected',
      reason: 'does not take this host as it is',
      remedy: ADMINISTRATION,
    },
  ),
  family(
    /^(UPDATE|PATCH|REPO|REPOSITORY|BUNDLE|APPLY|GET_UPDATES|NO_REPOSITOR|MULTIPLE_UPDATE|CAN_NOT_|BLOCKED_REPO|HOST_PENDING|HOST_EVACUATION|RESTORE|BACKUP|SYNC|TELEMETRY|UPDATEINFO)/,
    { outcome: 'rejected', reason: 'is being updated or restored', remedy: ADMINISTRATION },
  ),
  family(/^(CLUSTER|CLUSTERING|CLUSTERED|INCOMPATIBLE_CLUSTER|NO_COMPATIBLE_CLUSTER)/, {
    outcome: 'rejected',
    reason: 'has its cluster in the way',
    remedy: ADMINISTRATION,
  }),
  family(
    /^(HA|REDO_LOG|NO_MORE_REDO|CANNOT_ENABLE_REDO|CANNOT_CREATE_STATE|INCOMPATIBLE_STATEFILE)/,
    {
      outcome: 'rejected',
      reason: 'has high availability in the way',
      remedy: 'Change the high availability of the pool, or switch it off.',
    },
  ),
  family(
    /^(PIF|VLAN|VIF|NETWORK|BRIDGE|CANNOT_(ADD|CHANGE|PLUG|FORGET)|INCOMPATIBLE_PIF|INTERFACE|IS_TUNNEL|TRANSPORT_PIF|REQUIRED_PIF|MAC|OPENVSWITCH|SLAVE_REQUIRES|LOCKING)/,
    {
      outcome: 'rejected',
      reason: 'has a network that does not allow it',
      remedy: 'Check the interfaces of the hosts and the trunks that are configured.',
    },
  ),
  family(/^(SR|VDI|VBD|PBD|SM|DEFAULT_SR|SUSPEND_IMAGE)_/, {
    outcome: 'rejected',
    reason: 'has a disk or storage that does not allow it',
    remedy: 'Check the disk and its repository with the tools of the pool.',
  }),
  family(/^(VGPU|PGPU|GPU|NVIDIA|USB|PUSB|VUSB|PVS|VTPM|PCI|BOOT_DEVICE)_/, {
    outcome: 'rejected',
    reason: 'has a device that does not allow it',
    remedy: 'Take the device off the server.',
  }),
  family(/^(VM|VMS|VMPP|VMSS|XEN_VSS|IMPORT|PROVISION|TOO_MANY_GROUPS|CANNOT_RE)/, {
    outcome: 'rejected',
    reason: 'has a server that does not allow it',
    remedy: 'Check the server with the tools of the pool.',
  }),
  family(/^HOST_/, {
    outcome: 'rejected',
    reason: 'has a host that does not allow it',
    remedy: 'Check the host with the tools of the pool.',
  }),
  family(
    /^(NOT_|ONLY_|CRL_|CERTIFICATE_|CPU_|CANNOT_|SYSTEM_|CLUSTERED)|_NOT_SUPPORTED$|_NOT_ALLOWED|_DISALLOWED$/,
    { outcome: 'rejected', reason: 'does not allow it', remedy: ADMINISTRATION },
  ),
];
