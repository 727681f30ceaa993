import { DriverFailure } from '../../model/errors.js';
import type { Json } from '../../model/json.js';
import type { Driver, DriverCall } from '../../ports/driver.js';
import type { PairMember } from '../../ports/drivers/appliance-pair.js';
import { writeAnswer, writeObservation } from './driver-answer.js';
import type { DriverRequest } from './driver-request.js';
import type { HostedDrivers } from './hosted-drivers.js';
import { answerQuestion } from './network-questions.js';
import { type PairRequest, writeHoldings } from './pair-message.js';
import { upkeepOf } from './upkeep-message.js';

/** The drivers of a host, as requests name them. */
export interface CallableDrivers extends Pick<HostedDrivers, 'compute' | 'storage' | 'network'> {
  readonly byName: ReadonlyMap<string, Driver<unknown, unknown>>;
}

/** Makes the call that a request asks for. Returns the answer as JSON; throws what the driver throws. */
export async function carryOut(
  drivers: CallableDrivers,
  request: DriverRequest,
  call: DriverCall,
): Promise<Json> {
  if (request.verb === 'hosts') {
    return writeAnswer(await (drivers.compute ?? unknown('computing')).hosts(call));
  }
  if (request.verb === 'pools') {
    return writeAnswer(await (drivers.storage ?? unknown('storage')).pools(call));
  }
  if (request.verb === 'carried') {
    const network = drivers.network ?? unknown('networking');
    const generation = await network.carried(request.network, request.element, call);
    return writeAnswer({ generation: generation ?? null });
  }
  if (request.verb === 'meters') {
    const { network } = drivers;
    if (network?.meters === undefined) unknown('networking with meters');
    return writeAnswer(await network.meters(request.network, call));
  }
  if (request.verb === 'isolation' || request.verb === 'plantext') {
    const answer = await answerQuestion(drivers.network, request, call);
    return writeAnswer(answer ?? unknown(`networking with ${request.verb}`));
  }
  if (request.verb === 'standing' || request.verb === 'holdings' || request.verb === 'permit') {
    return answerMember(
      drivers.network?.member ?? unknown('an appliance of a pair'),
      request,
      call,
    );
  }
  if (request.verb === 'upkeep') {
    const { storage } = drivers;
    if (storage?.upkeep === undefined) unknown('storage with upkeep');
    return writeAnswer(await storage.upkeep(upkeepOf(request), call));
  }
  const driver = drivers.byName.get(request.driver) ?? unknown(request.driver);
  switch (request.verb) {
    case 'observe':
      return writeObservation(await driver.observe(request.key, request.desired, call));
    case 'create':
      return writeAnswer(await driver.create(request.key, request.desired, call));
    case 'update':
      return writeAnswer(await driver.update(request.key, request.desired, request.change, call));
    case 'delete':
      return writeAnswer(await driver.delete(request.key, call));
    case 'quarantine':
      if (driver.quarantine === undefined) unknown(`${request.driver} with quarantine`);
      return writeAnswer(await driver.quarantine(request.key, call));
    case 'foresee':
      if (driver.foresee === undefined) unknown(`${request.driver} with foresee`);
      return writeAnswer(await driver.foresee(request.desired, call));
    case 'list':
      return writeAnswer(await driver.list(request.cursor, call));
  }
}

async function answerMember(
  member: PairMember,
  request: PairRequest,
  call: DriverCall,
): Promise<Json> {
  switch (request.verb) {
    case 'standing':
      return writeAnswer(await member.standing(call));
    case 'holdings':
      return writeAnswer(writeHoldings(await member.holdings(call)));
    case 'permit':
      await member.permit(request.permit, call);
      return writeAnswer({});
  }
}

function unknown(driver: string): never {
  const message = `this driver host runs no driver ${driver}`;
  throw new DriverFailure('rejected', 'DriverUnknown', message, {
    remedy: 'Give the kernel the manifest of this driver host, and restart it.',
  });
}
