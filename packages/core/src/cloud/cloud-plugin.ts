import type { DependencyContainer } from '../di.js';
import type { ResourceType } from '../model/resource-type.js';
import type { OpenSealed } from '../model/sealed-fields.js';
import {
  CLOCK,
  COMPUTE,
  HOOK,
  NETWORK,
  RANDOM,
  RECONCILER,
  RESOURCE_TYPE,
  STORAGE,
  STORE,
} from '../ports/tokens.js';
import { account } from './account/account.js';
import { addresspool } from './addresspool/addresspool.js';
import { ADDRESS_POOL_HOOKS } from './addresspool/pool-hooks.js';
import { apikey } from './apikey/apikey.js';
import { auditrecord } from './auditrecord/auditrecord.js';
import { apikeyReconciler, loginReconciler } from './credential/credential-reconciler.js';
import { adoptionHook } from './host/adoption-hook.js';
import { host } from './host/host.js';
import { hostReconciler } from './host/host-reconciler.js';
import { image } from './image/image.js';
import { IMAGE_HOOKS } from './image/image-hooks.js';
import { imageReconciler } from './image/image-reconciler.js';
import { imagecopy } from './imagecopy/imagecopy.js';
import { imagecopyReconciler } from './imagecopy/imagecopy-reconciler.js';
import type { Inventory } from './inventory/inventory.js';
import { ADDRESS_HOOKS } from './ipaddress/address-hooks.js';
import type { AddressSettings } from './ipaddress/address-settings.js';
import { ipaddress } from './ipaddress/ipaddress.js';
import { ipaddressReconciler } from './ipaddress/ipaddress-reconciler.js';
import { loadbalancer } from './loadbalancer/loadbalancer.js';
import { LOADBALANCER_HOOKS } from './loadbalancer/loadbalancer-hooks.js';
import { loadbalancerReconciler } from './loadbalancer/loadbalancer-reconciler.js';
import { login } from './login/login.js';
import { network } from './network/network.js';
import { NETWORK_HOOKS } from './network/network-hooks.js';
import { networkReconciler } from './network/network-reconciler.js';
import { networkrule } from './networkrule/networkrule.js';
import { NETWORKRULE_HOOKS } from './networkrule/networkrule-hooks.js';
import { networkruleReconciler } from './networkrule/networkrule-reconciler.js';
import { offering } from './offering/offering.js';
import { orphan } from './orphan/orphan.js';
import { portforward } from './portforward/portforward.js';
import { PORTFORWARD_HOOKS } from './portforward/portforward-hooks.js';
import { portforwardReconciler } from './portforward/portforward-reconciler.js';
import { snapshot } from './snapshot/snapshot.js';
import { SNAPSHOT_HOOKS } from './snapshot/snapshot-hooks.js';
import { snapshotReconciler } from './snapshot/snapshot-reconciler.js';
import { POOL_HOOKS } from './storagepool/pool-hooks.js';
import { recordedDisks } from './storagepool/recorded-disks.js';
import type { StorageSettings } from './storagepool/storage-settings.js';
import { storagepool } from './storagepool/storagepool.js';
import { storagepoolReconciler } from './storagepool/storagepool-reconciler.js';
import { UpkeepDriver } from './storagepool/upkeep-driver.js';
import { ADOPTED_HOOK } from './virtualmachine/adopted-hook.js';
import { DISCARDED_HOOK } from './virtualmachine/discarded-hook.js';
import { PLACEMENT_HOOKS } from './virtualmachine/placement-hooks.js';
import { virtualmachine } from './virtualmachine/virtualmachine.js';
import { virtualmachineReconciler } from './virtualmachine/virtualmachine-reconciler.js';
import { volume } from './volume/volume.js';
import { VOLUME_HOOKS } from './volume/volume-hooks.js';
import { volumeReconciler } from './volume/volume-reconciler.js';
import { vpn } from './vpn/vpn.js';
import { VPN_HOOKS } from './vpn/vpn-hooks.js';
import { vpnReconciler } from './vpn/vpn-reconciler.js';
import { vpnclient } from './vpnclient/vpnclient.js';
import { VPNCLIENT_HOOKS } from './vpnclient/vpnclient-hooks.js';
import { vpnclientReconciler } from './vpnclient/vpnclient-reconciler.js';

