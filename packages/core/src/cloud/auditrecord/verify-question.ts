import { enumeration, int, string } from '../../model/field.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Answerer } from '../../ports/answerer.js';
import { type VerifyOptions, verifyAudit } from './verify-audit.js';

/** What accounts can be asked: whether their part of the audit log is as it was written. */
export const VERIFY_AUDIT = {
  description:
    'Look whether its part of the audit log is as it was written: nothing changed, missing, put in or moved.',
  input: {
    sequence: int({
      description: 'A place noted before, or where the last look ended: it goes on from there.',
      min: 1,
    }),
    chainHash: string({ description: 'The chainHash of then.' }),
  },
  output: {
    intact: enumeration(['yes', 'no'], {
      description: 'Whether nothing is wrong.',
      required: true,
    }),
    fault: string({ description: 'The first thing that is wrong.' }),
    records: int({ description: 'How many records were looked at.' }),
    unsealed: int({ description: 'How many of them have no place in the chain yet.' }),
    complete: enumeration(['yes', 'no'], {
      description: 'Whether all were looked at; if not, ask again with sequence and chainHash.',
      required: true,
    }),
    sequence: int({ description: 'The last place of the chain that was looked at.' }),
    chainHash: string({ description: 'Its chainHash: worth noting elsewhere.' }),
  },
  verb: 'read',
  available: () => true,
} as const;

/** Answers {@link VERIFY_AUDIT} for accounts. */
export function verifyAnswerer(account: ResourceType, options: VerifyOptions): Answerer {
  return {
    type: account,
    question: 'verifyaudit',
    async answer({ resource, input }) {
      const { sequence, chainHash } = input;
      const from =
        typeof sequence === 'number'
          ? { sequence, chainHash: typeof chainHash === 'string' ? chainHash : '' }
          : undefined;
      return { fields: { ...(await verifyAudit(options, resource.uuid, from)) } };
    },
  };
}
