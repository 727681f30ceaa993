import { type Kinds, same } from './failure-kind.js';

/** The codes that the driver's own calls may meet, after reference/xenserver.md 1.5. */
export const ROWS: Kinds = {
  ...same(
    'SESSION_AUTHENTICATION_FAILED SESSION_AUTHORIZATION_FAILED RBAC_PERMISSION_DENIED PERMISSION_DENIED USER_IS_NOT_LOCAL_SUPERUSER',
    {
      outcome: 'unavailable',
      reason: 'refuses the user',
      remedy: 'Check username and password of the pool, and that the user is a pool administrator.',
    },
  ),
  ...same(
    'SESSION_INVALID HOST_IS_SLAVE SESSION_NOT_REGISTERED EVENTS_LOST EVENT_FROM_TOKEN_PARSE_FAILURE EVENT_SUBSCRIPTION_PARSE_FAILURE',
    {
      outcome: 'unavailable',
      reason: 'keeps no session',
      remedy:
        'Nothing to do: the next call logs in again. If it stays so, check who is the master of the pool.',
    },
  ),
  ...same(
    'HOST_STILL_BOOTING HOST_OFFLINE CANNOT_CONTACT_HOST HOST_NOT_LIVE HOST_BROKEN HOST_IN_EMERGENCY_MODE HOST_ITS_OWN_SLAVE HOST_MASTER_CANNOT_TALK_BACK HOST_UNKNOWN_TO_MASTER HOST_HAS_NO_MANAGEMENT_IP NOT_SUPPORTED_DURING_UPGRADE XEN_INCOMPATIBLE',
    {
      outcome: 'unavailable',
      reason: 'has a host that can not work now',
      remedy: 'Wait until the host is up, or repair it.',
    },
  ),
  ...same(
    'OTHER_OPERATION_IN_PROGRESS TOO_MANY_PENDING_TASKS TOO_BUSY TOO_MANY_STORAGE_MIGRATES VM_CALL_PLUGIN_RATE_LIMIT',
    {
      outcome: 'rejected',
      reason: 'is busy with another operation',
      remedy: 'Nothing to do: it is tried again.',
    },
  ),
  ...same('HANDLE_INVALID UUID_INVALID OBJECT_NOLONGER_EXISTS', {
    outcome: 'rejected',
    reason: 'does not know an object that the call names',
    remedy: 'Nothing to do: it is looked at again.',
  }),
  ...same(
    'NO_HOSTS_AVAILABLE HOST_NOT_ENOUGH_FREE_MEMORY HOST_NOT_ENOUGH_PCPUS HA_NO_PLAN HA_OPERATION_WOULD_BREAK_FAILOVER_PLAN PGPU_INSUFFICIENT_CAPACITY_FOR_VGPU NETWORK_SRIOV_INSUFFICIENT_CAPACITY',
    {
      outcome: 'rejected',
      reason: 'has no room on the host',
      remedy: 'Stop or move servers, or add a host.',
    },
  ),
  ...same(
    'HOST_DISABLED HOST_DISABLED_INDEFINITELY HOST_DISABLED_UNTIL_REBOOT HOST_EVACUATE_IN_PROGRESS VM_REQUIRES_SR VM_REQUIRES_NETWORK VM_REQUIRES_VDI VM_REQUIRES_GPU VM_REQUIRES_IOMMU VM_REQUIRES_VGPU VM_REQUIRES_VUSB HOST_CANNOT_ATTACH_NETWORK BRIDGE_NOT_AVAILABLE VDI_NOT_AVAILABLE',
    {
      outcome: 'rejected',
      reason: 'can not run the server on that host',
      remedy: 'Enable the host, and attach its storage and networks.',
    },
  ),
  ...same(
    'VM_HVM_REQUIRED VM_INCOMPATIBLE_WITH_THIS_HOST FEATURE_REQUIRES_HVM VM_HOST_INCOMPATIBLE_VIRTUAL_HARDWARE_PLATFORM_VERSION',
    {
      outcome: 'invalid',
      reason: 'has hosts whose processors can not run this kind of server',
      remedy: 'Choose an image with another boot mode.',
    },
  ),
  // Trying again finds the same disk: what is asked must change, or the disk, and then somebody says so.
  ...same('BOOTLOADER_FAILED UNKNOWN_BOOTLOADER VM_UNSAFE_BOOT', {
    outcome: 'invalid',
    reason: 'can not boot the server',
    remedy: 'Check the boot mode of the image and what its disk contains.',
    detail: 1,
  }),
  FAILED_TO_START_EMULATOR: {
    outcome: 'rejected',
    reason: 'can not start the emulator of the server',
    remedy: 'See the logs of the host.',
    detail: 1,
  },
  INVALID_VALUE: {
    outcome: 'invalid',
    reason: 'refuses a value',
    remedy:
      'Change the value. For `kernel`: install the pv-grub image on every host at the configured path.',
    detail: 0,
  },
  ...same(
    'MEMORY_CONSTRAINT_VIOLATION MEMORY_CONSTRAINT_VIOLATION_MAXPIN MEMORY_CONSTRAINT_VIOLATION_ORDER MAC_INVALID INVALID_DEVICE ILLEGAL_VBD_DEVICE VLAN_TAG_INVALID VALUE_NOT_SUPPORTED VM_MEMORY_SIZE_TOO_LOW VM_NO_VCPUS VM_TOO_MANY_VCPUS VCPU_MAX_NOT_CORES_PER_SOCKET_MULTIPLE VDI_TOO_LARGE VDI_TOO_SMALL DISK_VBD_MUST_BE_READWRITE_FOR_HVM VBD_CDS_MUST_BE_READONLY ADDRESS_VIOLATES_LOCKING_CONSTRAINT INVALID_IP_ADDRESS_SPECIFIED INVALID_CIDR_ADDRESS_SPECIFIED',
    {
      outcome: 'invalid',
      reason: 'refuses a value',
      remedy: 'Change the value.',
      detail: 0,
    },
  ),
  ...same(
    'VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT VM_SHUTDOWN_TIMEOUT VM_LACKS_FEATURE VM_FAILED_SUSPEND_ACKNOWLEDGMENT',
    {
      outcome: 'rejected',
      reason: 'finds the guest does not shut down',
      remedy: 'Nothing to do: after the grace period it is shut down by force.',
    },
  ),
  ...same('VM_MISSING_PV_DRIVERS VM_OLD_PV_DRIVERS', {
    outcome: 'rejected',
    reason: 'finds no guest tools, so devices do not change while the server runs',
    remedy: 'Install the guest tools, or stop and start the server.',
  }),
  ...same(
    'DEVICE_DETACH_REJECTED DEVICE_DETACH_TIMEOUT VBD_NOT_UNPLUGGABLE VBD_NOT_REMOVABLE_MEDIA VBD_TRAY_LOCKED',
    {
      outcome: 'rejected',
      reason: 'can not take the device from the running guest',
      remedy: 'Unmount it in the guest, or stop the server.',
    },
  ),
  ...same(
    'VDI_IN_USE NETWORK_CONTAINS_VIF NETWORK_CONTAINS_PIF VIF_IN_USE VLAN_IN_USE SR_HAS_PBD SR_DEVICE_IN_USE SR_NOT_EMPTY SR_VDI_LOCKING_FAILED HOST_IN_USE HOST_HAS_RESIDENT_VMS PIF_VLAN_STILL_EXISTS',
    {
      outcome: 'rejected',
      reason: 'finds it still in use',
      remedy: 'Detach it from the servers that use it.',
    },
  ),
  OPERATION_NOT_ALLOWED: {
    outcome: 'rejected',
    reason: 'does not allow it',
    remedy: 'See the reason.',
    detail: 0,
  },
  ...same(
    'DEVICE_ALREADY_ATTACHED DEVICE_ALREADY_DETACHED DEVICE_NOT_ATTACHED DEVICE_ALREADY_EXISTS VM_BAD_POWER_STATE VM_HALTED VM_REBOOTED VM_NOT_RESIDENT_HERE VBD_IS_EMPTY VBD_NOT_EMPTY MAP_DUPLICATE_KEY PIF_VLAN_EXISTS PBD_EXISTS SR_UUID_EXISTS NETWORK_ALREADY_CONNECTED LOCATION_NOT_UNIQUE DB_UNIQUENESS_CONSTRAINT_VIOLATION DUPLICATE_VM DUPLICATE_MAC_SEED VM_DUPLICATE_VBD_DEVICE PIF_NOT_PRESENT VDI_MISSING VDI_LOCATION_MISSING DOMAIN_EXISTS HOST_IS_LIVE HOST_NOT_DISABLED',
    {
      outcome: 'rejected',
      reason: 'is in another state than the call took for granted',
      remedy: 'Nothing to do: it is looked at again.',
    },
  ),
  ...same(
    'OPERATION_BLOCKED VM_IS_PROTECTED VM_IS_TEMPLATE VM_IS_SNAPSHOT VM_IS_IMMOBILE VM_ASSIGNED_TO_PROTECTION_POLICY VM_ASSIGNED_TO_SNAPSHOT_SCHEDULE VM_IS_PART_OF_AN_APPLIANCE VM_CANNOT_DELETE_DEFAULT_TEMPLATE CANNOT_DESTROY_SYSTEM_NETWORK',
    {
      outcome: 'rejected',
      reason: 'has the operation blocked for this object',
      remedy: 'Remove the block with the tools of the pool.',
    },
  ),
  ...same(
    'SR_HAS_NO_PBDS SR_NOT_ATTACHED SR_ATTACH_FAILED SM_PLUGIN_COMMUNICATION_FAILURE SR_UNHEALTHY',
    {
      outcome: 'unavailable',
      reason: 'can not reach the storage',
      remedy: 'Check the NFS server, and plug the storage repository on the hosts.',
    },
  ),
  ...same(
    'SR_FULL SR_SOURCE_SPACE_INSUFFICIENT SR_SUSPEND_SPACE_INSUFFICIENT OUT_OF_SPACE PROVISION_FAILED_OUT_OF_SPACE',
    {
      outcome: 'rejected',
      reason: 'has no space left on the storage',
      remedy: 'Free space on the share, or enlarge it.',
    },
  ),
  ...same('LICENCE_RESTRICTION FEATURE_RESTRICTED', {
    outcome: 'invalid',
    reason: 'has no licence for it',
    remedy: 'Change the licence of the pool, or switch off what needs it.',
  }),
  TASK_CANCELLED: {
    outcome: 'ambiguous',
    reason: 'cancelled the operation',
    remedy: 'Nothing to do: it is looked at again.',
  },
  ...same(
    'DEVICE_ATTACH_TIMEOUT VM_SUSPEND_TIMEOUT VM_CRASHED DOMAIN_BUILDER_ERROR VM_MIGRATE_FAILED OPERATION_PARTIALLY_FAILED',
    {
      outcome: 'ambiguous',
      reason: 'broke off in the middle of the operation',
      remedy: 'It is looked at again. If it stays so, see the logs of the host.',
    },
  ),
  ...same(
    'MESSAGE_METHOD_UNKNOWN MESSAGE_REMOVED MESSAGE_DEPRECATED MESSAGE_PARAMETER_COUNT_MISMATCH FIELD_TYPE_ERROR NOT_IMPLEMENTED UNIMPLEMENTED_IN_SM_BACKEND XMLRPC_UNMARSHAL_FAILURE Fault',
    {
      outcome: 'rejected',
      reason: 'does not know this call',
      remedy: 'Use a release that the driver supports. If it is one, report it with the code.',
      detail: 0,
    },
  ),
  INTERNAL_ERROR: {
    outcome: 'ambiguous',
    reason: 'failed inside',
    remedy: 'See the logs of the pool master.',
    detail: 0,
  },
};
