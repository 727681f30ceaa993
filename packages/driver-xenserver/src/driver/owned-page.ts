import { asExternalId, type OwnedPage } from '@gdcloud/core';
import { stampOf } from './stamp.js';

/** The objects among `records` that are this deployment's. XAPI has no paging, so it is always one page. */
export function ownedPage(
  records: readonly {
    readonly uuid: string;
    readonly other_config: Readonly<Record<string, string>>;
  }[],
  deployment: string,
): OwnedPage {
  return {
    objects: records.flatMap((record) => {
      const stamp = stampOf(record, deployment);
      return stamp === undefined ? [] : [{ external: asExternalId(record.uuid), ...stamp }];
    }),
  };
}