const TYPES: readonly ResourceType[] = [
  virtualmachine,
  volume,
  snapshot,
  network,
  addresspool,
  ipaddress,
  portforward,
  loadbalancer,
  networkrule,
  vpn,
  vpnclient,
  image,
  imagecopy,
  offering,
  account,
  apikey,
  login,
  host,
  storagepool,
  orphan,
  auditrecord,
];

/** Registers the cloud's own resource types the way any plug-in does. */
export function registerCloud(
  container: DependencyContainer,
  inventory: Inventory,
  settings: StorageSettings & AddressSettings & { readonly open: OpenSealed },
): void {
  for (const type of TYPES) container.register(RESOURCE_TYPE, { useValue: type });
  for (const hook of [
    ...PLACEMENT_HOOKS,
    ...POOL_HOOKS,
    ...IMAGE_HOOKS,
    ADOPTED_HOOK,
    DISCARDED_HOOK,
  ])
    container.register(HOOK, { useValue: hook });
  for (const hookWith of [
    ...VOLUME_HOOKS,
    ...SNAPSHOT_HOOKS,
    ...ADDRESS_POOL_HOOKS,
    ...NETWORK_HOOKS,
    ...ADDRESS_HOOKS,
    ...PORTFORWARD_HOOKS,
    ...NETWORKRULE_HOOKS,
    ...VPN_HOOKS,
  ])
    container.register(HOOK, { useFactory: (c) => hookWith(c.resolve(STORE)) });
  for (const hookWith of LOADBALANCER_HOOKS)
    container.register(HOOK, {
      useFactory: (c) => hookWith(c.resolve(STORE), settings.open),
    });
  for (const hookWith of VPNCLIENT_HOOKS)
    container.register(HOOK, { useFactory: (c) => hookWith(c.resolve(STORE), c.resolve(RANDOM)) });
  container.register(HOOK, {
    useFactory: (c) =>
      adoptionHook({ compute: c.resolve(COMPUTE), inventory, store: c.resolve(STORE) }),
  });
  container.register(RECONCILER, { useFactory: (c) => imageReconciler(c.resolve(STORAGE)) });
  container.register(RECONCILER, { useFactory: (c) => imagecopyReconciler(c.resolve(STORAGE)) });
  for (const credentialReconciler of [apikeyReconciler, loginReconciler])
    container.register(RECONCILER, { useFactory: (c) => credentialReconciler(c.resolve(STORE)) });
  container.register(RECONCILER, {
    useFactory: (c) => networkReconciler(c.resolve(COMPUTE), c.resolve(NETWORK)),
  });
  container.register(RECONCILER, {
    useFactory: (c) => ipaddressReconciler(c.resolve(NETWORK), c.resolve(RANDOM), settings),
  });
  for (const ofNetwork of [
    portforwardReconciler,
    networkruleReconciler,
    loadbalancerReconciler,
    vpnReconciler,
    vpnclientReconciler,
  ])
    container.register(RECONCILER, { useFactory: (c) => ofNetwork(c.resolve(NETWORK)) });
  container.register(RECONCILER, {
    useFactory: (c) => volumeReconciler(c.resolve(STORAGE), c.resolve(COMPUTE)),
  });
  container.register(RECONCILER, {
    useFactory: (c) =>
      snapshotReconciler({ compute: c.resolve(COMPUTE), storage: c.resolve(STORAGE) }),
  });
  container.register(RECONCILER, {
    useFactory: (c) =>
      virtualmachineReconciler(
        {
          compute: c.resolve(COMPUTE),
          storage: c.resolve(STORAGE),
          network: c.resolve(NETWORK),
        },
        c.resolve(RANDOM),
      ),
  });
  container.register(RECONCILER, {
    useFactory: (c) => hostReconciler(c.resolve(COMPUTE), inventory),
  });
  container.register(RECONCILER, {
    useFactory: (c) => {
      const storage = c.resolve(STORAGE);
      const store = c.resolve(STORE);
      const upkeep =
        storage.upkeep === undefined
          ? undefined
          : new UpkeepDriver(storage, c.resolve(CLOCK), (signal) => recordedDisks(store, signal));
      return storagepoolReconciler(storage, c.resolve(COMPUTE), inventory, settings, upkeep);
    },
  });
}
