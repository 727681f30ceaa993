import { fetchApi } from '@gdcloud/http/fetch';
import { honoApi } from '@gdcloud/http/hono';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import t from 'tap';
import { listening } from '../../../packages/http/dist-test/mounts/listening.js';
import { mountingContract } from '../../../packages/http/dist-test/mounts/mounting-contract.js';
import type { HostOptions, Subject } from '../../../packages/http/dist-test/mounts/subject.js';

type App = Hono<{ Bindings: HttpBindings }>;

const SUBJECTS: readonly Subject[] = [
  {
    name: 'Hono',
    protocol: 'http/1.1',
    consoles: 'carried',
    parsers: 'known',
    start: (options) =>
      start(options, (app, { prefix, options: of }) =>
        app.use(`${prefix}/*`, honoApi({ ...of, prefix })),
      ),
  },
  {
    name: 'Request and Response',
    protocol: 'http/1.1',
    consoles: 'carried',
    parsers: 'unknown',
    start: (options) =>
      start(options, (app, { prefix, options: of }) => {
        const handle = fetchApi({ ...of, prefix });
        app.all(`${prefix}/*`, (context) =>
          handle(context.req.raw, {
            peerAddress: context.env.incoming.socket.remoteAddress,
            next: async () => context.notFound(),
          }),
        );
      }),
  },
];

function start(
  { mountings, parsers, upgrade }: HostOptions,
  mount: (app: App, mounting: HostOptions['mountings'][number]) => unknown,
) {
  const app: App = new Hono();
  if (parsers === 'before')
    app.use(async (context, next) => {
      const type = context.req.header('content-type') ?? '';
      if (/json/.test(type)) await context.req.json();
      else await context.req.parseBody();
      await next();
    });
  app.get('/own', (context) => context.text('the host'));
  app.post('/own', async (context) => context.json(await context.req.json()));
  for (const mounting of mountings) mount(app, mounting);
  app.notFound((context) => context.text("not the host's", 404));
  const server = createAdaptorServer({ fetch: app.fetch });
  return listening(server, { scheme: 'http', upgrade });
}

for (const subject of SUBJECTS) t.test(subject.name, (t) => mountingContract(t, subject));
