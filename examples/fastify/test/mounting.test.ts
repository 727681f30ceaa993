import { fastifyApi } from '@gdcloud/http/fastify';
import Fastify from 'fastify';
import t from 'tap';
import { listening } from '../../../packages/http/dist-test/mounts/listening.js';
import { mountingContract } from '../../../packages/http/dist-test/mounts/mounting-contract.js';
import { newMounting, type Subject } from '../../../packages/http/dist-test/mounts/subject.js';

const subject: Subject = {
  name: 'Fastify',
  protocol: 'http/1.1',
  consoles: 'carried',
  parsers: 'known',
  start: async ({ mountings, parsers, upgrade }) => {
    const app = Fastify();
    if (parsers === 'before') {
      const types = ['application/x-www-form-urlencoded', 'multipart/form-data'];
      app.addContentTypeParser(types, { parseAs: 'string' }, (_request, body, done) => {
        done(null, { text: body });
      });
    }
    app.get('/own', () => 'the host');
    app.post('/own', (request) => request.body);
    for (const { prefix, options } of mountings)
      await app.register(fastifyApi(options), { prefix });
    app.setNotFoundHandler((_request, reply) => reply.code(404).send("not the host's"));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server, { scheme: 'http', upgrade });
  },
};

t.test('Fastify', (t) => mountingContract(t, subject));

t.test('hooks of the application run before the API, and their headers stay', async (t) => {
  const { options } = newMounting('');
  const app = Fastify();
  t.teardown(() => app.close());
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-of-the-host', 'yes').header('cache-control', 'public');
    if (request.url.startsWith('/cloud/v1/forbidden')) return reply.code(418).send('no');
    return undefined;
  });
  await app.register(fastifyApi(options), { prefix: '/cloud' });
  const answer = await app.inject('/cloud');
  t.equal(answer.statusCode, 200);
  t.equal(answer.headers['x-of-the-host'], 'yes');
  t.equal(answer.headers['cache-control'], 'no-store, private', 'what the API says goes first');
  t.equal((await app.inject('/cloud/v1/forbidden')).statusCode, 418);
});
