import type { DeviceName } from '../plan/plan-names.js';
import type { NetworkProgram } from '../program/network-program.js';
import { type LinkLabel, tenantLabel, uplinkLabel } from './link-label.js';
import { linkNames } from './link-names.js';
import type { NamespaceState } from './link-state.js';
import type { Step } from './link-steps.js';
import { hasSwitch, type MachinePorts } from './machine-ports.js';
import { deletePorts } from './switch-ports.js';

/**
 * Takes away the devices that lead to another segment, or another way outside, than they are asked to: before anything is
 * attached anew, so that nothing ever passes between the two. Where the machine has no such port any more, they stay.
 */
export function detachSteps(
  { namespace, tenant, uplinks }: NetworkProgram,
  state: NamespaceState,
  ports: MachinePorts,
): readonly Step[] {
  const names = linkNames(namespace);
  const trunk = ports.trunks.get(tenant.segment.trunk);
  const wrong = [
    wrongLink(state, {
      device: tenant.device,
      passing: names.tenant,
      port: names.port,
      label: trunk && tenantLabel(tenant.segment, trunk),
      tag: trunk?.by === 'kernel' ? tenant.segment.id : undefined,
    }),
    ...uplinks.map(({ device, uplink }) => {
      const port = ports.uplinks.get(uplink);
      return wrongLink(state, {
        device,
        ...names.uplink(uplink),
        label: port && uplinkLabel(port),
      });
    }),
  ].flatMap((link) => link ?? []);
  if (wrong.length === 0) return [];
  const input = wrong.map(({ found }) => `link delete dev ${found}\n`).join('');
  const words = ['-n', namespace, '-batch', '-'];
  return [
    { name: 'links.detach', command: { program: 'ip', arguments: words, input } },
    ...(hasSwitch(ports)
      ? [{ name: 'links.switch', command: deletePorts(wrong.map(({ port }) => port)) }]
      : []),
  ];
}

/** A device that is to lead somewhere. */
interface WantedLink {
  readonly device: DeviceName;
  readonly passing: DeviceName;
  readonly port: DeviceName;
  readonly label: LinkLabel | undefined;
  /** The tag that the device itself must have. */
  readonly tag?: number | undefined;
}

function wrongLink(
  { links }: NamespaceState,
  { device, passing, port, label, tag }: WantedLink,
): { readonly found: string; readonly port: DeviceName } | undefined {
  const found = links.get(device) ?? links.get(passing);
  if (found === undefined || label === undefined) return undefined;
  const isRight = found.label === label && (tag === undefined || found.tag === tag);
  return isRight ? undefined : { found: found.name, port };
}
