import type { Await } from './awaits.js';

const NO_PAIR =
  'No simulated appliance is one of a pair: driver-vlan’s test/pair/simulation kills kernels while they vouch.';
const NOBODYS =
  'No simulated pool has servers of nobody’s yet: test/cloud/adoption kills the process at each write of an adoption.';

const ONE_COST =
  'Simulated passwords are all hashed at one cost: test/cloud/credential/logins raises it. A digest that is not made anew is as good as it was.';

const NO_KEYS =
  'Simulated clients send no idempotency keys: test/kernel/idempotency loses answers and has several processes ask at once.';
const NO_CHANGE =
  'Nothing is written before it and it is one unit: whether a crash comes before or after, the request has changed nothing.';
const NO_VERDICT = 'Verifying the audit log only reads, and nobody asks for it in a story.';

/** Awaits that no run can crash at, each with its reason. `text` is how the compiled expression begins. */
export const UNREACHED: readonly {
  readonly file: string;
  readonly within: string;
  readonly text: string;
  readonly why: string;
}[] = [
  {
    file: 'cloud/network/documents-on-record.js',
    within: 'all',
    text: 'await store.all(',
    why: NO_PAIR,
  },
  {
    file: 'cloud/network/documents-on-record.js',
    within: 'of',
    text: 'await store.get(',
    why: NO_PAIR,
  },
  {
    file: 'cloud/imagecopy/imagecopy-reconciler.js',
    within: 'reconcile',
    text: 'await pass.requestDelete(',
    why: 'A copy must be asked for in the very moment in which its image goes; the volume that asks for it keeps the image.',
  },
  {
    file: 'cloud/volume/volume-reconciler.js',
    within: 'reconcile',
    text: 'await noteFound(',
    why: 'It waits for something only for volumes of the days of one share: test/cloud/storage-pools has one.',
  },
  {
    file: 'cloud/volume/move-volume.js',
    within: 'begin',
    text: 'await pass.charge(home.uuid',
    why: 'Only a volume of the days of one share is charged nowhere: test/cloud/volume-moves has one.',
  },
  {
    file: 'cloud/ipaddress/ipaddress-reconciler.js',
    within: 'unassigned',
    text: 'await pass.requestUnlink(',
    why: 'The assignment must stand still for the whole removal of its network, which asks its addresses to leave itself.',
  },
  {
    file: 'kernel/authentication.js',
    within: '#find',
    text: 'await this.#keyOf(',
    why: 'It waits for something only for a name that looks like an id: test/cloud/credential/logins has one.',
  },
  {
    file: 'kernel/authentication.js',
    within: '#signIn',
    text: 'await this.#digestedAnew(',
    why: ONE_COST,
  },
  {
    file: 'kernel/authentication.js',
    within: '#digestedAnew',
    text: 'await credentials.passwordDigest(',
    why: ONE_COST,
  },
  {
    file: 'kernel/authentication.js',
    within: '#digestedAnew',
    text: 'await store.change(',
    why: ONE_COST,
  },
  {
    file: 'kernel/bounded-work.js',
    within: 'run',
    text: 'await this.#turn()',
    why: 'No simulated kernel checks three passwords at once; whoever waits for a turn has done nothing yet.',
  },
  {
    file: 'kernel/asked-once.js',
    within: 'once',
    text: 'await this.#records.carriedOut(',
    why: NO_KEYS,
  },
  {
    file: 'kernel/asked-once.js',
    within: 'once',
    text: 'await again(same(',
    why: NO_KEYS,
  },
  {
    file: 'kernel/asked-once.js',
    within: 'once',
    text: 'await this.#first(',
    why: NO_KEYS,
  },
  {
    file: 'kernel/asked-once.js',
    within: '#first',
    text: 'await work(key)',
    why: NO_KEYS,
  },
  {
    file: 'kernel/asked-once.js',
    within: '#first',
    text: 'await this.#records.carriedOut(',
    why: NO_KEYS,
  },
  {
    file: 'kernel/desired-state.js',
    within: 'create',
    text: 'await this.#asItIsNow(',
    why: NO_KEYS,
  },
  {
    file: 'kernel/desired-state.js',
    within: '#asItIsNow',
    text: 'await this.#options.store.get(uuid)',
    why: NO_KEYS,
  },
  {
    file: 'kernel/creations.js',
    within: 'create',
    text: 'await this.#options.store.note(',
    why: NO_CHANGE,
  },
  {
    file: 'kernel/deletions.js',
    within: 'request',
    text: 'await this.#options.store.note(',
    why: NO_CHANGE,
  },
  {
    file: 'kernel/desired-changes.js',
    within: 'write',
    text: 'await store.note(',
    why: NO_CHANGE,
  },
  {
    file: 'cloud/auditrecord/verify-audit.js',
    within: 'verifyAudit',
    text: 'await store.chainHead(',
    why: NO_VERDICT,
  },
  {
    file: 'cloud/auditrecord/verify-audit.js',
    within: 'verifyAudit',
    text: 'await store.sealedFrom(',
    why: NO_VERDICT,
  },
  {
    file: 'cloud/auditrecord/verify-audit.js',
    within: 'verifyAudit',
    text: 'await store.unsealedOf(',
    why: NO_VERDICT,
  },
  {
    file: 'cloud/auditrecord/verify-question.js',
    within: 'answer',
    text: 'await verifyAudit(',
    why: NO_VERDICT,
  },
  {
    file: 'kernel/main-loop.js',
    within: 'stop',
    text: 'await new Promise(',
    why: 'An orderly stop waits for passes; each of them is crashed at on its own account.',
  },
  {
    file: 'kernel/routine-tasks.js',
    within: 'stop',
    text: 'await Promise.all(this.#running)',
    why: 'An orderly stop waits for tasks; each of them is crashed at on its own account.',
  },
  {
    file: 'kernel/explain/explainer.js',
    within: '#path',
    text: 'await this.#causeOf(current)',
    why: 'The end of a circle of waiting; no built-in type can wait in one.',
  },
  {
    file: 'cloud/volume/attachment.js',
    within: 'attachment',
    text: 'await pass.requestUnlink(',
    why: 'The request must stand still for the whole removal of its server: test/cloud/attachments lets it.',
  },
  {
    file: 'cloud/volume/volume-reconciler.js',
    within: 'withItsServer',
    text: 'await pass.requestDelete(',
    why: 'A process must be replaced while it asks for a disk, and its server be gone before it goes on: seeds 13727 and 14096 of the swarm do that.',
  },
  {
    file: 'kernel/plan/forked-ledger.js',
    within: 'moveClaim',
    text: 'await this.claimOf(owner, left)',
    why: 'Placement gives back what is being left before it moves anything: then a fork has it in memory.',
  },
  {
    file: 'kernel/plan/forked-ledger.js',
    within: 'moveClaim',
    text: 'await this.#recharge(owner, left, claim)',
    why: 'Placement gives back what is being left before it moves anything: then a fork has it in memory.',
  },
  {
    file: 'kernel/plan/forked-rows.js',
    within: 'idsOf',
    text: 'await this.#base.idsOf(uuids)',
    why: 'Part of the store that nothing asks for in a plan: it is for rendering.',
  },
  {
    file: 'kernel/plan/forked-rows.js',
    within: 'claim',
    text: 'await this.get(uuid)',
    why: 'What a plan works on was written before and is in memory.',
  },
  {
    file: 'kernel/plan/forked-rows.js',
    within: 'record',
    text: 'await this.get(uuid)',
    why: 'What a plan works on was written before and is in memory.',
  },
  {
    file: 'kernel/child-requests.js',
    within: 'insertChild',
    text: 'await resolver.resolve(',
    why: 'What children of built-in types refer to has been read by then; that look is crashed at.',
  },
  {
    file: 'create-cloud.js',
    within: 'stop',
    text: 'await held.close()',
    why: 'An orderly stop gives up connections that nothing durable depends on.',
  },
  {
    file: 'cloud/host/adoption-facts.js',
    within: 'adoptionFacts',
    text: 'await Promise.all([',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption-hook.js',
    within: 'refusalOf',
    text: 'await inventory.adoptable(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption-hook.js',
    within: 'refusalOf',
    text: 'await adoptionFacts(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption-hook.js',
    within: 'lookups',
    text: 'await store.find(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption-hook.js',
    within: 'lookups',
    text: 'await store.all(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption.js',
    within: 'adoptServers',
    text: 'await adopt(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption.js',
    within: 'adopt',
    text: 'await pass.all(virtualmachine)',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption.js',
    within: 'adopt',
    text: 'await by.inventory.adoptable(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption.js',
    within: 'adopt',
    text: 'await adoptionFacts(',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/adoption.js',
    within: 'adopt',
    text: 'await pass.ensureChild(virtualmachine',
    why: NOBODYS,
  },
  {
    file: 'cloud/host/host-reconciler.js',
    within: 'reconcile',
    text: 'await adoptServers(',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/adopted-disks.js',
    within: 'adoptDisks',
    text: 'await pass.ensureChild(volume',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/adopted-disks.js',
    within: 'adoptedDiskToCome',
    text: 'await pass.children(volume',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/place-server.js',
    within: 'placeAdopted',
    text: 'await pass.all(host)',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/place-server.js',
    within: 'placeAdopted',
    text: 'await pass.charge(',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/virtualmachine-reconciler.js',
    within: 'reconcile',
    text: 'await adoptedDiskToCome(',
    why: NOBODYS,
  },
  {
    file: 'cloud/virtualmachine/virtualmachine-reconciler.js',
    within: 'rootDisk',
    text: 'await adoptDisks(',
    why: NOBODYS,
  },
  {
    file: 'kernel/sealing/keep-sealed.js',
    within: 'goOn',
    text: 'await this.#options.store.reseal(',
    why: 'No simulated row is of an earlier release, or of another key: test/kernel/sealing/keep-sealed kills the process before and after it.',
  },
];

/** Files that only look on: what they wait for is somebody else's, changes nothing, and is not there without a meter or a tracer. */
export const ONLOOKERS: readonly { readonly file: RegExp; readonly why: string }[] = [
  {
    file: /^kernel\/telemetry\//,
    why: 'Wrapped round ports and drivers for numbers and spans; the calls inside are crashed at.',
  },
  { file: /^kernel\/health\.js$/, why: 'Asked by probes from outside; reads, and keeps nothing.' },
  {
    file: /^cloud\/content\//,
    why: 'Bytes of disks that a request takes out or brings: nothing of it is a pass, and nobody does that in a simulated cloud.',
  },
  {
    file: /^kernel\/feed\//,
    why: 'Tells of what is recorded already, and writes nothing: whoever listened to a process that died resumes from another one.',
  },
  { file: /^cloud\/orphan\/count-orphans\.js$/, why: 'A number for a meter; reads only.' },
];

/** Whether an await is one of these, or an onlooker's. */
export function isUnreached(each: Await): boolean {
  if (ONLOOKERS.some(({ file }) => file.test(each.file))) return true;
  return UNREACHED.some(
    ({ file, within, text }) =>
      file === each.file && within === each.within && each.text.startsWith(text),
  );
}
