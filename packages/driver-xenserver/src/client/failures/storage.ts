import { type FailureKind, type Kinds, same } from './failure-kind.js';

/** The message of the storage back end: after its standard output, before what it wrote to standard error. */
const MESSAGE = 1;

/** A storage back end that broke off in the middle of something. */
const BROKE_OFF: FailureKind = {
  outcome: 'ambiguous',
  reason: 'failed on the storage',
  remedy: 'It is looked at again. If it stays so, see /var/log/SMlog on the pool master.',
  detail: MESSAGE,
};

/** By the number in `SR_BACKEND_FAILURE_<number>` (sm: XE_SR_ERRORCODES.xml). */
const NUMBERS: Kinds = {
  ...same('16 24 56 445', {
    outcome: 'rejected',
    reason: 'finds the disk or its repository in use',
    remedy: 'Detach it from the servers and from the control domains that use it.',
    detail: MESSAGE,
  }),
  ...same('37 58 135 201', {
    outcome: 'rejected',
    reason: 'finds the storage busy',
    remedy: 'Nothing to do: it is tried again.',
  }),
  ...same('38 48 66 72 130 168 170 448 454', {
    outcome: 'invalid',
    reason: 'has storage that can not do it',
    remedy: 'Use a repository of type NFS with VHD, on a supported release.',
    detail: MESSAGE,
  }),
  39: {
    outcome: 'rejected',
    reason: 'finds the repository not empty',
    remedy: 'Remove its disks first.',
  },
  40: {
    outcome: 'rejected',
    reason: 'can not scan the storage',
    remedy: 'Find the file that can not be read and move it away.',
    detail: MESSAGE,
  },
  ...same('42 43', {
    outcome: 'rejected',
    reason: 'has a disk or a repository of that name already',
    remedy: 'Nothing to do: it is looked at again.',
    detail: MESSAGE,
  }),
  ...same('44 127 128 129 134 167 180', {
    outcome: 'rejected',
    reason: 'has no space left on the storage',
    remedy: 'Free space on the share, or enlarge it.',
  }),
  46: {
    outcome: 'rejected',
    reason: 'can not attach the disk',
    remedy:
      'If the host that last used the disk is dead, confirm that, so that its mark is taken off the disk.',
    detail: MESSAGE,
  },
  ...same(
    '47 67 68 69 71 73 83 84 86 93 108 111 124 125 126 132 140 141 150 151 152 153 164 169 171 174 176 222 430 431 450',
    {
      outcome: 'unavailable',
      reason: 'can not reach the storage',
      remedy: 'Check the NFS server, and plug the storage repository on the hosts.',
      detail: MESSAGE,
    },
  ),
  ...same('60 79', {
    outcome: 'invalid',
    reason: 'refuses the size of the disk',
    remedy: 'Choose a size that is not smaller than now and not larger than 2040 GiB.',
    detail: MESSAGE,
  }),
  109: {
    outcome: 'rejected',
    reason: 'has too many snapshots of the disk in a row',
    remedy: 'Delete snapshots, and wait until the storage has merged them.',
  },
  ...same('65 92 100 144', {
    outcome: 'rejected',
    reason: 'does not find the disk on the storage',
    remedy: 'Check that the file is on the share, and that it can be read.',
    detail: MESSAGE,
  }),
  ...same(
    '1 2 19 20 70 87 89 90 91 94 95 96 97 98 99 101 102 103 105 106 107 115 120 121 122 123 131 133 142 160 161 162 163 165 166 172 173 175 220 221 224 225 226 227 228 446 449',
    {
      outcome: 'rejected',
      reason: 'has a storage repository with wrong settings',
      remedy: 'Correct the device configuration of the repository.',
      detail: MESSAGE,
    },
  ),
};

/** The kind of a failure of a storage back end; undefined for other codes. A number that is not known broke off. */
export function storageFailure(code: string): FailureKind | undefined {
  const [found, number = ''] = /^SR_BACKEND_FAILURE(?:_(\d+))?$/.exec(code) ?? [];
  if (found === undefined) return undefined;
  return Object.hasOwn(NUMBERS, number) ? NUMBERS[number] : BROKE_OFF;
}
