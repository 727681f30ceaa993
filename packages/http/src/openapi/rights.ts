import type { ResourceType } from '@gdcloud/core';
import type { TypeRights } from '../schema/type-rights.js';

/** What a caller may do with each type that it sees. */
export type Rights = ReadonlyMap<ResourceType, TypeRights>;
