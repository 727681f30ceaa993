import { linkNames } from '../links/link-names.js';
import type { MachinePorts } from '../links/machine-ports.js';
import { isNamespaceName } from '../plan/plan-names.js';

const OURS = /^[tbvxwyz][0-9a-f]{12}$/;

/**
 * Devices out of all namespaces that have names of ours and belong to no namespace that is there. A network's namespace is
 * made before its devices and goes after them: so `namespaces` must be listed after `outside`.
 */
export function strayDevices(
  outside: ReadonlySet<string>,
  namespaces: readonly string[],
  { uplinks }: MachinePorts,
): readonly string[] {
  const owned = new Set(
    namespaces.filter(isNamespaceName).flatMap((namespace): readonly string[] => {
      const names = linkNames(namespace);
      const pairs = [names.probe, ...[...uplinks.keys()].map((uplink) => names.uplink(uplink))];
      return [
        names.tenant,
        names.bridge,
        names.port,
        ...pairs.flatMap(({ port, passing }) => [port, passing]),
      ];
    }),
  );
  return [...outside].filter((name) => OURS.test(name) && !owned.has(name));
}
