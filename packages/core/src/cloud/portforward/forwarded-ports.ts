import type { Resource } from '../../model/resource.js';
import type { portforward } from './portforward.js';

/** The ports of a forward, with what was left out filled in. */
export interface ForwardedPorts {
  readonly publicStartPort: number;
  readonly publicEndPort: number;
  readonly privateStartPort: number;
}

/** Reads the ports of a forward. */
export function forwardedPorts({
  publicStartPort,
  publicEndPort,
  privateStartPort,
}: Pick<
  Resource<typeof portforward>['spec'],
  'publicStartPort' | 'publicEndPort' | 'privateStartPort'
>): ForwardedPorts {
  return {
    publicStartPort,
    publicEndPort: publicEndPort ?? publicStartPort,
    privateStartPort: privateStartPort ?? publicStartPort,
  };
}
