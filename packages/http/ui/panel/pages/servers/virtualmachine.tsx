import { textOf } from '../../../hypermedia/documents.js';
import { DiscardedBanner } from '../../parts/remove-button.js';
import type { TypeView } from '../registry.js';
import { CreateServer } from './create-server.js';
import { PendingRestart } from './pending-restart.js';
import { ResizeForm } from './resize-form.js';
import { ServerConsole } from './server-console.js';
import { ServerDisks } from './server-disks.js';
import { ServerProgress } from './server-progress.js';
import { ServerUsage } from './server-usage.js';
import { StartWaterfall } from './start-waterfall.js';
import { WhatNext } from './what-next.js';

/** Servers: made on one page, started before one’s eyes, with their screen, their figures and their disks. */
export const VIRTUALMACHINE: TypeView = {
  columns: [
    { name: 'name' },
    { name: 'state' },
    {
      name: 'privateIpv4Address',
      cell: (server) => <code>{textOf(server['privateIpv4Address']) || '–'}</code>,
    },
    { name: 'offering' },
    { name: 'imageId' },
    { name: 'networkId' },
    { name: 'created' },
  ],
  empty: 'empty.virtualmachine',
  create: CreateServer,
  sections: [
    DiscardedBanner,
    PendingRestart,
    ServerProgress,
    WhatNext,
    ServerConsole,
    ServerUsage,
    ServerDisks,
    StartWaterfall,
  ],
  ownActions: ['usage', 'console'],
  forms: { resize: ResizeForm },
  ownLinks: ['volumes'],
  fields: [
    'offering',
    'ramSizeMb',
    'cpuCount',
    'imageId',
    'networkId',
    'privateIpv4Address',
    'privateIpv6Address',
    'hostname',
    'guestOsName',
    'desiredState',
    'hostId',
    'created',
    'id',
  ],
};
