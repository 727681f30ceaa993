import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { serveMeasured } from '../process/measured.js';

// The floor: what bare node:http needs to send bytes that it has.
const { values } = parseArgs({ options: { answers: { type: 'string' } } });
if (values.answers === undefined) throw new TypeError('--answers is missing');
const answers = new Map(
  Object.entries(JSON.parse(await readFile(values.answers, 'utf8')) as Record<string, Recorded>),
);

/** What our API answered. */
interface Recorded {
  readonly headers: Record<string, string>;
  readonly body: string;
}

await serveMeasured(
  (request, response) => {
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404, { 'content-length': 0 }).end();
    else response.writeHead(200, answer.headers).end(answer.body);
  },
  { name: 'bare' },
);
