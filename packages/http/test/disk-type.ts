import { defineResourceType, string } from '@gdcloud/core';

/** A type with bytes, which anybody may bring and take out. */
export const disk = defineResourceType({
  id: 'disk',
  plural: 'disks',
  description: 'Bytes.',
  spec: { label: string({ description: 'What it is called.' }) },
  status: {},
  links: { content: { kind: 'content', direction: 'both' } },
  actions: {
    rename: {
      description: 'Call it otherwise.',
      input: { label: string({ description: 'How.', required: true }) },
      available: () => true,
      apply: (_disk, { label }) => ({ label }),
    },
  },
  access: {
    visibleTo: 'everyone',
    users: ['read', 'create', 'act'],
    administrators: ['read', 'create', 'update', 'delete', 'act'],
  },
});
