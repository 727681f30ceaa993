import { isDeepStrictEqual } from 'node:util';
import type { NetworkService } from '../agent/network-service.js';
import type { CommandLine, CommandRunner } from '../commands/command-runner.js';
import { demandDone } from '../commands/demand-done.js';
import type { LinkState, NamespaceState } from '../links/link-state.js';
import { type NamespaceName, networkIn, tunnelDevice } from '../plan/plan-names.js';
import type { Tunnel } from '../program/network-program.js';
import { endForerunner } from './end-forerunner.js';
import { tunnelConfiguration, tunnelRoutes } from './tunnel-configuration.js';
import { isDumpOf } from './tunnel-state.js';

/**
 * WireGuard into networks: the kernel's where it has it, else `wireguard-go`. Peers that stay keep their sessions, and
 * all of it goes on when the agent ends. The device is in the network's namespace, and so is its UDP socket. `folder` is
 * where networks have folders of their own.
 */
export function tunnelService(runner: CommandRunner, folder: string): NetworkService {
  const configurationOf = (namespace: NamespaceName): string =>
    `${folder}/${namespace}/tunnel.conf`;
  const inside = (
    namespace: NamespaceName,
    words: readonly string[],
    input?: string,
  ): CommandLine => ({
    program: 'nsenter',
    arguments: [`--net=/run/netns/${namespace}`, ...words],
    input,
  });
  const ip = (namespace: NamespaceName, words: readonly string[], input?: string): CommandLine => ({
    program: 'ip',
    arguments: ['-n', namespace, ...words],
    input,
  });

  const make = async (namespace: NamespaceName, device: string, signal: AbortSignal) => {
    const made = await runner.run(
      ip(namespace, ['link', 'add', 'name', device, 'type', 'wireguard']),
      signal,
    );
    if (made.exitCode === 0) return;
    // A kernel without it.
    await endForerunner(runner, device, signal);
    const words = ['wireguard-go', device];
    demandDone('wireguard-go', await runner.run(inside(namespace, words), signal));
  };
  const routesOf = async (namespace: NamespaceName, device: string, signal: AbortSignal) => {
    const show = ['-j', 'route', 'show', 'dev', device, 'proto', 'static'];
    const shown = await runner.run(ip(namespace, show), signal);
    return parseDestinations(demandDone('ip route show', shown));
  };
  const bring = async (
    namespace: NamespaceName,
    tunnel: Tunnel,
    before: LinkState | undefined,
    signal: AbortSignal,
  ) => {
    const { device, address } = tunnel;
    // `wg` opens its input by name, and what we start has a socket for it, which has none.
    const path = configurationOf(namespace);
    await runner.files.write(path, tunnelConfiguration(tunnel));
    const set = await runner.run(inside(namespace, ['wg', 'syncconf', device, path]), signal);
    await runner.files.remove(path);
    demandDone('wg syncconf', set);
    const found = await routesOf(namespace, device, signal);
    const extra = [...(before?.addresses ?? [])].filter((its) => its !== address);
    const wanted = tunnelRoutes(tunnel);
    const lines = [
      ...extra.map((its) => `address delete ${its} dev ${device}`),
      `address replace ${address} dev ${device}`,
      `link set dev ${device} up`,
      ...wanted.map((cidr) => `route replace ${cidr} dev ${device} proto static`),
      ...found
        .filter((cidr) => !wanted.includes(cidr))
        .map((cidr) => `route delete ${cidr} dev ${device} proto static`),
    ];
    const batch = ip(namespace, ['-batch', '-'], `${lines.join('\n')}\n`);
    demandDone('tunnel', await runner.run(batch, signal));
  };

  return {
    name: 'tunnel',
    isSame: (one, other) =>
      one.tunnel === other.tunnel || isDeepStrictEqual(one.tunnel, other.tunnel),
    async isCarried({ namespace, tunnel }, { links }, signal) {
      const found = tunnelsIn(links);
      if (tunnel === null) return found.length === 0;
      const { device, address } = tunnel;
      const link = links.get(device);
      if (found.length > 1 || link?.isUp !== true) return false;
      if (link.addresses.size !== 1 || !link.addresses.has(address)) return false;
      const shown = await runner.run(inside(namespace, ['wg', 'show', device, 'dump']), signal);
      if (shown.exitCode !== 0 || !isDumpOf(tunnel, shown.stdout)) return false;
      const routes = new Set(await routesOf(namespace, device, signal));
      const wanted = tunnelRoutes(tunnel);
      return routes.size === wanted.length && wanted.every((cidr) => routes.has(cidr));
    },
    async follow({ namespace, tunnel }, { links }, signal) {
      const found = tunnelsIn(links);
      for (const device of found.filter((name) => name !== tunnel?.device)) {
        demandDone(
          'tunnel',
          await runner.run(ip(namespace, ['link', 'delete', 'dev', device]), signal),
        );
      }
      if (tunnel === null) {
        // Who died as it brought one has left its secrets there.
        await runner.files.remove(configurationOf(namespace));
        return;
      }
      if (!found.includes(tunnel.device)) await make(namespace, tunnel.device, signal);
      await bring(namespace, tunnel, links.get(tunnel.device), signal);
    },
    // Its device goes with the others of the namespace, and wireguard-go ends with its device.
    async dissolve(namespace, signal) {
      const network = networkIn(namespace);
      if (network !== undefined) await endForerunner(runner, tunnelDevice(network), signal);
      await runner.files.remove(configurationOf(namespace));
    },
  };
}

function tunnelsIn(links: NamespaceState['links']): readonly string[] {
  return [...links.keys()].filter((name) => name.startsWith('wg'));
}

// `ip` leaves out the length where it is a single address.
function parseDestinations(text: string): readonly string[] {
  const parsed: unknown = JSON.parse(text.trim() === '' ? '[]' : text);
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((route: unknown) => {
    if (typeof route !== 'object' || route === null || !('dst' in route)) return [];
    const { dst } = route;
    return typeof dst !== 'string' ? [] : [dst.includes('/') ? dst : `${dst}/32`];
  });
}
