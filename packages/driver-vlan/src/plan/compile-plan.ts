import { createHash } from 'node:crypto';
import type { ApplianceDocument, SegmentLink } from './appliance-document.js';
import { firewallProgram } from './firewall-program.js';
import {
  type DeviceName,
  derivedMacAddress,
  type NamespaceName,
  namespaceName,
  passingDevice,
  TENANT_DEVICE,
} from './plan-names.js';
import type { Command, Plan, Step } from './step.js';

/**
 * Turns a document into the steps that carry it. Pure and deterministic. The order is closed at every point: the
 * firewall is loaded before there is a link, and the link comes up last. Names always follow `dev` or `name`, because
 * `ip` would take a name such as `br` for one of its keywords.
 */
export function compilePlan(document: ApplianceDocument): Plan {
  const namespace = namespaceName(document.network);
  return {
    revision: document.revision,
    steps: [
      {
        name: 'namespace',
        unless: [ip('-n', namespace, 'link', 'show', 'dev', 'lo')],
        run: ip('netns', 'add', namespace),
      },
      {
        name: 'firewall',
        unless: [],
        run: inside(namespace, ['nft', '-f', '-'], firewallProgram(mark(document))),
      },
      ...linkSteps(document, namespace),
      {
        name: 'link.macAddress',
        unless: [],
        // The same on every appliance that carries the network, so that servers need not learn a new one.
        run: ip(
          '-n',
          namespace,
          'link',
          'set',
          'dev',
          TENANT_DEVICE,
          'address',
          gatewayMac(document),
        ),
      },
      {
        name: 'gateway',
        unless: [],
        run: ip(
          '-n',
          namespace,
          'address',
          'replace',
          `${document.gateway}/${document.range.prefixLength}`,
          'broadcast',
          document.range.last,
          'dev',
          TENANT_DEVICE,
        ),
      },
      // Makes the kernel announce the gateway by itself when the link comes up.
      setting('arpNotify', namespace, 'net.ipv4.conf.all.arp_notify=1'),
      setting('forwarding', namespace, 'net.ipv4.ip_forward=1'),
      {
        name: 'link.up',
        unless: [],
        run: ip('-n', namespace, 'link', 'set', 'dev', TENANT_DEVICE, 'up'),
      },
    ],
  };
}

// Made under a passing name, then moved, then renamed: a name that exists in two namespaces confuses `ip` and people.
function linkSteps(document: ApplianceDocument, namespace: NamespaceName): readonly Step[] {
  const passing = passingDevice('t', document.network);
  const done = shows(TENANT_DEVICE, namespace);
  const moved = shows(passing, namespace);
  const outer = outerLink(document.link);
  return [
    ...(outer?.steps ?? []),
    {
      name: 'link',
      unless: [done, moved, shows(passing)],
      run: taggedLink(outer?.device ?? document.link.trunk, passing, '802.1Q', document.link.id),
    },
    {
      name: 'link.move',
      unless: [done, moved],
      run: ip('link', 'set', 'dev', passing, 'netns', namespace),
    },
    {
      name: 'link.rename',
      unless: [done],
      run: ip('-n', namespace, 'link', 'set', 'dev', passing, 'name', TENANT_DEVICE),
    },
  ];
}

function outerLink({
  trunk,
  outerId,
}: SegmentLink): { readonly device: DeviceName; readonly steps: readonly Step[] } | undefined {
  if (outerId === undefined) return undefined;
  // Shared by all networks behind the same outer tag, so named by it and left in the root namespace.
  const device = passingDevice('o', `${trunk}/${outerId}`);
  return {
    device,
    steps: [
      {
        name: 'outerLink',
        unless: [shows(device)],
        run: taggedLink(trunk, device, '802.1ad', outerId),
      },
      { name: 'outerLink.up', unless: [], run: ip('link', 'set', 'dev', device, 'up') },
    ],
  };
}

function taggedLink(
  on: DeviceName,
  name: DeviceName,
  protocol: '802.1Q' | '802.1ad',
  id: number,
): Command {
  return ip(
    'link',
    'add',
    'link',
    on,
    'name',
    name,
    'type',
    'vlan',
    'protocol',
    protocol,
    'id',
    String(id),
  );
}

function setting(name: string, namespace: NamespaceName, assignment: string): Step {
  return { name, unless: [], run: inside(namespace, ['sysctl', '-q', '-w', assignment]) };
}

function shows(device: DeviceName, namespace?: NamespaceName): Command {
  return ip(...(namespace === undefined ? [] : ['-n', namespace]), 'link', 'show', 'dev', device);
}

function ip(...words: readonly string[]): Command {
  return { program: 'ip', arguments: words };
}

function inside(namespace: NamespaceName, words: readonly string[], input?: string): Command {
  return { program: 'nsenter', arguments: [`--net=/run/netns/${namespace}`, ...words], input };
}

function gatewayMac(document: ApplianceDocument): string {
  return derivedMacAddress(`gateway/${document.network}`);
}

function mark(document: ApplianceDocument): number {
  return createHash('sha256').update(JSON.stringify(document)).digest().readUInt32BE(0);
}
