import { parseArgs } from 'node:util';
import { type JsonObject, type Resource, virtualmachine } from '@gdcloud/core';
import { type FastifySchema, fastify } from 'fastify';
import { serveMeasured } from '../process/measured.js';
import { apiCloud } from './api-cloud.js';

// What somebody writes who needs no more than this answer: a Fastify route that reads the same row through the same
// store and writes the same fields by a schema. It asks nobody who they are, and knows no actions but these.
const { values } = parseArgs({ options: { file: { type: 'string' }, sample: { type: 'string' } } });
if (values.file === undefined || values.sample === undefined)
  throw new TypeError('--file and --sample are missing');
const sample = JSON.parse(values.sample) as JsonObject;
const { store } = await apiCloud(values.file);
const app = fastify();
const all = { kind: 'all' } as const;
const schema: FastifySchema = { response: { 200: schemaOf(sample) } };
const links = Object.keys(sample['links'] as object);
const actions = Object.keys(sample['actions'] as object);

app.get<{ Params: { id: string } }>('/v1/virtualmachines/:id', { schema }, async (request) => {
  const found = await store.find(all, virtualmachine, request.params.id);
  if (found === undefined) throw new Error('there is no such server');
  return shown(found, `http://${request.host}/v1/virtualmachines/${found.id}`);
});
await app.ready();
await serveMeasured((request, response) => app.routing(request, response), { name: 'fastify' });

function shown(found: Resource, self: string): object {
  return {
    ...sample,
    ...found.spec,
    ...found.status,
    id: found.id,
    uuid: found.uuid,
    name: found.name,
    created: new Date(found.created).toISOString(),
    links: Object.fromEntries(links.map((name) => [name, `${self}/${name}`])),
    actions: Object.fromEntries(actions.map((name) => [name, `${self}/?action=${name}`])),
  };
}

/** The JSON Schema of documents like one. */
function schemaOf(value: unknown): object {
  if (Array.isArray(value))
    return { type: 'array', items: value.length > 0 ? schemaOf(value[0]) : {} };
  if (typeof value === 'object' && value !== null) {
    const properties = Object.entries(value).map(([name, one]) => [name, schemaOf(one)]);
    return { type: 'object', properties: Object.fromEntries(properties) };
  }
  // What is null here may be anything elsewhere.
  return value === null ? {} : { type: [typeof value, 'null'] };
}
