import {
  type Caller,
  type ListenRequest,
  RequestError,
  type ResourceType,
  type ResourceUuid,
} from '@gdcloud/core';
import type { Visit } from '../routes/visit.js';
import { isVisible } from '../schema/type-rights.js';

/** The names that `/v1/events` understands. */
export const EVENT_PARAMETERS = {
  type: 'resourceType',
  id: 'resourceId',
  account: 'accountId',
  include: 'include',
  after: 'after',
} as const;

/**
 * What a visit to `/v1/events` asks to hear of. Throws RequestError: InvalidQuery, PermissionDenied for the account of
 * somebody else.
 */
export async function listenRequestOf(visit: Visit): Promise<ListenRequest> {
  const types = typesOf(visit);
  const id = only(visit, EVENT_PARAMETERS.id);
  if (id !== undefined && types.length !== 1)
    throw invalid(EVENT_PARAMETERS.id, 'resourceId needs one resourceType');
  const account = await accountOf(visit);
  return {
    wanted: {
      ...(types.length === 0 ? {} : { types: new Set(types.map((type) => type.id)) }),
      ...(id === undefined ? {} : { ids: new Set([id]) }),
      ...(account === undefined ? {} : { account }),
    },
    after: visit.request.header('last-event-id') ?? only(visit, EVENT_PARAMETERS.after),
  };
}

/** Whether changes are to come with their resources. Throws InvalidQuery for anything else. */
export function includeOf(visit: Visit): 'resource' | 'nothing' {
  const include = only(visit, EVENT_PARAMETERS.include);
  if (include === undefined) return 'nothing';
  if (include.toLowerCase() === 'resource') return 'resource';
  throw invalid(EVENT_PARAMETERS.include, 'resource is all that can be included');
}

function typesOf({ query, site, caller }: Visit): readonly ResourceType[] {
  return query.parameters
    .filter(({ name }) => name === EVENT_PARAMETERS.type)
    .map(({ value }) => {
      const type = site.types.find(value);
      if (type === undefined || !isVisible(site.resources, caller, type))
        throw invalid(EVENT_PARAMETERS.type, 'there is no such type');
      return type;
    });
}

async function accountOf(visit: Visit): Promise<ResourceUuid | undefined> {
  const { site, caller } = visit;
  const id = only(visit, EVENT_PARAMETERS.account);
  if (id === undefined) return undefined;
  if (id === caller.accountId) return caller.account;
  if (!isAdministrator(caller))
    throw new RequestError('PermissionDenied', 'only administrators listen to other accounts', {
      fieldName: EVENT_PARAMETERS.account,
    });
  const type = site.types.find('account');
  if (type === undefined) throw invalid(EVENT_PARAMETERS.account, 'there are no accounts');
  try {
    return (await site.resources.get(caller, type, id)).uuid;
  } catch (thrown) {
    if (thrown instanceof RequestError && thrown.code === 'NotFound')
      throw invalid(EVENT_PARAMETERS.account, 'there is no such account');
    throw thrown;
  }
}

function isAdministrator({ kind }: Caller): boolean {
  return kind === 'admin';
}

function only({ query }: Visit, name: string): string | undefined {
  const given = query.parameters.filter((parameter) => parameter.name === name);
  if (given.length > 1) throw invalid(name, `${name} is given twice`);
  const [value] = given;
  return value?.value === '' ? undefined : value?.value;
}

function invalid(fieldName: string, message: string): RequestError {
  return new RequestError('InvalidQuery', message, {
    fieldName,
    detail: 'See docs/events.md, or /v1/openapi.json.',
  });
}
