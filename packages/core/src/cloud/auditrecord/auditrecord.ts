import { AUDIT_RECORD } from '../../model/audit-record.js';
import { date, int, reference, string } from '../../model/field.js';
import { defineResourceType } from '../../model/resource-type.js';

const internal = { write: 'internal' } as const;

/**
 * One mutating request that was carried out: who asked what of which resource, and from where. Written with what the
 * request led to, and never changed. What the kernel asks for on a request's behalf is not in it, nor are refusals.
 */
export const auditrecord = defineResourceType({
  id: AUDIT_RECORD,
  plural: 'auditrecords',
  description: 'A line of the audit log: who asked what of which resource.',
  spec: {
    time: date({ ...internal, description: 'When it was carried out.', required: true }),
    action: string({
      ...internal,
      description: 'create, update, delete, or act: and the name of the action.',
      required: true,
    }),
    resourceType: string({
      ...internal,
      description: 'The type of the resource that it is about.',
      required: true,
    }),
    resourceId: string({ ...internal, description: 'Its id.', required: true }),
    resourceUuid: string({ ...internal, description: 'Its uuid.', required: true }),
    actorId: reference('account', {
      ...internal,
      description:
        'The account that asked; another one than that of the resource where an administrator did.',
      required: true,
    }),
    keyUuid: string({ ...internal, description: 'The uuid of the API key it was asked with.' }),
    source: string({ ...internal, description: 'The address it came from.' }),
    requestId: string({ ...internal, description: 'What the log calls the request.' }),
    beforeHash: string({
      ...internal,
      description:
        'SHA-256 of what was asked for before, as JSON with its keys in order; null where there was nothing.',
    }),
    afterHash: string({
      ...internal,
      description: 'The same of what was asked for after; null where its removal was.',
    }),
  },
  status: {
    sequence: int({ description: 'Its place in the chain of its account, from 1 on.' }),
    previousHash: string({ description: 'The chainHash of the record before.' }),
    chainHash: string({ description: 'A keyed hash of this record and of previousHash.' }),
  },
  links: { actor: { kind: 'reference', field: 'actorId', include: 'never' } },
  lifecycle: {
    states: ['unsealed', 'sealed'],
    moving: () => 'unsealed',
    settled: ({ status }) => (typeof status.sequence === 'number' ? 'sealed' : 'unsealed'),
  },
  access: { visibleTo: 'own', users: ['read'], administrators: ['read'] },
});
