import { createServer } from 'node:http';
import { api } from '@gdcloud/http';
import express from 'express';
import t from 'tap';
import { listening } from '../../../packages/http/dist-test/mounts/listening.js';
import { mountingContract } from '../../../packages/http/dist-test/mounts/mounting-contract.js';
import type { Subject } from '../../../packages/http/dist-test/mounts/subject.js';

const subject: Subject = {
  name: 'Express',
  protocol: 'http/1.1',
  consoles: 'carried',
  parsers: 'known',
  start: ({ mountings, parsers, upgrade }) => {
    const app = express();
    const readers = [express.json({ type: () => true }), express.urlencoded({ extended: true })];
    if (parsers === 'before') app.use(express.json(), express.urlencoded({ extended: true }));
    app.get('/own', (_request, response) => void response.send('the host'));
    app.post('/own', readers, (request: express.Request, response: express.Response) => {
      response.json(request.body);
    });
    for (const { prefix, options } of mountings) app.use(prefix, api(options));
    app.use((_request, response) => void response.status(404).send("not the host's"));
    return listening(createServer(app), { scheme: 'http', upgrade });
  },
};

t.test('Express', (t) => mountingContract(t, subject));
