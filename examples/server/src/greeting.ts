import { placeOf } from './engine-settings.js';
import type { Home } from './home.js';
import type { Settings } from './settings.js';

/** What the greeting tells of. */
export interface Greeted {
  readonly settings: Settings;
  readonly home: Home;
  /** What the process stands on, a line each. */
  readonly words: readonly (readonly [name: string, what: string])[];
  /** `http://HOST:PORT` */
  readonly origin: string;
}

/**
 * What is running, the ready line, and what to type next. The secret is shown at the start that made it and never
 * again; afterwards curl takes it from its file.
 */
export function greeting(greeted: Greeted): string {
  return greeted.settings.roles.includes('api') ? front(greeted) : behind(greeted);
}

function front({ settings, home, words, origin }: Greeted): string {
  const url = `${origin}/v1`;
  const key = credentials(settings, home);
  const kept = home.keyIsNew === 'yes' ? ` (shown this once; kept in ${home.keyFile})` : '';
  return [
    `gdcloud  ${settings.roles.length === 3 ? 'a cloud on this machine' : settings.roles.join(' and ')}${kept === '' ? '' : ', for the first time'}`,
    ...standing(settings, words),
    line('key', `${key}${settings.key === undefined ? kept : ''}`),
    '',
    `gdcloud ready ${url}`,
    '',
    'Type next:',
    `  curl -u ${key} -d name=web -d domain=web.local -d ipv4Cidr=192.168.0.0/24 ${url}/networks`,
    `  curl -u ${key} -d name=web1 -d offering=2gb-4cpu -d imageId=1 -d networkId=1 ${url}/virtualmachines`,
    `  curl -u ${key} ${url}/virtualmachines/1`,
    `  curl -u ${key} ${url}/virtualmachines/1/events`,
    `or open ${origin}/panel in a browser. Ctrl-C ends it; npm start goes on where it was.`,
    '',
  ].join('\n');
}

function behind({ settings, words, origin }: Greeted): string {
  return [
    `gdcloud  ${settings.roles.join(' and ')}`,
    ...standing(settings, words),
    '',
    `gdcloud ready ${origin}/readyz`,
    '',
  ].join('\n');
}

function standing(settings: Settings, words: Greeted['words']): readonly string[] {
  const keepsState = settings.roles.some((role) => role !== 'drivers');
  return [
    line('home', settings.home),
    ...(keepsState ? [line('database', placeOf(settings.database))] : []),
    ...words.map(([name, what]) => line(name, what)),
  ];
}

function line(name: string, what: string): string {
  return `  ${name.padEnd(9)} ${what}`;
}

function credentials(settings: Settings, home: Home): string {
  if (settings.key !== undefined) return '"$GDCLOUD_ACCESS_KEY:$GDCLOUD_SECRET_KEY"';
  return home.keyIsNew === 'yes'
    ? `${home.key.publicValue}:${home.key.secretValue}`
    : `"$(cat ${home.keyFile})"`;
}
