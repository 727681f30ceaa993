import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { koaApi } from '@gdcloud/http/koa';
import Koa from 'koa';
import t from 'tap';
import { listening } from '../../../packages/http/dist-test/mounts/listening.js';
import { mountingContract } from '../../../packages/http/dist-test/mounts/mounting-contract.js';
import type { Subject } from '../../../packages/http/dist-test/mounts/subject.js';

const subject: Subject = {
  name: 'Koa',
  protocol: 'http/1.1',
  consoles: 'carried',
  parsers: 'known',
  start: ({ mountings, parsers, upgrade }) => {
    const app = new Koa();
    // What koa-bodyparser does.
    if (parsers === 'before')
      app.use(async (context, next) => {
        if (context.is('json')) Object.assign(context.request, { body: await json(context.req) });
        else if (context.is('urlencoded')) {
          const form = Object.fromEntries(new URLSearchParams(await text(context.req)));
          Object.assign(context.request, { body: form });
        }
        await next();
      });
    for (const { prefix, options } of mountings) app.use(koaApi({ ...options, prefix }));
    app.use(async (context) => {
      if (context.path !== '/own') {
        context.status = 404;
        context.body = "not the host's";
      } else context.body = 'body' in context.request ? context.request.body : 'the host';
    });
    return listening(createServer(app.callback()), { scheme: 'http', upgrade });
  },
};

t.test('Koa', (t) => mountingContract(t, subject));
