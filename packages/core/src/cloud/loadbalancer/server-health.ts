import { type ConditionStatement, conditionOf } from '../../model/condition.js';
import type { Resource } from '../../model/resource.js';
import type { Pass } from '../../ports/reconciler.js';
import type { network } from '../network/network.js';
import type { virtualmachine } from '../virtualmachine/virtualmachine.js';
import type { loadbalancer } from './loadbalancer.js';

type Balancer = typeof loadbalancer;
type Server = Resource<typeof virtualmachine>;
type Health = 'well' | 'unwell' | 'unknown';

const TYPE = 'Healthy';
const UNCHECKED: ConditionStatement = {
  type: TYPE,
  status: 'Unknown',
  reason: 'Unchecked',
  message: 'nobody checks its servers',
};

/** Says of each server whether it passes its checks, by what the network's appliance has told last. */
export function sayHealth(
  pass: Pass<Balancer>,
  of: Resource<typeof network>,
  servers: readonly Server[],
): void {
  const { spec, status, uuid } = pass.resource;
  const told = spec.healthCheck === 'none' ? null : (of.status.unwellServers ?? null);
  const unwell = told?.[uuid] ?? [];
  const healthOf = (server: Server): Health =>
    told === null ? 'unknown' : unwell.includes(server.uuid) ? 'unwell' : 'well';
  const health = Object.fromEntries(servers.map((server) => [server.id, healthOf(server)]));
  const before = status.serverHealth ?? {};
  const changed = servers.filter(({ id }) => health[id] !== (before[id] ?? 'unknown'));
  if (changed.length > 0 || Object.keys(before).length !== servers.length) {
    pass.report({ serverHealth: health });
  }
  for (const { id } of changed) pass.note('health', `virtualmachine ${id} is ${health[id]}`);
  const failing = servers.filter(({ id }) => health[id] === 'unwell');
  // What nobody has ever checked has no health to speak of.
  if (told !== null || conditionOf(pass.resource.conditions, TYPE) !== undefined) {
    pass.condition(
      told === null ? UNCHECKED : healthStatement(failing, servers.length - failing.length),
    );
  }
}

function healthStatement(failing: readonly Server[], passing: number): ConditionStatement {
  if (failing.length === 0) {
    const message = 'all its servers pass their checks';
    return { type: TYPE, status: 'True', reason: 'AllWell', message };
  }
  if (passing === 0) {
    const message = 'all its servers fail their checks, so all of them go on getting connections';
    return { type: TYPE, status: 'False', reason: 'AllUnwell', message };
  }
  const [fail, get] = failing.length === 1 ? ['fails its', 'gets'] : ['fail their', 'get'];
  const names = failing.map(({ id }) => `virtualmachine ${id}`).join(', ');
  const message = `${names} ${fail} checks and ${get} no new connections`;
  return { type: TYPE, status: 'False', reason: 'SomeUnwell', message };
}
