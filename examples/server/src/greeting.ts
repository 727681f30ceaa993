import { placeOf } from './engine-settings.js';
import type { Home } from './home.js';
import type { Settings } from './settings.js';

/** What the greeting tells of. */
export interface Greeted {
  readonly settings: Settings;
  readonly home: Home;
  readonly compute: string;
  readonly address: string;
}

/**
 * What is running, the ready line, and what to type next. The secret is shown at the start that made it and never
 * again; afterwards curl takes it from its file.
 */
export function greeting({ settings, home, compute, address }: Greeted): string {
  const url = `http://${address}/v1`;
  const key = credentials(settings, home);
  const kept = home.keyIsNew === 'yes' ? ` (shown this once; kept in ${home.keyFile})` : '';
  return [
    `gdcloud  a cloud on this machine${kept === '' ? '' : ', for the first time'}`,
    `  home      ${settings.home}`,
    `  database  ${placeOf(settings.database)}`,
    `  compute   ${compute}`,
    `  storage   VHD files in ${home.share}`,
    `  network   VLANs 100–3999 on physnet1; appliance plans are recorded in ${home.network}, not applied`,
    `  key       ${key}${settings.key === undefined ? kept : ''}`,
    '',
    `gdcloud ready ${url}`,
    '',
    'Type next:',
    `  curl -u ${key} -d name=web -d domain=web.local -d ipv4Cidr=192.168.0.0/24 ${url}/networks`,
    `  curl -u ${key} -d name=web1 -d offering=2gb-4cpu -d imageId=1 -d networkId=1 ${url}/virtualmachines`,
    `  curl -u ${key} ${url}/virtualmachines/1`,
    `  curl -u ${key} ${url}/virtualmachines/1/events`,
    `or open ${url} in a browser. Ctrl-C ends it; npm start goes on where it was.`,
    '',
  ].join('\n');
}

function credentials(settings: Settings, home: Home): string {
  if (settings.key !== undefined) return '"$GDCLOUD_ACCESS_KEY:$GDCLOUD_SECRET_KEY"';
  return home.keyIsNew === 'yes'
    ? `${home.key.publicValue}:${home.key.secretValue}`
    : `"$(cat ${home.keyFile})"`;
}
