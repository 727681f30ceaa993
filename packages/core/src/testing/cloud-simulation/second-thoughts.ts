import {
  type Command,
  expect,
  network,
  pause,
  type Scenario,
  server,
  start,
  stop,
  wait,
} from './scenario.js';

const PUT_ASIDE = { removeAfter: null, desiredState: null, desiredStateBefore: null } as const;

const discard = (name: string): Command => ({
  do: 'act',
  name,
  action: 'discard',
  input: { graceSeconds: 60 },
  fields: PUT_ASIDE,
});

const restore = (name: string): Command => ({
  do: 'act',
  name,
  action: 'restore',
  fields: PUT_ASIDE,
});

/** Servers that are put aside: one is forgotten, and one is needed until it is taken back. Ends alike whatever happens. */
export const putAside: Scenario = {
  name: 'servers that are put aside',
  hosts: 1,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('forgotten', 'net'),
        discard('forgotten'),
        wait('forgotten'),
        // Refused as long as it is put aside.
        start('forgotten'),
        pause(300_000),
      ],
    },
    {
      tenant: 'alice',
      commands: [
        expect('net'),
        server('needed', 'net'),
        stop('needed'),
        {
          do: 'create',
          name: 'taken',
          type: 'snapshot',
          body: { virtualmachineId: { ref: 'needed' } },
        },
        wait('taken'),
        discard('needed'),
        pause(200_000),
        restore('needed'),
        wait('needed'),
      ],
    },
  ],
};

/** A server that is put aside again and again, and taken back about when it would go: sooner or later that is too late. */
export const secondThoughts: Scenario = {
  name: 'second thoughts',
  hosts: 1,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        ...[0, 61_500, 67_000].flatMap((ms) => [
          discard('vm'),
          pause(ms),
          restore('vm'),
          wait('vm'),
        ]),
      ],
    },
  ],
};
