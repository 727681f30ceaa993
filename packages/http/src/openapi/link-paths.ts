import { type LinkDeclaration, linkEnd, type ResourceType, type TypeRegistry } from '@gdcloud/core';
import type { OperationObject, ParameterObject, PathItemObject } from 'openapi3-ts/oas31';
import { createOperation, listOperation } from './operations.js';
import { ID } from './parameters.js';
import { answer, ETAG, failures, ON_BYTES, ON_READ, ref } from './responses.js';
import type { Rights } from './rights.js';

/** The paths of `/v1/<plural>/{id}/<link>`, as far as the caller sees where they lead. */
export function linkPaths(
  type: ResourceType,
  types: TypeRegistry,
  rights: Rights,
): readonly (readonly [string, PathItemObject])[] {
  const declared = Object.entries(type.links).flatMap(([name, link]) => {
    const item = linkPath(type, name, link, types, rights);
    return item === undefined ? [] : [[`/${type.plural}/{id}/${name}`, item] as const];
  });
  const account = types.find('account');
  const owner =
    account === undefined || Object.hasOwn(type.links, 'account')
      ? undefined
      : targetPath(type, 'account', account, rights);
  return [
    ...declared,
    ...(owner === undefined ? [] : [[`/${type.plural}/{id}/account`, owner] as const]),
    ...(Object.hasOwn(type.links, 'events')
      ? []
      : [[`/${type.plural}/{id}/events`, historyPath(type)] as const]),
  ];
}

function linkPath(
  type: ResourceType,
  name: string,
  link: LinkDeclaration,
  types: TypeRegistry,
  rights: Rights,
): PathItemObject | undefined {
  if (link.kind === 'content') return contentPath(type, name, link.direction);
  if (link.kind === 'children')
    return childrenPath(type, name, types.find(link.type), link.field, rights);
  const target = types.find(linkEnd(type, link) ?? '');
  return target === undefined ? undefined : targetPath(type, name, target, rights);
}

function targetPath(
  type: ResourceType,
  name: string,
  target: ResourceType,
  rights: Rights,
): PathItemObject | undefined {
  if (rights.get(target)?.has('read') !== true) return undefined;
  return {
    parameters: [ID],
    get: {
      operationId: `${name}_of_${type.id}`,
      summary: `Read the ${name} of a ${type.id}`,
      tags: [type.plural],
      responses: {
        200: answer(`The ${target.id}.`, ref(target.id), ETAG),
        ...failures(ON_READ),
      },
    },
  };
}

function childrenPath(
  type: ResourceType,
  name: string,
  child: ResourceType | undefined,
  parentField: string,
  rights: Rights,
): PathItemObject | undefined {
  const own = child === undefined ? undefined : rights.get(child);
  if (child === undefined || own?.has('read') !== true) return undefined;
  const field = child.spec[parentField];
  // Where the kernel decides who the parent is, nothing can be created under one.
  const creatable = own.has('create') && field !== undefined && field.write !== 'internal';
  return {
    parameters: [ID],
    get: listOperation(child, `${name}_of_${type.id}`, `List ${name} of a ${type.id}`, [
      type.plural,
    ]),
    ...(creatable
      ? {
          post: createOperation(
            child,
            `create_${name}_of_${type.id}`,
            `Ask for a new ${child.id} of a ${type.id}: its ${parentField} is filled in`,
            [type.plural],
          ),
        }
      : {}),
  };
}

function historyPath(type: ResourceType): PathItemObject {
  return {
    parameters: [ID],
    get: {
      operationId: `history_of_${type.id}`,
      summary: `Tell what moved a ${type.id}, newest first`,
      tags: [type.plural],
      responses: { 200: answer('The last events.', ref('history')), ...failures(ON_READ) },
    },
  };
}

function contentPath(
  type: ResourceType,
  name: string,
  direction: 'download' | 'both',
): PathItemObject {
  const bytes = { 'application/octet-stream': { schema: {} } };
  return {
    parameters: [ID],
    get: {
      operationId: `download_${type.id}`,
      summary: `Take out the bytes of a ${type.id}`,
      tags: [type.plural],
      parameters: [
        format('raw, the default, or one dynamic VHD.'),
        header('Range', 'One range of bytes.'),
        header('If-Range', 'The ETag that the range is to be of.'),
      ],
      responses: {
        200: { description: 'All of it.', content: bytes },
        206: { description: 'The range that was asked for.', content: bytes },
        ...failures(ON_BYTES),
      },
    },
    ...(direction === 'both'
      ? {
          put: bring(type, name, 'upload', `Bring the content of a ${type.id}`),
          patch: bring(type, name, 'continue', `Bring more of the content of a ${type.id}`),
        }
      : {}),
  };
}

function bring(
  type: ResourceType,
  name: string,
  verb: 'upload' | 'continue',
  summary: string,
): OperationObject {
  const whole = verb === 'upload';
  return {
    operationId: `${verb}_${type.id}`,
    summary,
    description: `Bytes of the link ${name}, as they are.`,
    tags: [type.plural],
    parameters: [
      header('Repr-Digest', 'sha-256=:…: of the whole content; content that differs is refused.'),
      header(
        'Upload-Length',
        'How long the whole content is, where Content-Length does not say it.',
      ),
      whole
        ? format('raw, the default, or a VHD; what says itself what it is made of needs none.')
        : header('Upload-Offset', 'Where the part goes on.'),
    ],
    requestBody: {
      required: true,
      content: {
        [whole ? 'application/octet-stream' : 'application/partial-upload']: { schema: {} },
      },
    },
    responses: { 200: answer(`The ${type.id}.`, ref(type.id)), ...failures(ON_BYTES) },
  };
}

function header(name: string, description: string): ParameterObject {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } };
}

function format(description: string): ParameterObject {
  return {
    name: 'format',
    in: 'query',
    required: false,
    description,
    schema: { type: 'string', enum: ['raw', 'vhd'] },
  };
}
