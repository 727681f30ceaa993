import type { DriverCall } from '@gdcloud/core';
import type { DriverContext } from './context.js';
import { can } from './features.js';

/** How cards are kept to their addresses: by the hypervisor, not at all, or not although it was asked for. */
export type SourceFilter = 'vif' | 'none' | 'unsupported';

/** What becomes of the option `sourceFilter` on this pool. */
export async function sourceFilterOf(
  context: Pick<DriverContext, 'settings' | 'xapi'>,
  call: DriverCall,
): Promise<SourceFilter> {
  if (context.settings.sourceFilter === 'none') return 'none';
  return (await can(context, 'address-filter', call)) ? 'vif' : 'unsupported';
}
